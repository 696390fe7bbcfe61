"""Log-ins by way of an identity provider: begun here, proven there, finished here.

Each is bound to the browser that began it (a cookie), to what we asked (state, nonce) and to our own secret
(PKCE), so a code that somebody else has got hold of is worth nothing. What was begun is kept in memory, for
ten minutes, and used once.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.access.claims import Mapped, user_of
from bridge.access.users import User
from bridge.clock import Clock
from bridge.errors import LoginRefused
from bridge.ports_provider import Provider

_LOG = structlog.get_logger(__name__)

LASTS: Final = 600.0
"""Seconds somebody may take at the provider."""
MOST: Final = 1000
"""Log-ins begun and not finished; the oldest gives way."""


@dataclass(frozen=True, slots=True)
class _Begun:
    at: float
    binder: str
    nonce: str
    verifier: str


class ProviderDesk:
    """secret: a fresh one each time, 43 to 128 characters of base64url (a verifier by RFC 7636 §4.1)."""

    def __init__(self, provider: Provider, mapped: Mapped, clock: Clock, secret: Callable[[], str]) -> None:
        self._provider, self.mapped, self._clock, self._secret = provider, mapped, clock, secret
        self._begun: OrderedDict[str, _Begun] = OrderedDict()

    async def begin(self) -> tuple[str, str]:
        """Where to send the browser, and what to bind it with. Raises LoginRefused."""
        state, binder, nonce, verifier = (self._secret() for _ in range(4))
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        url = await self._provider.address(state, nonce, challenge)
        self._begun[state] = _Begun(self._clock.monotonic(), _digest(binder), nonce, verifier)
        while len(self._begun) > MOST:
            self._begun.popitem(last=False)
        return url, binder

    async def finish(self, state: str, code: str, error: str, issuer: str, binder: str) -> User:
        """Who came back. issuer: as RFC 9207 has the provider say it, "" where it does not. Raises
        LoginRefused."""
        begun = self._begun.pop(state, None)
        try:
            return await self._user(begun, code, error, issuer, binder)
        except LoginRefused as refused:
            _LOG.warning("log-in at the provider refused", why=str(refused))
            raise

    async def _user(self, begun: _Begun | None, code: str, error: str, issuer: str, binder: str) -> User:
        if begun is None or self._clock.monotonic() - begun.at > LASTS:
            raise LoginRefused("登录开始得太久，或不是从这里开始的：重新登录")
        if not hmac.compare_digest(begun.binder, _digest(binder)):
            raise LoginRefused("登录是在另一个浏览器里开始的：在这里重新登录")
        if issuer and issuer != self._provider.issuer:
            raise LoginRefused("回答来自另一个身份提供者")
        if error or not code:
            raise LoginRefused("身份提供者没有让登录（取消了，或没有权限）")
        claims = await self._provider.claims(code, begun.verifier, begun.nonce)
        return user_of(claims, self._provider.issuer, self.mapped, self._clock.wall())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
