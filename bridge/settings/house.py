"""Sections about this machine: signalling, voice, sounds, pages, recogniser, database, log.

What may be written, its type, range and default. Paths are as written; the adapter makes them absolute.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bridge.access.roles import Scope
from bridge.settings.access import Oidc, SessionRules
from bridge.settings.base import FilePath, Many, Section
from bridge.settings.fields import (
    AnyNetwork,
    Endpoint,
    FeatureCode,
    Ip,
    Listen,
    Name,
    NameServer,
    Network,
    NgAddress,
    PortRange,
    Ports,
    network,
)

PRIVATE_NETWORKS: tuple[Network, ...] = tuple(
    network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7")
)
"""Where agents' phones are unless the administrator says otherwise: this machine and RFC 1918 and 4193."""


class SipTls(Section):
    """SIP over TLS. certificate, key: ours, PEM; ca: whose client certificates are believed, PEM (None:
    nobody is known by a certificate)."""

    listen: Listen = Endpoint("0.0.0.0", 5061)  # noqa: S104
    certificate: FilePath
    key: FilePath
    ca: FilePath | None = None


class Sip(Section):
    """Our side of the signalling. listen: UDP; tcp, tls: None: not spoken. max_connections: opened to us over
    TCP and TLS, all together and from one address. `agent_networks`: from where phones may register and prove
    who they are. `domains`: further names that are us in an address. `session_expires`, `min_se`: seconds
    of the session timer (RFC 4028), 0: we ask for none."""

    listen: Listen = Endpoint("0.0.0.0", 5060)  # noqa: S104  a telephone exchange listens
    tcp: Listen | None = None
    tls: SipTls | None = None
    max_connections: int = Field(default=2000, ge=1, le=20_000)
    max_connections_per_source: int = Field(default=256, ge=1, le=20_000)
    advertise: Ip | None = None
    realm: Name = "bridge"
    domains: Many[Name] = ()
    digest_algorithms: Annotated[Many[Literal["SHA-256", "MD5"]], Field(min_length=1)] = ("SHA-256", "MD5")
    agent_networks: Many[AnyNetwork] = PRIVATE_NETWORKS
    register_min_seconds: int = Field(default=60, ge=1, le=3600)
    register_max_seconds: int = Field(default=3600, ge=60, le=86400)
    name_servers: Many[NameServer] = ()
    session_expires: int = Field(default=1800, ge=0, le=86400)
    min_se: int = Field(default=90, ge=90, le=86400)

    @model_validator(mode="after")
    def _session(self) -> Self:
        if self.session_expires and self.session_expires < self.min_se:
            raise ValueError("session_expires 不能小于 min_se（90 秒以上）；不用会话定时器就写 0")
        return self

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.register_min_seconds > self.register_max_seconds:
            raise ValueError("register_min_seconds 不能大于 register_max_seconds")
        return self


class Rtpengine(Section):
    """A running rtpengine; address: its NG port."""

    address: NgAddress


class Media(Section):
    """Where voice packets come and go. `spare`: port pairs kept open so that a call never waits for one.

    `srtp_over_plain_sip`: keys may go over signalling that is not TLS. `comfort_noise`: RFC 3389 is offered
    and taken. `dead_after_seconds`: neither voice nor RTCP for so long means the far end is gone; 0: never.
    `rtpengine`: who relays calls that are only passed on, where their route says so.
    """

    address: Ip = "0.0.0.0"  # noqa: S104
    advertise: Ip | None = None
    ports: Ports = PortRange(20000, 29999)
    spare: int = Field(default=32, ge=1, le=1024)
    srtp_over_plain_sip: bool = False
    comfort_noise: bool = False
    dead_after_seconds: int = Field(default=60, ge=0, le=3600)
    rtpengine: Rtpengine | None = None

    @model_validator(mode="after")
    def _ipv4(self) -> Self:
        if ":" in self.address or ":" in (self.advertise or ""):
            raise ValueError("语音目前只走 IPv4：address 和 advertise 写 IPv4 地址，如 192.168.1.10")
        return self


