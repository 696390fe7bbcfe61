"""Lanes and dead letters over a real database and real servers: one partner's outage is nobody else's, old
letters are put aside, and a person can send them after all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.responses import Response

from bridge.adapters.db import Database
from bridge.adapters.db_deliveries import Deliveries
from bridge.adapters.db_outbox import Letter, Outbox
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.push import PushWorker
from bridge.adapters.push_post import Destination
from bridge.errors import NoSuchLetter, NotDead
from bridge.post.delivery import LetterState
from bridge.tickets.exchange import Transferred, step
from bridge.tickets.ticket import Ticket
from tests.adapters.test_push import KEYS, News, Platform, serving, ticket, until
from tests.peers.ports import free_tcp

HOUR = timedelta(hours=1)
Change = tuple[str, int, LetterState, str]


class ShiftedClock:
    """The real clock, moved by hand."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def wall(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


@dataclass
class House:
    clock: ShiftedClock
    table: TicketTable
    outbox: Outbox
    deliveries: Deliveries
    worker: PushWorker
    news: News
    changes: list[Change]


@contextlib.asynccontextmanager
async def house(path: Path, ports: dict[str, int], *, started: bool = True) -> AsyncIterator[House]:
    clock, news, changes = ShiftedClock(), News(), list[Change]()

    def changed(letter: Letter, state: LetterState, trouble: str) -> None:
        changes.append((letter.incident, letter.version, state, trouble))

    database = Database(f"sqlite+aiosqlite:///{path}/bridge.db")
    await database.start()
    outbox = Outbox(database, clock)
    worker = PushWorker(
        outbox=outbox,
        destinations={
            name: Destination(f"http://127.0.0.1:{port}/tickets", KEYS) for name, port in ports.items()
        },
        clock=clock,
        on_delivered=news,
        on_change=changed,
        chance=lambda: 0.0,
    )
    deliveries = Deliveries(database, clock, worker.wake)
    table = TicketTable(database, clock, worker.wake)
    if started:
        await worker.start()
    try:
        yield House(clock, table, outbox, deliveries, worker, news, changes)
    finally:
        await worker.stop()
        await database.stop()


