"""The deadline desk over a real database: all is told once, through restarts and downtime, beside a second
desk, and while the database fails."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bridge.adapters.db import Database
from bridge.adapters.db_deadlines import DeadlineTable
from bridge.adapters.db_handlings import HandlingTable
from bridge.adapters.db_tables import OUTBOX
from bridge.adapters.db_tables_deadlines import DEADLINES
from bridge.handling.amounts import read_amount
from bridge.handling.deadline_rules import DeadlineRule
from bridge.handling.heralds import Level, Warnings
from bridge.handling.hooks import Hooks
from bridge.handling.timetable import Timetable
from bridge.handling.words import Deed, DeedName, Handling
from bridge.ports_deadlines import Watched
from bridge.routing.hours import WORKDAY, Calendar, Hours
from bridge.services.deadline_desk import HOLD_S, LONGEST_S, SOON_S, DeadlineDesk
from bridge.services.handling_desk import HandlingDesk, Parties
from tests.services.conftest import Timers

CHINA = ZoneInfo("Asia/Shanghai")
OFFICE = Hours(Calendar(CHINA), frozenset({WORKDAY}), ((540, 720), (810, 1050)), "")
ALLOWED = (("accept", "2 工作小时"), ("feedback", "3 工作日"), ("outcome", "4 工作日"))
ALLOWS = {kind: read_amount(text) for kind, text in ALLOWED}
TABLES = Timetable((DeadlineRule("一般", OFFICE, allows=ALLOWS),), OFFICE)  # type: ignore[arg-type]
WARNINGS = Warnings(0.25, (Level(read_amount("4 工作小时"), "班长"),))
HOOKS = Hooks(
    partner=frozenset({"reminder", "overdue"}),
    webhooks={"ducha": frozenset({"overdue", "escalated"})},
    own=frozenset({"12345"}),
    doors=frozenset({"110"}),
)


def moment(text: str) -> datetime:
    """`4 10:00`: the time of that day in March 2026; the 2nd is a Monday."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-03-{int(day):02}T{clock}").replace(tzinfo=CHINA)


class Clock:
    def __init__(self) -> None:
        self.now = moment("2 09:00")

    def wall(self) -> datetime:
        return self.now.astimezone(UTC)

    def monotonic(self) -> float:
        return self.now.timestamp()


