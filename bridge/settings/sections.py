"""The sections of the configuration as frozen values: what may be written, its type, range and default.

Strict: an unknown key or a number where text belongs is an error, never guessed at. Each section is right
in itself; whether sections fit each other is `checks`'s question, whether files exist the adapter's. Paths
are as written here; `bridge.adapters.config_file` makes them absolute. Secrets never stand in the file: it
names a file or an environment variable, and the adapter hands the value in with `with_secret`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from bridge.settings.fields import (
    AnyNetwork,
    Endpoint,
    FeatureCode,
    Ip,
    Listen,
    Name,
    Network,
    Number,
    NumberPattern,
    PeerEndpoint,
    PortRange,
    Ports,
    TrustedNetwork,
    network,
)

T = TypeVar("T")
# YAML has lists only; a frozen section holds tuples. Elements stay strict.
Many = Annotated[tuple[T, ...], Field(strict=False)]
FilePath = Annotated[Path, Field(strict=False)]

PRIVATE_NETWORKS: tuple[Network, ...] = tuple(
    network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7")
)
"""Where agents' phones are unless the administrator says otherwise: this machine and RFC 1918 and 4193."""


class Section(BaseModel):
    """What all sections share."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", validate_by_name=True, validate_by_alias=True
    )


class HasSecret(Section):
    """A section that names where its secret is; at most one of the two (sections that need one say so)."""

    secret_file: FilePath | None = None
    secret_env: Name | None = None
    _secret: SecretStr | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.secret_file is not None and self.secret_env is not None:
            raise ValueError("secret_file 和 secret_env 只能写一个")
        return self

    @property
    def names_secret(self) -> bool:
        """Whether a place for the secret is given."""
        return self.secret_file is not None or self.secret_env is not None

    @property
    def secret(self) -> str:
        """The secret itself. Raises LookupError if nobody has handed it in (our mistake: check first)."""
        if self._secret is None:
            raise LookupError("secret not loaded")
        return self._secret.get_secret_value()

    def with_secret(self, value: str) -> Self:
        """A copy that knows its secret."""
        copy = self.model_copy()
        copy._secret = SecretStr(value)
        return copy


class NeedsSecret(HasSecret):
    """A section that is nothing without its secret."""

    @model_validator(mode="after")
    def _some_place(self) -> Self:
        if not self.names_secret:
            raise ValueError(
                "缺密码的出处：写 secret_file: 文件 或 secret_env: 环境变量名（密码不写在本文件里）"
            )
        return self


class Sip(Section):
    """Our side of the signalling. `agent_networks`: from where phones may register and prove who they are."""

    listen: Listen = Endpoint("0.0.0.0", 5060)  # noqa: S104  a telephone exchange listens
    advertise: Ip | None = None
    realm: Name = "bridge"
    digest_algorithms: Annotated[Many[Literal["SHA-256", "MD5"]], Field(min_length=1)] = ("SHA-256", "MD5")
    agent_networks: Many[AnyNetwork] = PRIVATE_NETWORKS
    register_min_seconds: int = Field(default=60, ge=1, le=3600)
    register_max_seconds: int = Field(default=3600, ge=60, le=86400)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.register_min_seconds > self.register_max_seconds:
            raise ValueError("register_min_seconds 不能大于 register_max_seconds")
        return self


class Media(Section):
    """Where voice packets come and go. `spare`: port pairs kept open so that a call never waits for one."""

    address: Ip = "0.0.0.0"  # noqa: S104
    advertise: Ip | None = None
    ports: Ports = PortRange(20000, 29999)
    spare: int = Field(default=32, ge=1, le=1024)


class Token(Section):
    """A program or person at the HTTP interface: SHA-256 of its bearer token (hex), and what it may do."""

    name: Name
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
    may: Annotated[Many[Literal["read", "transfer", "admin"]], Field(min_length=1)]


class Api(Section):
    """The HTTP interface and pages. `trust_loopback`: this machine needs no token (demo, tests)."""

    listen: Listen = Endpoint("127.0.0.1", 8080)
    trust_loopback: bool = False
    tokens: Many[Token] = ()

    @model_validator(mode="after")
    def _only_at_home(self) -> Self:
        if self.trust_loopback and not self.listen.loopback:
            raise ValueError(
                f"trust_loopback: true 只能与本机地址一起用；listen 现在是 {self.listen}，"
                f"改成 127.0.0.1:{self.listen.port}，或写 trust_loopback: false 并配置 tokens"
            )
        return self


class Asr(Section):
    """The recogniser. `url` None: we start our own with `model` (None: the demo model shipped with us).

    `sample_rate` in Hz; None: the model's own.
    """

    enabled: bool = True
    url: Annotated[str, Field(pattern=r"^wss?://[^\s/]+")] | None = None
    model: FilePath | None = None
    sample_rate: Literal[8000, 16000] | None = None
    threads: int = Field(default=2, ge=1, le=64)


class Database(Section):
    """Where tickets and their outbox are kept: an SQLAlchemy URL of an asyncio driver."""

    url: Annotated[str, Field(pattern=r"^(sqlite\+aiosqlite:///|postgresql\+asyncpg://)\S+$")] = (
        "sqlite+aiosqlite:///var/bridge.db"
    )


class Log(Section):
    """How much is logged, and for whom: people (text) or programs (json)."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Tickets(NeedsSecret):
    """A platform's ticket door: `url` takes our signed posts (Standard Webhooks, secret `whsec_…`).

    `ticket_url`: where a person reads the ticket, with `{incident}` in it; goes into the INVITE's Call-Info.
    """

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+")]
    ticket_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")] | None = None

    @model_validator(mode="after")
    def _has_place(self) -> Self:
        if self.ticket_url is not None and "{incident}" not in self.ticket_url:
            raise ValueError(
                "ticket_url 里要有 {incident}（事件编号的位置），如 https://…/tickets/{incident}"
            )
        return self


