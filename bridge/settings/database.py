"""The section about the database: where it is, and the keys personal data in it is sealed with. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridge.settings.base import HasSecret, Many, NeedsSecret
from bridge.settings.recording import read_key


class OldKey(NeedsSecret):
    """A key of before: what it sealed is still read with it, until `bridge database rekey` has run."""


class Database(HasSecret):
    """Where tickets and their outbox are kept: an SQLAlchemy URL of an asyncio driver. The secret, where
    given, is the key personal data is sealed with."""

    url: Annotated[str, Field(pattern=r"^(sqlite\+aiosqlite:///|postgresql\+asyncpg://)\S+$")] = (
        "sqlite+aiosqlite:///var/bridge.db"
    )
    old_keys: Many[OldKey] = ()

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The key in use first, then the old ones; empty: data lies open. Raises LookupError if nobody has
        handed the secrets in."""
        if not self.names_secret:
            return ()
        found = (read_key(self.secret), *(read_key(old.secret) for old in self.old_keys))
        return tuple(key for key in found if key is not None)
