"""The small values an administrator writes in one word: an endpoint, a port range, a network, a number.

Each is read from its text by one function that raises ValueError saying, in Chinese, what to write instead;
pydantic calls them. Pure: no name is resolved, no port opened.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator

from bridge.routing import numbers

Network = IPv4Network | IPv6Network

SIP_PORT: Final = 5060
DNS_PORT: Final = 53
WIDEST_PREFIX: Final = 8
"""A trunk's network may not be wider than /8: a trunk known by address is trusted without a password."""

CODE_LENGTH: Final = range(2, 9)
"""Keys in a feature code: one key alone is pressed by chance, more than 8 nobody remembers."""


class Endpoint(NamedTuple):
    """A numeric address and a UDP or TCP port; port 0 where listening means "any free one"."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.host).is_loopback

    @property
    def wildcard(self) -> bool:
        """Whether it stands for every address of this machine (0.0.0.0 or ::)."""
        return ip_address(self.host).is_unspecified


class PortRange(NamedTuple):
    """UDP ports first..last, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def __contains__(self, port: object) -> bool:
        return isinstance(port, int) and self.first <= port <= self.last


def address(text: Any) -> str:
    """A numeric IP address, as text in its usual form."""
    try:
        return str(ip_address(_text(text).strip("[]")))
    except ValueError:
        raise ValueError(
            f"“{text}”不是 IP 地址，应像 192.168.1.10（这里不解析主机名；中继的域名写在 targets 里）"
        ) from None


def listen(text: Any) -> Endpoint:
    """`IP:port` of a socket of ours; port 0 is allowed."""
    return _endpoint(text, None, lowest=0)


def target(text: Any) -> Endpoint:
    """`IP[:port]` of a SIP peer; the port defaults to 5060."""
    return _endpoint(text, SIP_PORT, lowest=1)


def name_server(text: Any) -> Endpoint:
    """`IP[:port]` of a DNS server; the port defaults to 53."""
    return _endpoint(text, DNS_PORT, lowest=1)


def ng_address(text: Any) -> Endpoint:
    """`IP:port` where rtpengine is asked (its listen-ng)."""
    return _endpoint(text, None, lowest=1)


def _endpoint(text: Any, default: int | None, lowest: int) -> Endpoint:
    if isinstance(text, Endpoint):
        return text
    found = re.fullmatch(r"(\[[^\]]+\]|[^:]*)(?::([0-9]{1,5}))?", _text(text))
    if found is None or not found[1]:
        raise ValueError(f"“{text}”不是 地址:端口，应像 192.168.1.10:5060")
    host = address(found[1])
    port = int(found[2]) if found[2] else default
    if port is None:
        raise ValueError(f"“{text}”缺端口，应像 {host}:8080")
    if not lowest <= port <= 65535:
        raise ValueError(f"端口 {port} 不对，应在 {lowest} 到 65535 之间")
    return Endpoint(host, port)


def port_range(text: Any) -> PortRange:
    """`first-last`; starts even, because RTP takes the even port and RTCP the next (RFC 3550 §11)."""
    if isinstance(text, PortRange):
        return text
    found = re.fullmatch(r"\s*([0-9]{1,5})\s*-\s*([0-9]{1,5})\s*", _text(text))
    if found is None:
        raise ValueError(f"“{text}”不是端口范围，应像 20000-29999")
    first, last = int(found[1]), int(found[2])
    if not 1024 <= first < last <= 65535:
        raise ValueError(f"端口范围 {first}-{last} 不对，应从小到大，在 1024 到 65535 之间")
    if first % 2:
        raise ValueError(f"端口范围要从偶数开始（RTP 用偶数端口），写成 {first - 1}-{last}")
    return PortRange(first, last)


def network(text: Any) -> Network:
    """A network in CIDR notation, or one address."""
    if isinstance(text, IPv4Network | IPv6Network):
        return text
    written = _text(text)
    try:
        return ip_network(written)
    except ValueError as wrong:
        if "host bits" in str(wrong):
            right, alone = ip_network(written, strict=False), written.split("/")[0]
            raise ValueError(f"“{written}”不是网段的起点，应写 {right}；只有一台就写 {alone}") from None
        raise ValueError(f"“{written}”不是网段，应像 203.0.113.0/24 或 203.0.113.10") from None


def trusted_network(text: Any) -> Network:
    """A network whose callers are believed without a password."""
    found = network(text)
    if found.prefixlen < WIDEST_PREFIX:
        raise ValueError(
            f"网段 {found} 太宽：那里来的电话不用密码，最宽 /{WIDEST_PREFIX}，请写对方设备的地址"
        )
    return found


def pattern(text: str) -> str:
    """A number or pattern in the notation of `bridge.routing.numbers`."""
    numbers.parse(text)
    return text


def number(text: str) -> str:
    """One dialled number, no wildcards."""
    if numbers.parse(text).literal is None:
        raise ValueError(f"“{text}”含通配符，这里要写一个确定的号码")
    return text


def feature_code(text: str) -> str:
    """Keys an agent presses during a call; begins with * or # so that no menu's digits set it off."""
    if not re.fullmatch(r"[*#][0-9*#]*", text) or len(text) not in CODE_LENGTH:
        raise ValueError(f"功能码“{text}”不对，应以 * 或 # 开头，共 2 到 8 个按键，如 *110#")
    return text


def _text(value: Any) -> str:
    """What was written, for reading or for quoting; no number or list is right for any of these."""
    return value if isinstance(value, str) else str(value)


_as_text = PlainSerializer(str, return_type=str)
Name = Annotated[str, Field(min_length=1, max_length=64)]
Ip = Annotated[str, PlainValidator(address)]
Listen = Annotated[Endpoint, PlainValidator(listen), _as_text]
PeerEndpoint = Annotated[Endpoint, PlainValidator(target), _as_text]
NgAddress = Annotated[Endpoint, PlainValidator(ng_address), _as_text]
NameServer = Annotated[Endpoint, PlainValidator(name_server), _as_text]
Ports = Annotated[PortRange, PlainValidator(port_range), _as_text]
AnyNetwork = Annotated[Network, PlainValidator(network), _as_text]
TrustedNetwork = Annotated[Network, PlainValidator(trusted_network), _as_text]
NumberPattern = Annotated[str, AfterValidator(pattern)]
Number = Annotated[str, AfterValidator(number)]
FeatureCode = Annotated[str, AfterValidator(feature_code)]
