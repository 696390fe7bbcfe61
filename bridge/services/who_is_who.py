"""Who is known: users, sessions and tokens in memory, so that the door never waits for the database.

What the command line or another bridge changes is found within `EVERY` seconds. When a session was last used
is written behind.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.access.principal import Principal
from bridge.access.users import (
    AccessToken,
    Lasting,
    Session,
    User,
    by_token,
    handle,
    holds,
    in_session,
    lives,
)
from bridge.clock import Clock
from bridge.ports_access import Known, UserStore

_LOG = structlog.get_logger(__name__)

EVERY: Final = 2.0
"""Seconds between two looks at what has changed."""
SLACK: Final = timedelta(seconds=60)
"""How far apart clocks of machines that share a database may be; so much is looked at again each time."""
SEEN_EVERY: Final = 15
"""Looks between two writings of when sessions were last used."""
SESSIONS_EACH: Final = 20
"""Sessions a user may have at once; the oldest ends when there is one more."""


class WhoIsWho:
    """The book the guard at the door asks."""

    def __init__(self, store: UserStore, clock: Clock, lasting: Lasting) -> None:
        self._store, self._clock, self._lasting = store, clock, lasting
        self._users: dict[str, User] = {}
        self._subjects: dict[str, str] = {}
        self._sessions: dict[str, Session] = {}
        self._tokens: dict[str, AccessToken] = {}
        self._seen: dict[str, datetime] = {}
        self._looked: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def empty(self) -> bool:
        """Whether there is neither user nor token."""
        return not self._users and not self._tokens

    async def start(self) -> None:
        """Know everybody, then keep knowing. Raises what the store raises."""
        await self._store.forget_sessions(self._clock.wall() - self._lasting.longest - SLACK)
        await self.look()
        self._task = asyncio.create_task(self._run(), name="who is who")

    async def stop(self) -> None:
        """Write when sessions were last used. Twice is harmless."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self._write_seen()

    # --- the guard ----------------------------------------------------------------------------------------

    def by_session(self, digest: str) -> Principal | None:
        """Whose session; it counts as used."""
        session = self._sessions.get(digest)
        now = self._clock.wall()
        if session is None or not lives(session, self._lasting, now):
            return None
        user = self._users.get(session.user)
        if user is None or user.disabled:
            return None
        if now - session.seen_at > timedelta(seconds=EVERY):
            self._sessions[digest] = session = replace(session, seen_at=now)
            self._seen[digest] = now
        return in_session(user, session)

    def by_token(self, digest: str) -> Principal | None:
        """Whose token."""
        token = self._tokens.get(digest)
        return by_token(token) if token is not None and holds(token, self._clock.wall()) else None

    # --- changes ------------------------------------------------------------------------------------------

    def user(self, login: str) -> User | None:
        """One of them."""
        return self._users.get(login)

    def by_subject(self, subject: str) -> User | None:
        """Whom the identity provider calls so."""
        return self._users.get(self._subjects.get(subject, ""))

    def everybody(self) -> Known:
        """Users, the log-ins that last, and tokens."""
        now = self._clock.wall()
        lasting = (each for each in self._sessions.values() if lives(each, self._lasting, now))
        return Known(tuple(self._users.values()), tuple(lasting), tuple(self._tokens.values()))

    async def end(self, named: str) -> Session | None:
        """The log-in that `access.users.handle` calls so is over, None when there is none."""
        found = next((each for each in self._sessions.values() if handle(each) == named), None)
        if found is not None:
            await self.close(found.digest)
        return found

    async def save(self, user: User) -> None:
        """A new or changed user, on disk on return."""
        user = replace(user, changed_at=self._clock.wall())
        await self._store.save_user(user)
        self._take_user(user)

    async def open(self, user: User, digest: str) -> None:
        """A new session, on disk on return."""
        now = self._clock.wall()
        session = Session(digest, user.login, now, now, now)
        await self._store.save_session(session)
        self._sessions[digest] = session
        own = sorted(self._of(user.login), key=lambda each: each.opened_at)
        for old in own[: max(0, len(own) - SESSIONS_EACH)]:
            await self.close(old.digest)

    async def close(self, digest: str) -> None:
        """One session is over."""
        session = self._sessions.pop(digest, None)
        if session is not None:
            await self._store.save_session(replace(session, ended=True, changed_at=self._clock.wall()))

    async def close_all(self, login: str, but: str = "") -> None:
        """All sessions of a user are over, except the one with that digest."""
        for session in self._of(login):
            if session.digest != but:
                del self._sessions[session.digest]
        await self._store.end_sessions(login, self._clock.wall(), but)

    async def look(self) -> None:
        """See what has changed."""
        now = self._clock.wall()
        found = await self._store.known(None if self._looked is None else self._looked - SLACK)
        self._looked = now
        for user in found.users:
            self._take_user(user)
        for token in found.tokens:
            self._tokens[token.digest] = token
        for session in found.sessions:
            self._take_session(session)

    # --- within -------------------------------------------------------------------------------------------

    def _take_user(self, user: User) -> None:
        known = self._users.get(user.login)
        if known is None or known.changed_at <= user.changed_at:
            self._users[user.login] = user
            if user.subject:
                self._subjects[user.subject] = user.login

    def _take_session(self, session: Session) -> None:
        """What is over stays over; the later of two uses counts."""
        if session.ended:
            self._sessions.pop(session.digest, None)
            return
        known = self._sessions.get(session.digest)
        if known is None or known.seen_at < session.seen_at:
            self._sessions[session.digest] = session

    def _of(self, login: str) -> list[Session]:
        return [each for each in self._sessions.values() if each.user == login]

    async def _run(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(EVERY)
            looks += 1
            try:
                await self.look()
                if looks % SEEN_EVERY == 0:
                    await self._write_seen()
                    self._forget_dead()
            except Exception as wrong:  # any store, any error: what is known stays known
                _LOG.error("users not looked up", error=type(wrong).__name__)

    async def _write_seen(self) -> None:
        seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            await self._store.seen(seen)
        except Exception as wrong:  # a session would end a little early after a restart, no more
            _LOG.error("use of sessions not written", error=type(wrong).__name__)

    def _forget_dead(self) -> None:
        now = self._clock.wall()
        for session in list(self._sessions.values()):
            if not lives(session, self._lasting, now):
                del self._sessions[session.digest]
