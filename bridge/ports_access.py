"""What log-in and the record of deeds ask of the world outside: the database, the hash of passwords.

Protocols only; `adapters.db_users`, `adapters.db_audit` and `adapters.argon2_hash` fulfil them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.access.audit import Deed
from bridge.access.users import AccessToken, Session, User


@dataclass(frozen=True, slots=True)
class Known:
    """Users, sessions and tokens, or what has changed of them."""

    users: tuple[User, ...] = ()
    sessions: tuple[Session, ...] = ()
    tokens: tuple[AccessToken, ...] = ()


class UserStore(Protocol):
    """Where users are kept. Raises whatever the database raises."""

    async def known(self, since: datetime | None) -> Known:
        """All of them, or those that changed at or after a time; sessions that are over only with a time."""

    async def save_user(self, user: User) -> None:
        """As it is now."""

    async def save_session(self, session: Session) -> None:
        """As it is now."""

    async def seen(self, when: dict[str, datetime]) -> None:
        """By digest of the session: when it was last used."""

    async def end_sessions(self, user: str, now: datetime, but: str = "") -> None:
        """All of a user's are over, except the one with that digest."""

    async def forget_sessions(self, before: datetime) -> None:
        """Those opened before a time go."""


class AuditStore(Protocol):
    """Where deeds are kept for good."""

    async def append(self, deeds: Sequence[Deed]) -> None:
        """All of them in this order, or none; on disk on return."""


class Hasher(Protocol):
    """Hashes passwords slowly on purpose, off the loop. Raises TooManyTries when too many wait."""

    async def hash(self, password: str) -> str:
        """A new hash."""

    async def verify(self, known: str, password: str) -> bool:
        """Whether the password is that hash's; "" takes as long, and is nobody's."""

    def stale(self, known: str) -> bool:
        """Whether it was made with weaker settings than today's."""
