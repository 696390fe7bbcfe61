"""A caller's history in the database, beside what the search finds. Fulfils ports_history.HistoryStore. Every
question goes by an index: a ticket's id, a number (sealed alike where a key is configured).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from bridge.adapters.db import Database
from bridge.adapters.db_tables import ABANDONED
from bridge.adapters.db_tables_handling import HANDLINGS
from bridge.ports_history import Standing
from bridge.queues.abandoned import Abandoned

_H, _A = HANDLINGS.c, ABANDONED.c


class HistoryTable:
    """Over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standings(self, tickets: Collection[str]) -> Mapping[str, Standing]:
        """See ports_history."""
        if not tickets:
            return {}
        chosen = select(_H.ticket, _H.state, _H.holder, _H.opened_at).where(_H.ticket.in_(list(tickets)))
        async with self._database.read() as connection:
            rows = await connection.execute(chosen)
            return {row.ticket: Standing(row.state, row.holder, row.opened_at) for row in rows}

    async def gone(self, number: str, platform: str, most: int) -> tuple[Abandoned, ...]:
        """See ports_history."""
        chosen = select(ABANDONED).where(_A.number == number).order_by(_A.at.desc()).limit(most)
        if platform:
            chosen = chosen.where(_A.platform == platform)
        kept = [name for name in Abandoned.__dataclass_fields__ if name != "callback"]
        async with self._database.read() as connection:
            rows = await connection.execute(chosen)
            return tuple(Abandoned(**{name: getattr(row, name) for name in kept}) for row in rows)