async def test_a_partner_that_is_out_delays_nobody_elses_letters(tmp_path: Path) -> None:
    """Twenty letters hang with a partner that takes connections and says nothing."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    dead = await asyncio.start_server(silent, "127.0.0.1", 0)
    platform = Platform()
    async with serving(platform.app()) as port:
        ports = {"119": dead.sockets[0].getsockname()[1], "110": port}
        async with house(tmp_path, ports) as home:
            for name in range(20):
                await home.table.save(ticket(f"d{name}", to="119"), push=True)
            for name in range(5):
                await home.table.save(ticket(f"g{name}"), push=True)
            await home.news.until(5)
            assert {item.platform for item in home.news.all} == {"110"}

            async def settled() -> bool:
                return (await home.outbox.counts())["waiting"] == 20

            await until(settled)
    dead.close()
    await dead.wait_closed()


async def test_an_outage_opens_the_circuit_and_the_first_success_sends_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.post.health.LONGEST_PAUSE_S", 0.1)
    port = free_tcp()
    async with house(tmp_path, {"110": port}) as home:

        async def down() -> bool:
            return home.worker.status()[0]["state"] == "down"

        for name in range(12):
            await home.table.save(ticket(str(name)), push=True)
        await until(down)
        platform = Platform()
        async with serving(platform.app(), port):
            await home.news.until(12)
        (standing,) = home.worker.status()
        assert (standing["platform"], standing["state"]) == ("110", "up")
        assert standing["last_success"] is not None
        assert "连不上" in standing["last_error"]
    assert home.changes.count(("I0", 1, "delivered", "")) == 1
    assert len({id for _, _, id in platform.asked}) == len(platform.asked) == 12


async def test_what_waits_is_told_by_partner(tmp_path: Path) -> None:
    async with house(tmp_path, {"110": free_tcp(), "119": free_tcp()}) as home:
        home.clock.shift = -HOUR
        await home.table.save(ticket("1"), push=True)
        home.clock.shift = timedelta()
        await home.table.save(ticket("2"), push=True)

        async def counted() -> bool:
            return home.worker.status()[0]["waiting"] == 2

        await until(counted)
        first, second = home.worker.status()
        assert 3590 < first["oldest_seconds"] < 3700
        assert (second["platform"], second["waiting"], second["state"]) == ("119", 0, "new")


async def test_a_letter_too_old_is_put_aside_whole_and_can_be_sent_after_all(tmp_path: Path) -> None:
    platform = Platform()
    async with serving(platform.app()) as port, house(tmp_path, {"110": port}, started=False) as home:
        home.clock.shift = -73 * HOUR
        await home.table.save(ticket("old"), push=True)
        home.clock.shift = timedelta()
        await home.table.save(ticket("new"), push=True)
        await home.worker.start()
        await home.news.until(1)

        async def expired() -> bool:
            return (await home.outbox.counts()) == {"expired": 1}

        await until(expired)
        assert [incident for incident, _, _ in platform.asked] == ["Inew"]
        (dead,) = await home.deliveries.letters("expired")
        assert (dead.incident, dead.posted.platform, dead.posted.state) == ("Iold", "110", "expired")
        assert "72 小时" in dead.posted.trouble
        assert ("Iold", 1, "expired", dead.posted.trouble) in home.changes
        again = await home.deliveries.replay(dead.posted.id)
        assert again.posted.state == "waiting"
        await home.news.until(2)
        assert platform.asked[-1] == ("Iold", 1, dead.posted.id), "under the same id"
        with pytest.raises(NotDead, match="已经送达"):
            await home.deliveries.replay(dead.posted.id)


async def test_a_refused_letter_is_sent_again_when_asked_and_only_if_it_is_news(tmp_path: Path) -> None:
    platform = Platform([Response(status_code=422), Response(status_code=422)])
    async with serving(platform.app()) as port, house(tmp_path, {"110": port}) as home:

        async def parked(count: int) -> None:
            async def there() -> bool:
                return (await home.outbox.counts()).get("parked") == count

            await until(there)

        one, two = ticket("1"), ticket("2")
        for each in (one, two):
            await home.table.save(each, push=True)
        await parked(2)
        after, _ = step(one, Transferred(home.clock.wall()))
        await home.table.save(after, push=True)
        await home.news.until(1)
        dead = {letter.incident: letter.posted.id for letter in await home.deliveries.letters("parked")}
        with pytest.raises(NotDead, match="更新的版本"):
            await home.deliveries.replay(dead["I1"])
        await home.deliveries.replay(dead["I2"])
        await home.news.until(2)
        assert home.news.versions("I2") == [1]
        with pytest.raises(NoSuchLetter):
            await home.deliveries.replay("msg_none")


async def test_lists_are_paged_and_cut_to_a_platform(tmp_path: Path) -> None:
    async with house(tmp_path, {}, started=False) as home:
        for name in range(5):
            await home.table.save(ticket(str(name), to="110" if name % 2 else "119"), push=True)
        first = await home.deliveries.letters("waiting", most=2)
        rest = await home.deliveries.letters("waiting", after=first[-1].number)
        assert [letter.incident for letter in (*first, *rest)] == ["I0", "I1", "I2", "I3", "I4"]
        mine = await home.deliveries.letters("waiting", platform="119")
        assert [letter.incident for letter in mine] == ["I0", "I2", "I4"]
        concerned = await home.deliveries.letters("waiting", concerns="110")
        assert [letter.incident for letter in concerned] == ["I1", "I3"]
        assert await home.deliveries.letters("waiting", concerns="11") == ()


async def test_who_has_opened_a_ticket_is_known_from_the_first_time(tmp_path: Path) -> None:
    async with house(tmp_path, {}, started=False) as home:
        await home.table.save(ticket("1"), push=True)
        assert await home.deliveries.opened("I1", "110")
        (at,) = (await home.deliveries.openings("I1")).values()
        assert not await home.deliveries.opened("I1", "110")
        assert await home.deliveries.openings("I1") == {"110": at}
        (letter,) = await home.deliveries.of("I1")
        assert await home.deliveries.ours(letter.id)
        assert not await home.deliveries.ours("msg_theirs")
        handled = await home.deliveries.handled("I1")
        assert handled is not None
        assert (handled.holder, handled.begun) == ("110", False)


async def test_one_tickets_letters_to_two_partners_wait_for_their_own_only(tmp_path: Path) -> None:
    """The key turned the ticket to another platform while the first was out."""
    platform = Platform()
    async with serving(platform.app()) as port, house(tmp_path, {"119": free_tcp(), "110": port}) as home:
        await home.table.save(ticket("1", to="119"), push=True)
        turned: Ticket = replace(ticket("1", to="110"), version=2)
        await home.table.save(turned, push=True)
        await home.news.until(1)
        assert [(item.platform, item.version) for item in home.news.all] == [("110", 2)]
