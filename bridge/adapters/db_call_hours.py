"""What became of those who called, added up by the hour.

Fulfils ports_callbacks.CallCountStore and CallHourStore.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select

from bridge.adapters.db import Database, insert_into
from bridge.adapters.db_tables_analysis import CALL_HOURS

_C: Final = CALL_HOURS.c
_COUNTS: Final = ("answered", "abandoned", "overflowed", "waited")


class CallHours:
    """Over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, counts: Mapping[tuple[int, str], Mapping[str, float]]) -> None:
        """See ports_callbacks."""
        rows = [
            {"hour": hour, "platform": platform, **{name: found.get(name, 0) for name in _COUNTS}}
            for (hour, platform), found in sorted(counts.items())
        ]
        async with self._database.write() as connection:
            row = insert_into(connection, CALL_HOURS)
            more = {name: _C[name] + row.excluded[name] for name in _COUNTS}
            await connection.execute(
                row.on_conflict_do_update(index_elements=[_C.hour, _C.platform], set_=more), rows
            )

    async def since(self, hour: int) -> dict[tuple[int, str], dict[str, float]]:
        """See ports_callbacks."""
        chosen = select(CALL_HOURS).where(_C.hour >= hour)
        async with self._database.read() as connection:
            return {
                (int(row.hour), str(row.platform)): {name: float(getattr(row, name)) for name in _COUNTS}
                for row in await connection.execute(chosen)
            }
