"""Which platforms something stored concerns, asked of the database: for what is no longer in memory, and for
lists that are cut to one platform where they are read.

Knows the tables of calls, tickets and recordings, and nothing of who asks.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database
from bridge.adapters.db_tables import CALLBACKS, RECORDINGS, TICKETS, TRANSCRIPTS

_T = TICKETS.c


class StoredConcerns:
    """Each answer is empty for what is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, about: str, name: str) -> frozenset[str]:
        """The platforms that a call, an incident, a recording's file or a call-back task concerns."""
        look = {"call": _call, "incident": _incident, "recording": _recording, "task": _task}[about]
        async with self._database.read() as connection:
            return await look(connection, name)


def transcripts_of(platform: str) -> ColumnElement[bool]:
    """Narrows TRANSCRIPTS to calls that concern a platform."""
    return or_(TRANSCRIPTS.c.platform == platform, TRANSCRIPTS.c.call.in_(_calls_with_tickets(platform)))


def recordings_of(platform: str) -> ColumnElement[bool]:
    """Narrows RECORDINGS to those in which somebody of that platform speaks, or of whose call it has a
    ticket."""
    speaks = RECORDINGS.c.legs.contains(json.dumps({"speaker": platform}, ensure_ascii=False)[1:-1])
    return or_(speaks, RECORDINGS.c.call.in_(_calls_with_tickets(platform)))


def _calls_with_tickets(platform: str) -> Any:
    return select(_T.call).where(or_(_T.from_platform == platform, _T.to_platform == platform))


async def _call(connection: AsyncConnection, call: str) -> frozenset[str]:
    homes = await connection.execute(select(TRANSCRIPTS.c.platform).where(TRANSCRIPTS.c.call == call))
    return frozenset(homes.scalars()) | await _ticketed(connection, _T.call == call)


async def _incident(connection: AsyncConnection, incident: str) -> frozenset[str]:
    return await _ticketed(connection, _T.incident == incident)


async def _recording(connection: AsyncConnection, file: str) -> frozenset[str]:
    wanted = select(RECORDINGS.c.call, RECORDINGS.c.legs).where(RECORDINGS.c.file == file)
    row = (await connection.execute(wanted)).first()
    if row is None:
        return frozenset()
    speakers = frozenset(str(leg["speaker"]) for leg in json.loads(row.legs)) - {"caller"}
    return speakers | await _ticketed(connection, _T.call == row.call)


async def _task(connection: AsyncConnection, task: str) -> frozenset[str]:
    found = await connection.execute(select(CALLBACKS.c.platform).where(CALLBACKS.c.id == task))
    return frozenset(found.scalars())


async def _ticketed(connection: AsyncConnection, those: ColumnElement[bool]) -> frozenset[str]:
    rows = await connection.execute(select(_T.from_platform, _T.to_platform).where(those))
    return frozenset(name for row in rows for name in row)
