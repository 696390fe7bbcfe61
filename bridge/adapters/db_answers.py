"""Answers to requests that carry an Idempotency-Key, so that a repeated press gets the first one's answer.

They are held in memory, where the key press looks without waiting, and written behind it for the next start.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select

from bridge.adapters.db import Database, insert_into
from bridge.adapters.db_tables import IDEMPOTENCY
from bridge.clock import Clock

KEPT: Final = timedelta(hours=24)
"""Longer than any client goes on repeating one press."""

MOST: Final = 20_000
"""Answers in memory; the oldest go first. A busy city's day has fewer presses."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. fingerprint: digest of the request; another request under the same key is a
    mistake.
    """

    fingerprint: str
    status: int
    response: str


class Answers:
    """caller: a digest of the client's token, never the token itself."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._known: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    async def start(self) -> None:
        """Forget what is too old, load the rest."""
        table = IDEMPOTENCY.c
        async with self._database.write() as connection:
            await connection.execute(delete(IDEMPOTENCY).where(table.created_at < self._clock.wall() - KEPT))
            rows = await connection.execute(select(IDEMPOTENCY).order_by(table.created_at.desc()).limit(MOST))
            for row in reversed(rows.all()):
                self._known[row.key, row.caller] = Answer(row.fingerprint, row.status, row.response)

    async def stop(self) -> None:
        """Nothing is held that is not written."""
        self._known.clear()

    def find(self, key: str, caller: str) -> Answer | None:
        """The answer given before; never waits."""
        return self._known.get((key, caller))

    async def keep(self, key: str, caller: str, answer: Answer) -> None:
        """Remember it: in memory at once, on disk on return. The first answer under a key stays."""
        if (key, caller) in self._known:
            return
        self._known[key, caller] = answer
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        row: dict[str, Any] = {
            "key": key,
            "caller": caller,
            "fingerprint": answer.fingerprint,
            "status": answer.status,
            "response": answer.response,
            "created_at": self._clock.wall(),
        }
        async with self._database.write() as connection:
            put = insert_into(connection, IDEMPOTENCY).values(row)
            await connection.execute(put.on_conflict_do_update(index_elements=["key", "caller"], set_=row))
