"""What is deleted when its time is over, kind by kind, each thing with all that belongs to it.

Fulfils sweeper.RetentionStore. The record of deeds, erasures and marks of harassment have no end here: their
rows are evidence, and a chain can't be shortened from its beginning. Recordings' files are the shelf's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import HANDLINGS_TURN, Database, alone, insert_into
from bridge.adapters.db_tables import (
    ABANDONED,
    CALLBACKS,
    OPENINGS,
    OUTBOX,
    TICKETS,
    TRANSCRIPT_CORRECTIONS,
    TRANSCRIPT_ENTRIES,
    TRANSCRIPTIONS_OWED,
    TRANSCRIPTS,
)
from bridge.adapters.db_tables_analysis import THINNED_HOURS
from bridge.adapters.db_tables_deadlines import DEADLINES
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS, INBOX, PAPERS
from bridge.adapters.db_tables_review import REVIEW_NOTES, REVIEW_SCORES
from bridge.adapters.db_tables_search import SEARCH
from bridge.handling.words import ENDED

Step = Callable[[AsyncConnection, datetime, int], Awaitable[int]]


class RetentionTable:
    """Over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sweep(self, kind: str, before: datetime, most: int) -> int:
        """Deletes the oldest of that kind that ended before a time, at most `most`; how many."""
        async with self._database.write() as connection:
            return await _STEPS[kind](connection, before, most)


async def _tickets(connection: AsyncConnection, before: datetime, most: int) -> int:
    """Those that are over for both platforms and have no letter on its way."""
    await alone(connection, HANDLINGS_TURN)
    unsent = exists().where(OUTBOX.c.ticket == HANDLINGS.c.ticket, OUTBOX.c.settled_at.is_(None))
    live = exists().where(TICKETS.c.id == HANDLINGS.c.ticket, TICKETS.c.state != "final")
    old = (HANDLINGS.c.state.in_(ENDED), HANDLINGS.c.changed_at < before, ~unsent, ~live)
    chosen = select(HANDLINGS.c.ticket).where(*old).order_by(HANDLINGS.c.changed_at).limit(most)
    ids = (await connection.execute(chosen)).scalars().all()
    if not ids:
        return 0
    incidents = select(HANDLINGS.c.incident).where(HANDLINGS.c.ticket.in_(ids))
    await _thinned(connection, ids)
    await connection.execute(delete(OPENINGS).where(OPENINGS.c.incident.in_(incidents)))
    await connection.execute(delete(SEARCH).where(SEARCH.c.kind == "ticket", SEARCH.c.id.in_(ids)))
    for table in (DEADLINES, HANDLING_LOG, PAPERS, OUTBOX, HANDLINGS):
        await connection.execute(delete(table).where(table.c.ticket.in_(ids)))
    await connection.execute(delete(TICKETS).where(TICKETS.c.id.in_(ids)))
    return len(ids)


async def _thinned(connection: AsyncConnection, tickets: Sequence[str]) -> None:
    """Their days must not be counted anew without them."""
    chosen = select(HANDLINGS.c.hour).where(HANDLINGS.c.ticket.in_(tickets)).distinct()
    hours = [{"hour": hour} for hour in (await connection.execute(chosen)).scalars()]
    await connection.execute(insert_into(connection, THINNED_HOURS).on_conflict_do_nothing(), hours)


async def _transcripts(connection: AsyncConnection, before: datetime, most: int) -> int:
    old = (TRANSCRIPTS.c.state != "live", TRANSCRIPTS.c.started_at < before)
    chosen = select(TRANSCRIPTS.c.call).where(*old).order_by(TRANSCRIPTS.c.started_at).limit(most)
    calls = (await connection.execute(chosen)).scalars().all()
    if not calls:
        return 0
    await connection.execute(delete(SEARCH).where(SEARCH.c.kind == "transcript", SEARCH.c.id.in_(calls)))
    await connection.execute(update(REVIEW_SCORES).where(REVIEW_SCORES.c.call.in_(calls)).values(body=""))
    kinds = (REVIEW_NOTES, TRANSCRIPT_CORRECTIONS, TRANSCRIPT_ENTRIES, TRANSCRIPTIONS_OWED, TRANSCRIPTS)
    for table in kinds:
        await connection.execute(delete(table).where(table.c.call.in_(calls)))
    return len(calls)


async def _reviews(connection: AsyncConnection, before: datetime, most: int) -> int:
    """Scores of calls that began before, and notes of that time."""
    notes, scores = REVIEW_NOTES.c, REVIEW_SCORES.c
    old = select(scores.call).where(scores.started_at < before).order_by(scores.started_at).limit(most)
    calls = (await connection.execute(old)).scalars().all()
    if calls:
        await connection.execute(delete(REVIEW_SCORES).where(scores.call.in_(calls)))
    return len(calls) + await _rows(connection, REVIEW_NOTES, notes.number, (notes.at < before,), most)


async def _outbox(connection: AsyncConnection, before: datetime, most: int) -> int:
    return await _rows(connection, OUTBOX, OUTBOX.c.number, (OUTBOX.c.settled_at < before,), most)


async def _inbox(connection: AsyncConnection, before: datetime, most: int) -> int:
    chosen = select(INBOX.c.platform, INBOX.c.message).where(INBOX.c.at < before).order_by(INBOX.c.at)
    found = (await connection.execute(chosen.limit(most))).all()
    if found:
        each = [(INBOX.c.platform == row.platform) & (INBOX.c.message == row.message) for row in found]
        await connection.execute(delete(INBOX).where(or_(*each)))
    return len(found)


async def _abandoned(connection: AsyncConnection, before: datetime, most: int) -> int:
    done = (CALLBACKS.c.state == "done", CALLBACKS.c.last_at < before)
    count = await _rows(connection, ABANDONED, ABANDONED.c.id, (ABANDONED.c.at < before,), most)
    return count + await _rows(connection, CALLBACKS, CALLBACKS.c.id, done, most)


async def _rows(
    connection: AsyncConnection, table: Table, key: Any, conditions: Sequence[Any], most: int
) -> int:
    found = (await connection.execute(select(key).where(*conditions).limit(most))).scalars().all()
    if found:
        await connection.execute(delete(table).where(key.in_(found)))
    return len(found)


_STEPS: Final[dict[str, Step]] = {
    "tickets": _tickets,
    "transcripts": _transcripts,
    "outbox": _outbox,
    "inbox": _inbox,
    "abandoned": _abandoned,
    "reviews": _reviews,
}