class Feed:
    heard = True

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def publish(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def words(self) -> list[tuple[str, str]]:
        return [(each["word"], each["kind"]) for each in self.events if each["type"] == "deadline"]


class Meter:
    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self.words: list[str] = []

    def overdue(self, counts: Any) -> None:
        self.counts = dict(counts)

    def said(self, word: str) -> None:
        self.words.append(word)


class House:
    """One installation at 12345: its two desks over one database, its clock and its timers."""

    def __init__(self, database: Database, clock: Clock, hooks: Hooks = HOOKS) -> None:
        self.clock, self.timers, self.feed, self.meter = clock, Timers(), Feed(), Meter()
        self.database, self.pushed = database, list[str]()
        own = hooks.own
        self.store = store = HandlingTable(database, clock, self.pushed.append, TABLES)
        self.table = DeadlineTable(database, clock, self.pushed.append)
        self.handlings = HandlingDesk(
            store=store,
            clock=clock,
            feed=self.feed,
            parties=Parties(own, next(iter(own), ""), frozenset({"110", "12345"})),
            heard=self._heard,
            timetable=TABLES,
        )
        self.desk = DeadlineDesk(
            store=self.table, timetable=TABLES, warnings=WARNINGS, hooks=hooks, urge=self.handlings.do,
            clock=clock, timers=self.timers, feed=self.feed, meter=self.meter,
        )  # fmt: skip

    def _heard(self, handling: Handling, deed: Deed | None) -> None:
        self.desk.heard(handling, deed)

    def rounds(self) -> int:
        """Rounds that are over: each sets the timer for the next one."""
        return sum(alarm.seconds != SOON_S for alarm in self.timers.alarms)

    async def looked(self) -> None:
        """Have the desk look, and wait until it has."""
        known = self.rounds()
        self.desk._work.set()
        async with asyncio.timeout(20):
            while self.rounds() == known:  # noqa: ASYNC110  the desk has no event for tests
                await asyncio.sleep(0.001)

    async def at(self, text: str) -> None:
        self.clock.now = moment(text)
        await self.looked()

    async def letters(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        async with self.database.read() as connection:
            rows = await connection.execute(
                select(OUTBOX.c.platform, OUTBOX.c.body).order_by(OUTBOX.c.number)
            )
            found = [(row.platform, json.loads(row.body)) for row in rows]
        return [(platform, body) for platform, body in found if body["type"] == kind]

    async def ticket(self, name: str = "t") -> Handling:
        await self.handlings.received(papers(name), kind="opened")
        await self.handlings.delivered(name)
        return await self.handlings.handling(name)

    async def do(self, name: DeedName, by: str, ticket: str = "t") -> Handling:
        speaker = by if by == "110" else ""
        deed = Deed(f"{name} {ticket} {self.clock.now}", name, by, self.clock.wall(), reason="因为")
        return await self.handlings.do(ticket, deed, speaker=speaker)


def papers(name: str) -> dict[str, Any]:
    return {
        "ticket": name, "incident": f"i-{name}", "version": 1, "from_platform": "12345", "to_platform": "110",
        "category": None, "alerts": [], "channel": "web",
        "elements": {each: {"value": ""} for each in ("who", "contact", "when", "where", "what")},
    }  # fmt: skip


Build = Callable[..., Any]


@pytest.fixture
async def build(database_url: str, tmp_path: Path, blank_database: Path) -> AsyncIterator[Build]:
    if database_url.startswith("sqlite"):
        shutil.copy(blank_database, tmp_path / "bridge.db")
    async with AsyncExitStack() as stack:
        database, clock = Database(database_url), Clock()
        await database.start()
        stack.push_async_callback(database.stop)

        async def made(hooks: Hooks = HOOKS) -> House:
            house = House(database, clock, hooks)
            for part in (house.store, house.desk):
                await part.start()
                stack.push_async_callback(part.stop)
            await house.looked()
            return house

        yield made


async def test_each_word_once_at_its_moment(build: Build) -> None:
    house = await build()
    await house.ticket()
    for text, words in (
        ("2 10:29", []),
        ("2 10:30", [("reminder", "accept")]),  # the last quarter of two hours
        ("2 10:59", [("reminder", "accept")]),
        ("2 11:00", [("reminder", "accept")]),
        ("2 11:01", [("reminder", "accept"), ("overdue", "accept")]),
        ("2 16:30", [("reminder", "accept"), ("overdue", "accept"), ("escalated", "accept")]),
        ("2 17:30", [("reminder", "accept"), ("overdue", "accept"), ("escalated", "accept")]),
    ):
        await house.at(text)
        assert house.feed.words() == words, text
    assert house.meter.words == ["reminder", "overdue", "escalated"]
    assert house.feed.events[-1]["to"] == "班长"
    assert house.meter.counts == {("110", "accept"): 1}


async def test_the_timer_is_for_the_next_moment(build: Build) -> None:
    house = await build()
    assert house.timers.alarms[-1].seconds == LONGEST_S, "nothing runs"
    await house.ticket()
    assert any(alarm.seconds == SOON_S and not alarm.cancelled for alarm in house.timers.alarms)
    house.timers.ring(SOON_S)
    await house.at("2 10:29")
    house.clock.now = moment("2 10:29") + timedelta(seconds=20)
    await house.looked()
    assert house.timers.alarms[-1].seconds == 40


async def test_downtime_forgets_nothing_and_a_restart_repeats_nothing(build: Build) -> None:
    house = await build()
    await house.ticket()
    await house.looked()
    await house.desk.stop()
    await house.desk.stop()
    house.clock.now = moment("2 16:31")
    again = await build()
    assert again.feed.words() == [("overdue", "accept"), ("escalated", "accept")], "too late for a reminder"
    await again.desk.stop()
    third = await build()
    await third.at("3 09:00")
    assert third.feed.words() == []


async def test_two_desks_on_one_database_say_it_once(build: Build) -> None:
    one, other = await build(), await build()
    await one.ticket()
    for text in ("2 10:40", "2 11:30", "2 17:00"):
        one.clock.now = moment(text)
        await asyncio.gather(one.looked(), other.looked())
    said = one.feed.words() + other.feed.words()
    assert sorted(said) == [("escalated", "accept"), ("overdue", "accept"), ("reminder", "accept")]
    assert len(await one.letters("deadline.overdue")) == 1


async def test_hooks_and_partner_hear_of_it(build: Build) -> None:
    house = await build()
    await house.ticket()
    await house.at("2 10:30")
    reminders = await house.letters("deadline.reminder")
    assert [platform for platform, _ in reminders] == ["110"]
    await house.at("2 11:30")
    overdue = await house.letters("deadline.overdue")
    assert [(platform, body["data"]["late_seconds"]) for platform, body in overdue] == [("hook:ducha", 1800)]
    assert {"110", "hook:ducha"} <= set(house.pushed)
    urged = await house.letters("ticket.urged")
    assert [platform for platform, _ in urged] == ["110"]
    assert "应在 2026-03-02 11:00 前签收" in urged[0][1]["data"]["deed"]["reason"]
    assert (await house.handlings.handling("t")).urged == 1


async def test_an_urge_whose_note_was_lost_is_the_same_urge(build: Build) -> None:
    house = await build()
    await house.ticket()
    await house.at("2 10:30")

    async def lost(_looks: Any) -> Any:
        raise OSError("killed between the deed and the note of it")

    kept, house.table.looked = house.table.looked, lost
    await house.at("2 11:30")
    assert house.timers.alarms[-1].seconds == HOLD_S
    house.table.looked = kept
    await house.at("2 11:31")
    assert (await house.handlings.handling("t")).urged == 1
    assert house.feed.words() == [("reminder", "accept"), ("overdue", "accept")]


async def test_who_answers_is_told_nothing_more(build: Build) -> None:
    house = await build()
    await house.ticket()
    await house.looked()
    house.clock.now = moment("2 10:00")
    await house.do("accept", "110")
    await house.at("2 17:00")
    assert house.feed.words() == []
    await house.at("5 17:00")
    await house.at("5 17:31")
    assert house.feed.words() == [("reminder", "feedback"), ("overdue", "feedback")]


async def test_the_list_of_who_is_late(build: Build) -> None:
    house = await build()
    for name, at in (("a", "2 09:00"), ("b", "2 10:00"), ("c", "2 17:00")):
        house.clock.now = moment(at)
        await house.ticket(name)
    await house.at("3 09:30")
    found = await house.desk.overdue(most=10)
    assert [(each["ticket"], each["late"]) for each in found] == [
        ("a", "5 工作小时 30 分钟"),
        ("b", "4 工作小时 30 分钟"),
    ], "c has until 10:30"
    assert found[0]["summary"].startswith("超时：平台 110 应在 2026-03-02 11:00 前签收")
    first = await house.desk.overdue(most=1)
    after = (datetime.fromisoformat(first[0]["due"]), first[0]["ticket"])
    assert [each["ticket"] for each in await house.desk.overdue(after=after, most=5)] == ["b"]
    assert await house.desk.overdue(partner="12345", most=5) == ()
    assert await house.desk.overdue(platform="119", most=5) == ()
    assert len(await house.desk.overdue(platform="110", most=5)) == 2
    await house.do("return", "110", "a")
    await house.looked()
    assert [each["ticket"] for each in await house.desk.overdue(most=5)] == ["b"]
    assert house.meter.counts == {("110", "accept"): 1}


async def rows(house: House) -> list[tuple[Any, ...]]:
    chosen = select(DEADLINES.c.kind, DEADLINES.c.state, DEADLINES.c.runs, DEADLINES.c.stage).order_by(
        DEADLINES.c.since, DEADLINES.c.kind
    )
    async with house.database.read() as connection:
        return [tuple(row) for row in await connection.execute(chosen)]


async def test_the_rows_follow_the_handling(build: Build) -> None:
    house = await build()
    await house.ticket()
    await house.at("2 10:30")
    assert await rows(house) == [("accept", "open", True, 1), ("feedback", "open", True, 0)]
    await house.do("return", "110")
    assert await rows(house) == [("accept", "met", False, 1), ("feedback", "open", False, 0)]
    await house.do("close", "12345")
    assert await rows(house) == [("accept", "met", False, 1)], "nobody owes feedback any more"


async def test_the_second_of_a_pair_owes_its_outcome(build: Build) -> None:
    """12345 hands a threat to 110 and is owed what came of it."""
    house = await build()
    await house.ticket()
    second = papers("u") | {"incident": "i-t", "pair": {"ticket": "t", "kin": "clue"}}
    await house.handlings.received(second, kind="opened")
    await house.handlings.delivered("u")
    await house.do("accept", "110", "u")
    await house.at("6 17:31")
    assert ("overdue", "outcome") in house.feed.words()
    await house.do("feedback", "110", "u")
    held = await house.handlings.handling("u")
    assert {each.kind: each.state for each in held.deadlines} == {
        "accept": "met", "feedback": "missed", "outcome": "missed",
    }  # fmt: skip


async def test_a_time_no_calendar_reaches_holds_up_nobody(build: Build) -> None:
    house = await build()
    await house.ticket("far")
    beyond = datetime(9999, 12, 31, 23, tzinfo=UTC)
    far = await house.handlings.handling("far")
    late = tuple(replace(each, due=beyond) for each in far.deadlines)
    assert house.desk._plan(Watched(far, late[0], 0)) == (), "its levels lie beyond the calendar's end"
