"""Marked numbers and the record of what was done about harassing callers, in the database.

Fulfils ports.MarkStore. The record is only ever added to.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from bridge.adapters.db import Database, insert_into
from bridge.adapters.db_tables import HARASSMENT_DEEDS, HARASSMENT_MARKS
from bridge.ports import Deed
from bridge.routing.harassment import Mark


class HarassmentTable:
    """The two tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def marks(self) -> Sequence[Mark]:
        """Every mark."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(HARASSMENT_MARKS))
            return [Mark(row.number, row.measure, row.why, row.by, row.at, row.until) for row in rows]

    async def put(self, mark: Mark) -> None:
        """Write a mark; an earlier one of the number is replaced."""
        row = {
            "number": mark.number,
            "measure": mark.measure,
            "why": mark.why,
            "by": mark.by,
            "at": mark.at,
            "until": mark.until,
        }
        async with self._database.write() as connection:
            put = insert_into(connection, HARASSMENT_MARKS).values(row)
            await connection.execute(put.on_conflict_do_update(index_elements=["number"], set_=row))

    async def remove(self, number: str) -> None:
        """A mark is taken back; the record keeps that there was one."""
        async with self._database.write() as connection:
            gone = HARASSMENT_MARKS.c.number == number
            await connection.execute(delete(HARASSMENT_MARKS).where(gone))

    async def append(self, deed: Deed) -> None:
        """Add to the record."""
        row = {"at": deed.at, "number": deed.number, "deed": deed.deed, "by": deed.by, "why": deed.why}
        async with self._database.write() as connection:
            await connection.execute(insert(HARASSMENT_DEEDS).values(row))

    async def deeds(self, number: str | None, most: int) -> Sequence[Deed]:
        """The record, newest first, of one number or of all."""
        table = HARASSMENT_DEEDS.c
        chosen = select(HARASSMENT_DEEDS).order_by(table.id.desc()).limit(most)
        if number is not None:
            chosen = chosen.where(table.number == number)
        async with self._database.read() as connection:
            rows = await connection.execute(chosen)
            return [Deed(row.at, row.number, row.deed, row.by, row.why) for row in rows]