class Platform(Section):
    """One of the linked hotlines. `tickets` None: it gets calls only."""

    name: Name
    tickets: Tickets | None = None


class Credentials(NeedsSecret):
    """A name and a secret for digest authentication (RFC 7616)."""

    username: Name


class Trunk(Section):
    """A way to another exchange.

    It is known to us by address (`hosts`), by digest (`login`), or must show both. `target`: where we send
    calls. `credentials`: what we answer its challenges with.
    """

    name: str = ""
    hosts: Many[TrustedNetwork] = ()
    login: Credentials | None = None
    target: PeerEndpoint | None = None
    credentials: Credentials | None = None

    @model_validator(mode="after")
    def _known_somehow(self) -> Self:
        if not self.hosts and self.login is None and self.target is None:
            raise ValueError(
                "中继至少要有一项：hosts（对方地址）、login（对方的用户名和密码）或 target（呼出地址）"
            )
        return self


class Agent(HasSecret):
    """An agent's extension: registered with us (a secret), or behind the exchange at `trunk`."""

    name: Name
    platform: str
    trunk: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.names_secret == (self.trunk is not None):
            raise ValueError(
                "话务员二选一：secret_file 或 secret_env（话机注册到本系统），或 trunk（话机在交换机后面）"
            )
        return self


class TargetRule(Section):
    """One place a route tries: an agent, or a number at a trunk (None: the number that was dialled).

    The seconds, where given, override the route's.
    """

    agent: str | None = None
    trunk: str | None = None
    number: Number | None = None
    ring_seconds: int | None = Field(default=None, ge=1, le=180)
    answer_within_seconds: int | None = Field(default=None, ge=1, le=32)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.agent is None) == (self.trunk is None):
            raise ValueError('目标写 agent: "分机号" 或 trunk: 中继名，二选一')
        if self.agent is not None and self.number is not None:
            raise ValueError("agent 目标不写 number：拨的就是分机号")
        return self


class RouteRule(Section):
    """From where (`from`), which number, to which platform's people, in which order.

    ring_seconds: longest ringing of one target. answer_within_seconds: no response of any kind for so long
    means dead. key: offered to agents as a one-touch key. feature_code: the same by keys during a call.
    """

    name: Name
    number: NumberPattern
    sources: Annotated[Many[str], Field(min_length=1, alias="from")]
    platform: str
    to: Annotated[Many[TargetRule], Field(min_length=1)]
    mode: Literal["direct"] = "direct"
    ring_seconds: int = Field(default=30, ge=1, le=180)
    answer_within_seconds: int = Field(default=4, ge=1, le=32)
    key: bool = False
    feature_code: FeatureCode | None = None


class Settings(Section):
    """The whole configuration. Maps are keyed by what people say: platform number, trunk name, extension."""

    sip: Sip = Sip()
    media: Media = Media()
    api: Api = Api()
    asr: Asr = Asr()
    database: Database = Database()
    log: Log = Log()
    platforms: dict[str, Platform] = {}
    trunks: dict[str, Trunk] = {}
    agents: dict[str, Agent] = {}
    routes: Many[RouteRule] = ()
