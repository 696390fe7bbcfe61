"""Handlings in the database: a deed, the version it makes, the letters that tell of it, and the letter that
asked for it are one transaction.

Fulfils ports_handling.HandlingStore. Knows tables and JSON, nothing of what may be done when.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import HANDLINGS_TURN, Database, alone
from bridge.adapters.db_batch import Batch
from bridge.adapters.db_handling_rows import handling_of
from bridge.adapters.db_papers import papers_of
from bridge.adapters.db_tables import OUTBOX
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS, PAPERS
from bridge.adapters.db_turn import Ask, Done, Turn
from bridge.clock import Clock
from bridge.errors import BridgeError
from bridge.handling.timetable import NO_DEADLINES, Timetable
from bridge.ports_handling import Decide, Entry, Known, Source

_LOG = HANDLING_LOG.c


class HandlingTable:
    """`pushed` is told each platform after a commit that put something into the outbox for it; it must return
    at once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        pushed: Callable[[str], None],
        timetable: Timetable = NO_DEADLINES,
    ) -> None:
        self._database, self._clock, self._pushed = database, clock, pushed
        self.timetable = timetable
        self._batch = Batch[Ask, Done](database, self._together)

    async def start(self) -> None:
        """Begin to write."""
        await self._batch.start()

    async def stop(self) -> None:
        """End; what still waits is refused."""
        await self._batch.stop()

    async def change(
        self, ticket: str, decide: Decide, *, source: Source | None = None, deed: str = ""
    ) -> Known:
        """Read, decide, write. See ports_handling."""
        done = await self._batch.run(Ask(ticket, decide, source, deed))
        for platform in done.addressed:
            self._pushed(platform)
        return done.known

    async def _together(self, connection: AsyncConnection, asks: Sequence[Ask]) -> list[Done | BridgeError]:
        await alone(connection, HANDLINGS_TURN)
        return await Turn(connection, self._clock.wall(), self.timetable).take(asks)

    async def known(self, ticket: str) -> Known:
        """What is there of that ticket."""
        version = select(PAPERS.c.version).where(PAPERS.c.ticket == ticket)
        async with self._database.read() as connection:
            handling = await handling_of(connection, ticket)
            return Known(handling, (await connection.execute(version)).scalar())

    async def papers(self, ticket: str) -> dict[str, Any] | None:
        """The newest papers, wherever they began."""
        async with self._database.read() as connection:
            return await papers_of(connection, ticket)

    async def papers_for(self, incident: str, platform: str) -> dict[str, Any] | None:
        """The papers of that incident's newest ticket that has this platform on its path."""
        mine = HANDLINGS.c.path.contains(f"|{platform}|", autoescape=True)
        chosen = select(HANDLINGS.c.ticket).where(HANDLINGS.c.incident == incident, mine)
        newest = chosen.order_by(HANDLINGS.c.opened_at.desc()).limit(1)
        async with self._database.read() as connection:
            ticket = (await connection.execute(newest)).scalar()
            return None if ticket is None else await papers_of(connection, ticket)

    async def delivered_drafts(self) -> tuple[str, ...]:
        """Tickets that a platform has acknowledged while their handling does not say so yet."""
        taken = exists().where(
            OUTBOX.c.ticket == HANDLINGS.c.ticket, OUTBOX.c.kind == "opened", OUTBOX.c.state == "delivered"
        )
        async with self._database.read() as connection:
            chosen = select(HANDLINGS.c.ticket).where(HANDLINGS.c.state == "draft", taken)
            return tuple((await connection.execute(chosen)).scalars())

    async def opened_since(self, since: datetime, most: int) -> tuple[tuple[str, datetime], ...]:
        """Tickets and when they were opened, oldest first, at most the newest `most`."""
        table = HANDLINGS.c
        chosen = select(table.ticket, table.opened_at).where(table.opened_at > since)
        async with self._database.read() as connection:
            rows = await connection.execute(chosen.order_by(table.opened_at.desc()).limit(most))
            return tuple((row.ticket, row.opened_at) for row in reversed(rows.all()))

    async def log(self, ticket: str) -> tuple[Entry, ...]:
        """All that was done with it, oldest first."""
        chosen = select(HANDLING_LOG).where(_LOG.ticket == ticket).order_by(_LOG.seq)
        async with self._database.read() as connection:
            return tuple(_entry(row) for row in await connection.execute(chosen))

    async def changes(self, after: int, most: int, platform: str) -> tuple[Entry, ...]:
        """What was done since, oldest first, of tickets that have this platform on their path ("": all)."""
        chosen = select(HANDLING_LOG).where(_LOG.seq > after).order_by(_LOG.seq).limit(most)
        if platform:
            chosen = chosen.where(_LOG.path.contains(f"|{platform}|", autoescape=True))
        async with self._database.read() as connection:
            return tuple(_entry(row) for row in await connection.execute(chosen))


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.seq, row.ticket, json.loads(row.document))
