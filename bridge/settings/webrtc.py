"""Section about telephones in the browser: where browsers send voice, and what helps them through a NAT."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.settings.base import HasSecret, Many, Section
from bridge.settings.fields import Ip, Name, PortRange, Ports

IceUrl = Annotated[str, Field(pattern=r"^(stun|stuns|turn|turns):[^\s@?]{1,200}(\?transport=(udp|tcp))?$")]
"""As browsers take it (RFC 7064, RFC 7065)."""


class IceServer(HasSecret):
    """A STUN or TURN server for browsers; a TURN server's password goes to every browser that logs in."""

    url: IceUrl
    username: Name | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        turn = self.url.startswith("turn")
        if turn and (self.username is None or not self.names_secret):
            raise ValueError("TURN 服务器要写 username 和密码的出处（secret_file 或 secret_env）")
        if not turn and (self.username is not None or self.names_secret):
            raise ValueError("STUN 服务器没有用户名和密码；要中转语音的写 turn:")
        return self


class Webrtc(Section):
    """addresses: of ours, offered to browsers; (): all of this machine's. ports: to which browsers send.
    return_seconds: how long a browser that is gone in mid-call may take to come back."""

    addresses: Many[Ip] = ()
    ports: Ports = PortRange(30000, 30999)
    ice_servers: Annotated[Many[IceServer], Field(max_length=8)] = ()
    return_seconds: int = Field(default=20, ge=3, le=120)
