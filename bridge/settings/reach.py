"""Sections about how a trunk is reached: its addresses, how many calls it carries, whether it is asked if it
lives.

What may be written and its range; names are resolved by the adapter.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import Field, PlainSerializer, PlainValidator, model_validator

from bridge.settings.base import Many, Section
from bridge.settings.fields import SIP_PORT

_NAME: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
MAX_ADDRESSES: Final = 16


class Peer(NamedTuple):
    """`host[:port]`, numeric or a DNS name; port None: a name whose SRV records say it (RFC 3263 §4.2)."""

    host: str
    port: int | None

    @property
    def named(self) -> bool:
        """Whether DNS must be asked."""
        try:
            ip_address(self.host)
        except ValueError:
            return True
        return False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def peer(text: Any) -> Peer:
    """An address or a name. Raises ValueError saying, in Chinese, what to write."""
    if isinstance(text, Peer):
        return text
    found = re.fullmatch(r"(\[[^\]]+\]|[^:]+)(?::([0-9]{1,5}))?", text) if isinstance(text, str) else None
    wrong = ValueError(f"“{text}”不是地址，应像 10.2.0.10:5060，或域名 sip.example.cn（不写端口就查 SRV）")
    if found is None:
        raise wrong
    host, port = found[1].strip("[]").lower(), int(found[2]) if found[2] else None
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"端口 {port} 不对，应在 1 到 65535 之间")
    try:
        return Peer(str(ip_address(host)), port or SIP_PORT)
    except ValueError:
        if not _NAME.fullmatch(host):
            raise wrong from None
    return Peer(host, port)


PeerName = Annotated[Peer, PlainValidator(peer), PlainSerializer(str, return_type=str)]


class TrunkAddress(Section):
    """One of a trunk's addresses. The lowest priority goes first; weight: share among equals."""

    address: PeerName
    priority: int = Field(default=0, ge=0, le=65535)
    weight: int = Field(default=0, ge=0, le=65535)


class Reach(Section):
    """How a trunk is reached. channels: calls it carries at once, None: any number; reserved: of these, for
    emergency routes only; probe_seconds: how often OPTIONS asks whether it lives, None: never."""

    targets: Annotated[Many[TrunkAddress], Field(max_length=MAX_ADDRESSES)] = ()
    channels: int | None = Field(default=None, ge=1, le=10_000)
    reserved: int = Field(default=0, ge=0, le=10_000)
    probe_seconds: int | None = Field(default=None, ge=1, le=3600)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.reserved and (self.channels is None or self.reserved > self.channels):
            raise ValueError("reserved 是 channels 里留给紧急方向的几路：要写 channels，且不能比它大")
        return self
