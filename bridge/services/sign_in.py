"""Log-in: name and password, or the identity provider's word, against a session; and changes of one's own
password.

A wrong name costs as long as a wrong password and says the same. Whoever fails again and again waits longer
and longer; nobody else waits with them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace

import structlog

from bridge.access import passwords
from bridge.access.audit import Deed
from bridge.access.backoff import Scores
from bridge.access.passwords import LONGEST
from bridge.access.principal import Principal
from bridge.access.roles import TABLE, Scope
from bridge.access.users import User
from bridge.clock import Clock
from bridge.errors import LoginRefused, TooManyTries, WrongMoment, WrongPassword
from bridge.ports_access import Hasher
from bridge.services.audit_desk import AuditDesk
from bridge.services.who_is_who import WhoIsWho

_LOG = structlog.get_logger(__name__)


class SignIn:
    """secret: a fresh session's cookie; on_refused: a try came to nothing, for this reason."""

    def __init__(
        self,
        *,
        book: WhoIsWho,
        hasher: Hasher,
        audit: AuditDesk,
        clock: Clock,
        secret: Callable[[], str],
        on_refused: Callable[[str], None],
    ) -> None:
        self._book, self._hasher, self._audit, self._clock = book, hasher, audit, clock
        self._secret, self._on_refused = secret, on_refused
        self._scores = Scores()

    async def by_password(self, login: str, password: str, address: str) -> tuple[User, str]:
        """The user and their session's cookie. Raises WrongPassword, TooManyTries."""
        login = login.strip().casefold()
        user = self._book.user(login)
        await self._prove(user, login, password, address)
        if user is None:  # _prove has said so already
            raise WrongPassword("unknown")
        if self._hasher.stale(user.password):
            user = replace(user, password=await self._hasher.hash(password))
            await self._book.save(user)
        return user, await self._opened(user, address, "password")

    async def by_provider(self, user: User, address: str) -> tuple[User, str]:
        """Somebody the identity provider knows, as it describes them now. Raises LoginRefused for one whom
        an administrator has shut out, or whose name somebody else has."""
        known = self._book.by_subject(user.subject)
        namesake = self._book.user(user.login)
        if known is None and namesake is not None:
            raise LoginRefused("这个登录名在本系统里是另一个人的，请管理员处理")
        if known is not None and known.disabled:
            self._refused("disabled", known, known.login, address)
            raise LoginRefused("这个用户已停用")
        if known is not None:
            user = replace(known, name=user.name, role=user.role, platform=user.platform)
        if user != known:
            await self._book.save(user)
        return user, await self._opened(user, address, "oidc")

    async def change(self, who: Principal, old: str, new: str, address: str) -> None:
        """One's own password; every other session of theirs ends. Raises WrongPassword, WeakPassword,
        WrongMoment (who has no password here), TooManyTries."""
        user = self._book.user(who.name) if who.kind == "user" else None
        if user is None or not user.password:
            raise WrongMoment("这个身份没有在本系统设密码：令牌请管理员换，统一登录的到那边改")
        passwords.check(new, user.login)
        await self._prove(user, user.login, old, address)
        if new == old:
            raise WrongMoment("新密码和原来的一样")
        await self._book.save(replace(user, password=await self._hasher.hash(new), must_change=False))
        await self._book.close_all(user.login, but=who.key)
        self._audit.note(self._deed(user, "password.changed", address))

    def user(self, who: Principal) -> User | None:
        """The user behind a session."""
        return self._book.user(who.name) if who.kind == "user" else None

    def may(self, user: User) -> frozenset[Scope]:
        """What they may do."""
        return TABLE[user.role]

    async def leave(self, who: Principal, address: str, *, everywhere: bool) -> None:
        """Log out here, or everywhere."""
        if who.kind != "user":
            raise WrongMoment("没有登录，不用退出：令牌、本机没有会话")
        if everywhere:
            await self._book.close_all(who.name)
        else:
            await self._book.close(who.key)
        how = "everywhere" if everywhere else ""
        self._audit.note(
            Deed(self._clock.wall(), who.name, who.role, who.platform, "session.closed", "", address, how)
        )

    async def _prove(self, user: User | None, login: str, password: str, address: str) -> None:
        """The password is theirs. What is longer than any password is never hashed."""
        pause = self._scores.wait(login, address, self._clock.monotonic())
        if pause > 0:
            self._on_refused("waiting")
            raise TooManyTries("waiting", math.ceil(pause))
        # The strike first: tries sent side by side must not all go by the same count.
        self._scores.strike(login, address, self._clock.monotonic())
        known = user.password if user is not None else ""
        right = len(password) <= LONGEST and await self._hasher.verify(known, password)
        if user is None or not right or user.disabled:
            why = "unknown" if user is None else "disabled" if user.disabled and right else "wrong"
            self._refused(why, user, login, address)
            raise WrongPassword(why)
        self._scores.clear(login, address)

    def _refused(self, why: str, user: User | None, login: str, address: str) -> None:
        """What was typed as a name may be a password, so only names of ours are written down."""
        self._on_refused(why)
        _LOG.warning("log-in refused", why=why, who=login if user else "?", address=address)
        shown = user or User("", "", "agent", "", self._clock.wall())
        deed = self._deed(shown, "session.refused", address, why)
        self._audit.note(deed if user else replace(deed, role=""))

    async def _opened(self, user: User, address: str, how: str) -> str:
        """A session whose opening is on record before anybody has it."""
        secret = self._secret()
        await self._audit.keep(self._deed(user, "session.opened", address, how))
        await self._book.open(user, hashlib.sha256(secret.encode()).hexdigest())
        return secret

    def _deed(self, user: User, what: str, address: str, detail: str = "") -> Deed:
        return Deed(self._clock.wall(), user.login, user.role, user.platform, what, "", address, detail)