class Ringback(Section):
    """What a caller hears while somebody is rung: China's cadence by default."""

    hertz: float = Field(default=450.0, ge=200, le=2000, strict=False)
    on_seconds: float = Field(default=1.0, ge=0.1, le=10, strict=False)
    off_seconds: float = Field(default=4.0, ge=0, le=20, strict=False)


class Sounds(Section):
    """The administrator's own sounds. folder: prompts that go over the shipped ones by name; hold: music on
    hold, one after the other."""

    folder: FilePath | None = None
    hold: Many[FilePath] = ()
    ringback: Ringback = Ringback()


class Token(Section):
    """A program or person at the HTTP interface: SHA-256 of its bearer token (hex), what it may do, and the
    one platform whose calls and tickets it sees (None: all)."""

    name: Name
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
    may: Annotated[Many[Scope], Field(min_length=1)]
    platform: str | None = None


class ApiTls(Section):
    """HTTPS. certificate, key: ours, PEM. Browsers give a page the microphone only over it, or on their own
    machine."""

    certificate: FilePath
    key: FilePath


class Api(Section):
    """The HTTP interface and pages. `trust_loopback`: this machine needs no token (demo, tests). tls: None:
    plain HTTP, for this machine or behind a proxy that does HTTPS."""

    listen: Listen = Endpoint("127.0.0.1", 8080)
    trust_loopback: bool = False
    tokens: Many[Token] = ()
    session: SessionRules = SessionRules()
    oidc: Oidc | None = None
    tls: ApiTls | None = None

    @model_validator(mode="after")
    def _only_at_home(self) -> Self:
        if self.trust_loopback and not self.listen.loopback:
            raise ValueError(
                f"trust_loopback: true 只能与本机地址一起用；listen 现在是 {self.listen}，"
                f"改成 127.0.0.1:{self.listen.port}，或写 trust_loopback: false 并配置 tokens"
            )
        return self


RecogniserUrl = Annotated[str, Field(pattern=r"^wss?://[^\s/@]+(/\S*)?$")]
"""Where a vosk-server listens; no names or passwords in it, it stands in logs and figures."""


class Asr(Section):
    """The recogniser. No `url` and no `urls`: we start our own with `model` (None: the demo model shipped
    with us). ca: who may vouch for a wss:// server's certificate (None: whom the system trusts).

    `sample_rate` in Hz of what we send; None: what suits (see `tables.sample_rate`). hints: places that may
    have been misheard are heard once more among the gazetteer's names.
    """

    enabled: bool = True
    url: RecogniserUrl | None = None
    urls: Annotated[Many[RecogniserUrl], Field(max_length=64)] = ()
    ca: FilePath | None = None
    model: FilePath | None = None
    sample_rate: Literal[8000, 16000] | None = None
    threads: int = Field(default=2, ge=1, le=64)
    hints: bool = True

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if self.url is not None and self.urls:
            raise ValueError("url 和 urls 只写一个：一台用 url，几台都写进 urls")
        if len(set(self.urls)) < len(self.urls):
            raise ValueError("urls 里有重复的地址；同一台只写一次")
        if self.ca is not None and not any(each.startswith("wss:") for each in self.servers):
            raise ValueError("ca 只用于 wss:// 的转写服务；地址改成 wss://，或去掉 ca")
        return self

    @property
    def servers(self) -> tuple[str, ...]:
        """Somebody else's recognisers, as written; none: ours."""
        return self.urls if self.url is None else (self.url,)


class Transfer(Section):
    """What an agent keys on the telephone while a transfer is in flight; None: not by keys. Three keys each,
    so that no code is within `*110#` or any other that begins with a number."""

    complete_code: FeatureCode | None = "*#1"
    swap_code: FeatureCode | None = "*#2"
    join_code: FeatureCode | None = "*#3"
    cancel_code: FeatureCode | None = "*#0"


class ScopeLists(Section):
    """The lists suggestions are made from. folder: None: those that come with the program."""

    folder: FilePath | None = None


class Log(Section):
    """How much is logged, and for whom: people (text) or programs (json). ladder_calls: of how many calls
    that are over the SIP messages are kept in memory; 0: of none, nor of those in progress."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"
    ladder_calls: int = Field(default=500, ge=0, le=100_000)
