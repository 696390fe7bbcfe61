"""Transcriptions owed, in the database: which calls are still to be heard from their recording."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import delete, select

from bridge.adapters.db import Database, insert_into
from bridge.adapters.db_tables import TRANSCRIPTIONS_OWED
from bridge.clock import Clock
from bridge.tickets.missed import Missed, Owed

_O = TRANSCRIPTIONS_OWED.c


class OwedTable:
    """The OwedStore port. A row goes when its call is done with."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def put(self, owed: Owed) -> None:
        """Write it, in the place of what was written of the same call; on disk on return."""
        row = {
            "call": owed.call,
            "began": owed.began,
            "incidents": json.dumps(owed.incidents),
            "missed": json.dumps([asdict(each) for each in owed.missed], ensure_ascii=False),
            "tries": owed.tries,
            "at": self._clock.wall(),
        }
        async with self._database.write() as connection:
            put = insert_into(connection, TRANSCRIPTIONS_OWED).values(row)
            await connection.execute(put.on_conflict_do_update(index_elements=["call"], set_=row))

    async def all(self) -> list[Owed]:
        """Everything owed, oldest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(TRANSCRIPTIONS_OWED).order_by(_O.at, _O.call))
            return [
                Owed(
                    row.call,
                    row.began,
                    tuple(json.loads(row.incidents)),
                    tuple(Missed(**each) for each in json.loads(row.missed)),
                    row.tries,
                )
                for row in rows
            ]

    async def paid(self, call: str) -> None:
        """Nothing more is to be heard of it."""
        async with self._database.write() as connection:
            await connection.execute(delete(TRANSCRIPTIONS_OWED).where(_O.call == call))
