"""Several bridges on one PostgreSQL: a letter is one bridge's at a time, and another's when that dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

from bridge.adapters.db import Database
from bridge.adapters.db_outbox import LEASE, Outbox
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.push import PushWorker
from bridge.adapters.push_lane import PARALLEL
from bridge.adapters.push_post import Destination
from bridge.clock import SystemClock

from .test_push import KEYS, PATIENCE_S, Platform, serving, ticket, until


class Bridge:
    """One of them: its own connections, outbox and worker."""

    def __init__(self, url: str, port: int) -> None:
        clock = SystemClock()
        self.database = Database(url)
        self.outbox = Outbox(self.database, clock)
        door = {"110": Destination(f"http://127.0.0.1:{port}/tickets", KEYS)}
        self.worker = PushWorker(outbox=self.outbox, destinations=door, clock=clock, chance=lambda: 0.0)
        self.table = TicketTable(self.database, clock, self.worker.wake)


@asynccontextmanager
async def bridges(url: str, port: int) -> AsyncIterator[tuple[Bridge, Bridge]]:
    async with AsyncExitStack() as stack:
        made = Bridge(url, port), Bridge(url, port)
        for each in made:
            for part in (each.database, each.worker):
                await part.start()
                stack.push_async_callback(part.stop)
        yield made


async def test_two_bridges_send_each_letter_once(postgres_url: str) -> None:
    """Both have their hands full before anybody is answered: without leases, with the same letters."""
    platform, gate = Platform(), asyncio.Event()

    async def hold() -> None:
        await gate.wait()

    platform.before = hold
    async with serving(platform.app()) as port, bridges(postgres_url, port) as (one, other):
        for number in range(2 * PARALLEL):
            await one.table.save(ticket(str(number)), push=True)

        async def both_have_all_they_can_hold() -> bool:
            other.worker.wake()
            return len(platform.asked) >= 2 * PARALLEL

        await until(both_have_all_they_can_hold)
        first = [id for _, _, id in platform.asked[: 2 * PARALLEL]]
        gate.set()

        async def all_there() -> bool:
            return await one.outbox.counts() == {}

        await until(all_there)
    assert len(set(first)) == 2 * PARALLEL


class Hand:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def wall(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()


async def test_what_a_dead_bridge_had_in_its_hands_is_taken_by_another(postgres_url: str) -> None:
    async with asyncio.timeout(PATIENCE_S), AsyncExitStack() as stack:
        database, clock = Database(postgres_url), Hand()
        await database.start()
        stack.push_async_callback(database.stop)
        one, other = Outbox(database, clock), Outbox(database, clock)
        table = TicketTable(database, clock, lambda platform: None)
        await table.save(ticket(), push=True)
        clock.now += timedelta(seconds=1)
        (letter,) = await one.take(busy=(), most=9)
        assert await other.take(busy=(), most=9) == ()
        assert await other.next_due(busy=()) == clock.now + LEASE, "nobody looks in vain until then"
        clock.now += LEASE
        assert [each.id for each in await other.take(busy=(), most=9)] == [letter.id]
        await other.give_back([letter])
        assert [each.id for each in await one.take(busy=(), most=9)] == [letter.id]
        await one.failed(letter, clock.now, "down")
        assert [each.id for each in await other.take(busy=(), most=9)] == [letter.id], "a try ends the lease"


async def test_a_clock_set_back_leaves_no_letter_behind(postgres_url: str) -> None:
    async with AsyncExitStack() as stack:
        database, clock = Database(postgres_url), Hand()
        await database.start()
        stack.push_async_callback(database.stop)
        outbox = Outbox(database, clock)
        await TicketTable(database, clock, lambda platform: None).save(ticket(), push=True)
        assert len(await outbox.take(busy=(), most=9)) == 1
        clock.now -= timedelta(days=3)
        assert len(await outbox.take(busy=(), most=9)) == 1
