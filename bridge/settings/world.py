"""Sections about those we connect: platforms, trunks, agents, and the routes between them.

Each is right in itself; whether they fit each other is `checks`'s question. Field names are the file's keys,
except `from`, which Python cannot say (`sources`).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bridge.routing.plan import By, Mode, RecordPolicy, Relay, SilentDanger
from bridge.settings.base import FilePath, HasSecret, Many, NeedsSecret, Section
from bridge.settings.calendar import HoursRule
from bridge.settings.fields import (
    FeatureCode,
    Name,
    Number,
    NumberPattern,
    PeerEndpoint,
    TrustedNetwork,
)
from bridge.settings.partners import Tickets
from bridge.settings.reach import Peer, Reach, TrunkAddress
from bridge.sip.sdes import Policy


class Platform(Section):
    """One of the linked hotlines. `tickets` None: it gets calls only. `via`: all others reach it, and it
    reaches them, only through that platform (a county's 110 through the city's)."""

    name: Name
    tickets: Tickets | None = None
    via: str | None = None


class Credentials(NeedsSecret):
    """A name and a secret for digest authentication (RFC 7616)."""

    username: Name


class TrunkTls(Section):
    """How a trunk's TLS is checked. name: what its certificate must prove, a domain, host or address (None:
    the host of `target`); ca: who may vouch for it (None: `sip.tls.ca`, else the system's); certificate, key:
    ours for it, where not `sip.tls`'s. mutual: calls of this trunk must come with such a certificate."""

    name: Name | None = None
    ca: FilePath | None = None
    certificate: FilePath | None = None
    key: FilePath | None = None
    mutual: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate 和 key 要一起写：证书和它的私钥")
        if self.mutual and self.name is None:
            raise ValueError("mutual: true 要写 name：对方证书里的名字")
        return self


class Registering(NeedsSecret):
    """How we register with the exchange there: `user`@`domain` (None: the target's address), proven as
    `username` (None: the user), for so many seconds at a time."""

    user: Number
    domain: Name | None = None
    username: Name | None = None
    expires_seconds: int = Field(default=600, ge=60, le=86400)


class Trunk(Reach):
    """A way to another exchange.

    It is known to us by address (`hosts`), by digest (`login`), or must show both. `target`: where we send
    calls. `credentials`: what we answer its challenges with. `platform`: whose exchange it is. `srtp`:
    whether its voice is encrypted. `transport`: how we reach it. `large_over_tcp`: requests of more than 1300
    bytes go to the same port by TCP. `trusted`: inside our trust domain (RFC 3325): who calls is
    believed from it and told to it, withheld or not. `prack`: ringing goes to it reliably wherever it can
    take that (RFC 3262), not only where it insists. `register`: we register there, and it is known by that.
    `siprec`: it may send us its calls' voices to listen to (RFC 7866).
    """

    name: str = ""
    platform: str | None = None
    hosts: Many[TrustedNetwork] = ()
    login: Credentials | None = None
    target: PeerEndpoint | None = None
    credentials: Credentials | None = None
    srtp: Policy = "optional"
    transport: Literal["udp", "tcp", "tls"] = "udp"
    tls: TrunkTls | None = None
    large_over_tcp: bool = False
    trusted: bool = True
    prack: bool = False
    siprec: bool = False
    registration: Registering | None = Field(default=None, alias="register")

    @model_validator(mode="after")
    def _fitting_transport(self) -> Self:
        if self.large_over_tcp and self.transport != "udp":
            raise ValueError("large_over_tcp 只用于 transport: udp 的中继")
        if self.tls is not None and self.transport != "tls":
            raise ValueError("写了 tls 一节，还要写 transport: tls")
        return self

    @property
    def mutual(self) -> bool:
        """Whether it is known by its certificate."""
        return self.tls is not None and self.tls.mutual

    @property
    def recognised(self) -> bool:
        """Whether a call from it can be told to be its."""
        return bool(self.hosts) or self.login is not None or self.mutual or self.registration is not None

    @model_validator(mode="after")
    def _known_somehow(self) -> Self:
        if not self.hosts and self.login is None and not self.places and not self.mutual:
            raise ValueError(
                "中继至少要有一项：hosts（对方地址）、login（对方的用户名和密码）或 target（呼出地址）"
            )
        return self

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if self.target is not None and self.targets:
            raise ValueError("target 和 targets 只写一个：一个地址用 target，几个地址都写进 targets")
        return self

    @model_validator(mode="after")
    def _registers_somewhere(self) -> Self:
        if self.registration is not None and not self.places:
            raise ValueError("写了 register，还要写 target：往哪里注册")
        return self

    @property
    def places(self) -> tuple[TrunkAddress, ...]:
        """Where we send calls: all addresses as written; none: it only calls us."""
        alone = () if self.target is None else (TrunkAddress(address=Peer(*self.target)),)
        return self.targets or alone


class Agent(HasSecret):
    """An agent's extension: registered with us (a secret), or behind the exchange at `trunk`. `srtp`: whether
    the registered phone's voice is encrypted; behind an exchange its trunk says so. `browser`: they may have
    their telephone in the page, beside a registered one or instead of it."""

    name: Name
    platform: str
    trunk: str | None = None
    srtp: Policy = "optional"
    browser: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.trunk is not None and self.browser:
            raise ValueError("话机在交换机后面（trunk）的话务员不能用网页电话：browser 和 trunk 只写一个")
        if self.names_secret == (self.trunk is not None) and not (self.browser and not self.names_secret):
            raise ValueError(
                "话务员二选一：secret_file 或 secret_env（话机注册到本系统），或 trunk（话机在交换机后面）；"
                "只用网页电话的写 browser: true"
            )
        return self


class TargetRule(Section):
    """One place a route tries: an agent, a queue, or a number at a trunk (None: the number that was dialled).

    The seconds, where given, override the route's. by: "refer" asks the trunk's exchange to move the call.
    """

    agent: str | None = None
    queue: str | None = None
    trunk: str | None = None
    number: Number | None = None
    by: By = "dial"
    ring_seconds: int | None = Field(default=None, ge=1, le=180)
    answer_within_seconds: int | None = Field(default=None, ge=1, le=32)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(place is not None for place in (self.agent, self.queue, self.trunk)) != 1:
            raise ValueError('目标写 agent: "分机号"、queue: 队列名 或 trunk: 中继名，三选一')
        if self.trunk is None and self.number is not None:
            raise ValueError("只有 trunk 目标写 number：agent 拨的就是分机号，queue 由队列定")
        if self.trunk is None and self.by == "refer":
            raise ValueError("by: refer 只用于 trunk 目标：请那条中继的交换机自己转")
        return self


class RouteRule(Section):
    """From where (`from`), which number, to which platform's people, in which order.

    ring_seconds: longest ringing of one target. answer_within_seconds: no response of any kind for so long
    means dead. total_seconds: longest time for all targets together. hours: when it serves, None: always.
    emergency: may use what trunks keep in reserve, and nobody is refused. key: offered to agents as a
    one-touch key. feature_code: the same by keys during a call. recording: None: as the house does.
    relay: who relays the voice while a call is only passed on.
    """

    name: Name
    number: NumberPattern
    sources: Annotated[Many[str], Field(min_length=1, alias="from")]
    platform: str
    to: Annotated[Many[TargetRule], Field(min_length=1)]
    mode: Mode = "direct"
    ring_seconds: int = Field(default=30, ge=1, le=180)
    answer_within_seconds: int = Field(default=4, ge=1, le=32)
    total_seconds: int | None = Field(default=None, ge=1, le=600)
    hours: HoursRule | None = None
    emergency: bool = False
    silent_danger: SilentDanger = "never"
    key: bool = False
    feature_code: FeatureCode | None = None
    recording: RecordPolicy | None = None
    relay: Relay = "own"
