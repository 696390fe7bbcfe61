"""Calls in the database: one row a call, replaced as it goes on. Knows the table, nothing of what a call
means.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from bridge.adapters.db import Database
from bridge.adapters.db_tables import CALLS


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as it is kept. Times aware. platform: whose agents took it; document: further facts, JSON
    text.
    """

    id: str
    caller_number: str
    number: str
    trunk: str
    agent: str | None
    platform: str
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ""
    document: str = "{}"


class CallTable:
    """The table of calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, call: CallRow) -> None:
        """Write it, in place of what was there."""
        async with self._database.write() as connection:
            await connection.execute(delete(CALLS).where(CALLS.c.id == call.id))
            await connection.execute(insert(CALLS).values(asdict(call)))

    async def call(self, id: str) -> CallRow | None:
        """The call of that id."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(CALLS).where(CALLS.c.id == id))).mappings().first()
        return None if row is None else CallRow(**row)

    async def recent(self, most: int) -> tuple[CallRow, ...]:
        """The newest calls first, at most that many."""
        chosen = select(CALLS).order_by(CALLS.c.started_at.desc()).limit(most)
        async with self._database.read() as connection:
            return tuple(CallRow(**row) for row in (await connection.execute(chosen)).mappings())
