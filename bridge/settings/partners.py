"""A platform's ticket door: how its letters travel and where to, how they are signed, whom its TLS must
prove, how old a letter may become.

Field names are the file's keys; secrets are named there, never written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PlainSerializer, PlainValidator, model_validator

from bridge.post.signing import Algorithm, Key, Use, secret_of
from bridge.settings.base import FilePath, HasSecret, Many, NeedsSecret, Section
from bridge.settings.carriage import BatchFiles, MiddleDatabase
from bridge.settings.fields import AnyNetwork, Name


def moment(text: Any) -> datetime:
    """`2026-12-01T00:00:00+08:00`. Raises ValueError for anything without a zone: two platforms must mean the
    same moment."""
    if isinstance(text, datetime):
        return text
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError("写成带时区的时刻，如 2026-12-01T00:00:00+08:00")
    return at


Moment = Annotated[datetime, PlainValidator(moment), PlainSerializer(datetime.isoformat)]


class SigningKey(NeedsSecret):
    """One key (`whsec_…`). use: both ways, or only for what we send or receive; in use from not_before until
    not_after."""

    algorithm: Algorithm = "sha256"
    use: Use = "both"
    not_before: Moment | None = None
    not_after: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.not_before and self.not_after and self.not_before >= self.not_after:
            raise ValueError("not_after 要晚于 not_before")
        return self

    def key(self) -> Key:
        """To sign with. Raises LookupError before the secret was handed in."""
        return Key(secret_of(self.secret), self.algorithm, self.use, self.not_before, self.not_after)


class PartnerTls(Section):
    """ca: who may vouch for the partner (None: the system's authorities); certificate, key: what we show it
    (mTLS); name: what its certificate must prove (None: the URL's host)."""

    ca: FilePath | None = None
    certificate: FilePath | None = None
    key: FilePath | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate 和 key 要一起写：证书和它的私钥")
        return self


class Tickets(HasSecret):
    """A platform's ticket door. by: how its letters travel; `api`: `url` takes our signed posts (Standard
    Webhooks); `database` and `files` have a section each.

    The secret is either one of its own (signed by `algorithm`) or those of `keys`. `ticket_url`: where a
    person reads the ticket, with `{incident}` in it; goes into the INVITE's Call-Info. `allowed`: networks
    the url's name may lead to although they are this machine's own.
    """

    by: Literal["api", "database", "files"] = "api"
    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+")] | None = None
    database: MiddleDatabase | None = None
    files: BatchFiles | None = None
    ticket_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")] | None = None
    algorithm: Algorithm = "sha256"
    keys: Annotated[Many[SigningKey], Field(max_length=8)] = ()
    tls: PartnerTls | None = None
    ttl_hours: Annotated[float, Field(gt=0, le=8760)] = 72.0
    allowed: Many[AnyNetwork] = ()

    @model_validator(mode="after")
    def _has_place(self) -> Self:
        if self.ticket_url is not None and "{incident}" not in self.ticket_url:
            raise ValueError(
                "ticket_url 里要有 {incident}（事件编号的位置），如 https://…/tickets/{incident}"
            )
        return self

    @model_validator(mode="after")
    def _has_way(self) -> Self:
        ways = {
            "api": ("url", self.url),
            "database": ("database", self.database),
            "files": ("files", self.files),
        }
        key, way = ways[self.by]
        if way is None and self.by != "files":
            raise ValueError(f'缺少必填的键 "{key}"：by: {self.by} 要写它')
        for other, (key, way) in ways.items():
            if other != self.by and way is not None:
                raise ValueError(f"写了 {key}，by 就要是 {other}；现在是 {self.by}")
        if self.by != "api" and (self.tls is not None or self.allowed):
            raise ValueError("tls、allowed 只用于 by: api")
        return self

    @model_validator(mode="after")
    def _has_key(self) -> Self:
        if self.by == "database" and not self.names_secret and not self.keys:
            return self  # who may write there is the database's to say
        if self.names_secret == bool(self.keys):
            raise ValueError(
                "签名密钥的出处写一处：secret_file 或 secret_env（只有一把），或 keys（几把，换密钥时用）；"
                "密钥不写在本文件里"
            )
        if self.keys and all(key.use == "receive" for key in self.keys):
            raise ValueError("keys 里至少一把要能用来发（use: both 或 send）")
        return self

    @model_validator(mode="after")
    def _tls_fits(self) -> Self:
        if self.tls is not None and not (self.url or "").startswith("https://"):
            raise ValueError("写了 tls 一节，url 就要用 https://")
        return self

    @property
    def signed(self) -> bool:
        """Whether its letters are signed: all are but those in a middle database without keys."""
        return self.names_secret or bool(self.keys)

    def signing_keys(self) -> tuple[Key, ...]:
        """All its keys, the newest first where the file has them so. Raises LookupError before the secrets
        were handed in."""
        if self.names_secret:
            return (Key(secret_of(self.secret), self.algorithm),)
        return tuple(each.key() for each in self.keys)
