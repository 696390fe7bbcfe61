"""What has been kept long enough goes, with all that belongs to it; what still matters stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from bridge.adapters.db import Database
from bridge.adapters.db_callbacks import CallbackTable
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.db_retention import RetentionTable
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tables import METADATA, OUTBOX
from bridge.adapters.db_tables_handling import HANDLINGS, INBOX
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.ports_search import Wanted
from bridge.queues.abandoned import Abandoned
from bridge.services.sweeper import AT_ONCE, Sweeper
from bridge.tickets.exchange import Finished, step
from tests.adapters.test_db import StillClock, ticket
from tests.adapters.test_db_transcripts import change

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    await made.start()
    yield made
    await made.stop()


async def counts(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        found = {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in METADATA.sorted_tables
        }
    return {name: count for name, count in found.items() if count}


def sweeper(database: Database, clock: StillClock, **days: int) -> Sweeper:
    keeps = {kind: timedelta(days=count) for kind, count in days.items()}
    return Sweeper(RetentionTable(database), keeps, clock)


async def closed(database: Database, clock: StillClock, name: str) -> None:
    """A ticket that is over: delivered, and closed by the other side."""
    table, outbox = TicketTable(database, clock), Outbox(database, clock)
    await table.save(ticket(name), push=True)
    await table.save(step(ticket(name), Finished(clock.now))[0], push=True)
    for _ in range(2):
        for letter in await outbox.due(busy=(), most=9):
            await outbox.delivered(letter)
    async with database.write() as connection:
        mine = HANDLINGS.c.ticket == f"T{name}"
        await connection.execute(update(HANDLINGS).where(mine).values(state="closed", changed_at=clock.now))


async def test_a_closed_ticket_goes_with_all_that_belongs_to_it(database: Database) -> None:
    clock = StillClock()
    await closed(database, clock, "1")
    clock.now += 10 * DAY
    await closed(database, clock, "2")
    await TicketTable(database, clock).save(ticket("3"), push=True)
    clock.now += 25 * DAY
    swept = await sweeper(database, clock, tickets=30).round()
    assert swept == {"tickets": 1}
    table = TicketTable(database, clock)
    kept = [await table.ticket_of(f"I{name}") is not None for name in "123"]
    assert kept == [False, True, True]
    assert [hit.id for hit in await SearchTable(database).find(Wanted("13800001111"))] == ["T3", "T2"]
    clock.now += 100 * DAY
    assert await sweeper(database, clock, tickets=30).round() == {"tickets": 1}
    left = await counts(database)
    assert (left["tickets"], left["handlings"], left["outbox"], left["search"]) == (1, 1, 1, 1)


async def test_a_letter_on_its_way_keeps_its_ticket(database: Database) -> None:
    clock = StillClock()
    await closed(database, clock, "1")
    async with database.write() as connection:
        await connection.execute(update(OUTBOX).values(state="parked", settled_at=None))
    clock.now += 99 * DAY
    assert await sweeper(database, clock, tickets=30, outbox=30).round() == {"tickets": 0, "outbox": 0}


async def test_settled_letters_go_and_their_ticket_stays(database: Database) -> None:
    clock = StillClock()
    await closed(database, clock, "1")
    clock.now += 5 * DAY
    assert await sweeper(database, clock, outbox=30).round() == {"outbox": 0}
    assert await sweeper(database, clock, outbox=4).round() == {"outbox": 2}
    assert await TicketTable(database, clock).ticket_of("I1") is not None


async def test_transcripts_letters_received_and_callers_who_left(database: Database) -> None:
    clock, transcripts = StillClock(), TranscriptTable(database, None)
    old = change("old", "有人打架", ago=24 * 40)
    await transcripts.write([replace(old, heading=replace(old.heading, state="final"))])
    await transcripts.write([change("live", "快来", ago=24 * 40)])
    await transcripts.correct("old", NOW.isoformat(), {"entry": 1, "text": "打架", "by": "班长"})
    clock.now = old.heading.started_at + 40 * DAY
    callbacks = CallbackTable(database)
    gone = Abandoned("a1", "c1", "138", "12345", "来话", "hotline", "queue", 3.5, clock.now - 40 * DAY, "I1")
    await callbacks.add(gone, "t1")
    await callbacks.add(replace(gone, id="a2", number="139", at=clock.now), "t2")
    await callbacks.settle("138", "answered")
    async with database.write() as connection:
        for message, days in (("old", 40), ("new", 1)):
            row = {"platform": "110", "message": message, "at": clock.now - days * DAY}
            await connection.execute(insert(INBOX).values(row))
    swept = await sweeper(database, clock, transcripts=30, inbox=30, abandoned=30).round()
    assert swept == {"transcripts": 1, "inbox": 1, "abandoned": 2}
    left = await counts(database)
    assert {left[name] for name in ("transcripts", "transcript_entries", "inbox", "abandoned")} == {1}
    assert await transcripts.get("live") is not None
    assert await callbacks.unfinished() == ("139",)


async def test_a_step_is_small_however_much_is_too_old(database: Database) -> None:
    rows = [{"platform": "110", "message": str(number), "at": NOW} for number in range(2 * AT_ONCE + 1)]
    async with database.write() as connection:
        await connection.execute(insert(INBOX), rows)
    table = RetentionTable(database)
    steps = [await table.sweep("inbox", NOW + DAY, AT_ONCE) for _ in range(4)]
    assert steps == [AT_ONCE, AT_ONCE, 1, 0]


async def test_it_begins_by_itself_and_ends_when_told(database: Database) -> None:
    clock = StillClock()
    async with database.write() as connection:
        await connection.execute(insert(INBOX).values({"platform": "110", "message": "1", "at": NOW}))
    clock.now = NOW + 99 * DAY
    running = sweeper(database, clock, inbox=30)
    await running.start()
    async with asyncio.timeout(30):
        while await counts(database):  # noqa: ASYNC110  the condition is in the database, nobody signals it
            await asyncio.sleep(0.01)
    await running.stop()
    await running.stop()
