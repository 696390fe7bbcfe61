"""Users, sessions, tokens, log-in and the record of deeds, built."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

import structlog

from bridge.access.claims import Mapped
from bridge.access.users import Lasting
from bridge.adapters.argon2_hash import Argon2
from bridge.adapters.db import Database
from bridge.adapters.db_audit import AuditTable
from bridge.adapters.db_users import UserTable
from bridge.adapters.metrics import API_LOGINS_REFUSED
from bridge.adapters.oidc import Client, OidcProvider
from bridge.api.auth import Configured
from bridge.api.parts import AccessParts
from bridge.clock import Clock
from bridge.services.audit_desk import AuditDesk
from bridge.services.provider_desk import ProviderDesk
from bridge.services.sign_in import SignIn
from bridge.services.who_is_who import WhoIsWho
from bridge.settings import Settings

_LOG = structlog.get_logger(__name__)

SECRET_BYTES: Final = 32
"""256 bits: nobody guesses a session."""


class AccessSide:
    """The parts; `starting` is the order in which `wiring` starts them."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        rules, self._api = settings.api.session, settings.api
        lasting = Lasting(timedelta(minutes=rules.idle_minutes), timedelta(hours=rules.hours))
        self.book = WhoIsWho(UserTable(database), clock, lasting)
        self._hasher, deeds = Argon2(), AuditTable(database)
        self._audit, self._provider = AuditDesk(deeds), provider(settings, clock)
        sign_in = SignIn(
            book=self.book,
            hasher=self._hasher,
            audit=self._audit,
            clock=clock,
            secret=new_secret,
            on_refused=lambda why: API_LOGINS_REFUSED.labels(why).inc(),
        )
        desk = (
            ProviderDesk(self._provider, mapped(settings), clock, new_secret)
            if self._provider is not None
            else None
        )
        self._tokens = Configured(settings.api.tokens)
        self.parts = AccessParts(self.book, sign_in, self._audit, deeds, desk, self._tokens)

    def renew(self, settings: Settings) -> None:
        """Other tokens of the configuration; other platforms users may belong to."""
        self._tokens.renew(settings.api.tokens)
        if self.parts.provider is not None:
            self.parts.provider.mapped = mapped(settings)

    @property
    def starting(self) -> tuple[WhoIsWho | Argon2 | AuditDesk | OidcProvider, ...]:
        """Each has `start` and `stop`."""
        own = (self.book, self._hasher, self._audit)
        return own if self._provider is None else (*own, self._provider)

    def remind(self) -> None:
        """After a first start nobody can come in: there are no users that come with the program."""
        if self.book.empty and not self._api.tokens and not self._api.trust_loopback and not self._api.oidc:
            _LOG.warning(
                "nobody can log in yet", do="bridge user add 登录名 --role administrator -c 配置文件"
            )


def new_secret() -> str:
    """43 characters of base64url."""
    return secrets.token_urlsafe(SECRET_BYTES)


def provider(settings: Settings, clock: Clock) -> OidcProvider | None:
    """The identity provider, where there is one."""
    oidc = settings.api.oidc
    if oidc is None:
        return None
    secret = oidc.secret if oidc.names_secret else ""
    client = Client(oidc.issuer, oidc.client_id, secret, oidc.page, oidc.scopes)
    return OidcProvider(client, lambda: clock.wall().timestamp())


def mapped(settings: Settings) -> Mapped:
    """How its word is read."""
    oidc = settings.api.oidc
    if oidc is None:
        raise LookupError("no identity provider")
    return Mapped(
        oidc.role_claim, oidc.roles, oidc.platform_claim, oidc.platform or "", frozenset(settings.platforms)
    )
