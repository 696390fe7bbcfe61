"""Figures on both databases: exact after every change, the same when made anew, cut to what is asked for."""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, insert, literal, select

from bridge.adapters.db import Database
from bridge.adapters.db_analysis import AnalysisTable
from bridge.adapters.db_figures import FigureTable
from bridge.adapters.db_handling_rows import follow_facts, handling_of, line, put_all, write_steps
from bridge.adapters.db_papers import keep_all
from bridge.adapters.db_retention import RetentionTable
from bridge.adapters.db_tables_analysis import CALL_HOURS, DAY_FIGURES, HOUR_FIGURES, TOPICS
from bridge.adapters.db_tables_deadlines import DEADLINES
from bridge.adapters.db_tables_handling import HANDLINGS
from bridge.analysis.figures import MEASURES
from bridge.analysis.periods import Period, day_of
from bridge.errors import BadRequest, DeedNotNow, NotTheirDeed
from bridge.handling.deadlines import Deadline
from bridge.handling.papers import Facts
from bridge.handling.table import step
from bridge.handling.timetable import NO_DEADLINES
from bridge.handling.words import Deed, Handling, opened
from bridge.ports_analysis import Place, Wanted
from bridge.tickets.elements import LABELS

ZONE = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)  # 23:30 there: the next tickets are another day's
FIRST = day_of(BEGIN, ZONE)
ALL = Period(FIRST - 5, FIRST + 5)
WISH = "烧烤摊半夜放音乐吵得人睡不着觉"
FACTS = Facts("f2-1", "normal", "冠县", "冠县红旗路26号", "transferred", 8.0, f"{WISH}，赶紧来人")
_DEEDS = (
    ("deliver", ""), ("accept", "110"), ("return", "110"), ("feedback", "110"), ("close", "12345"),
    ("negotiate", "12345"), ("dispute", ""), ("reopen", "12345"), ("withdraw", "12345"),
)  # fmt: skip


class Desk:
    """Tickets as they are written by the bridge, and what is counted of them."""

    def __init__(self, database: Database) -> None:
        self.database, self.figures = database, FigureTable(database, ZONE)
        self.analysis = AnalysisTable(database, ZONE)
        self.handlings: dict[str, Handling] = {}

    async def open(self, name: str, at: datetime = BEGIN, facts: Facts = FACTS, **more: Any) -> Handling:
        way = {"origin": "12345", "target": "110", **more}
        made = opened(ticket=name, incident=name, at=at, category=facts.category, **way)
        async with self.database.write() as connection:
            await write_steps(connection, ((made, None),), facts, at, new=True)
        self.handlings[name] = made
        return made

    async def do(self, name: str, deed: str, by: str, reason: str = "不属于受理范围") -> None:
        before = self.handlings[name]
        at = before.changed_at + timedelta(minutes=7)
        done = Deed(f"{name} {before.version} {deed}", deed, by, at, reason=reason, owner="110")  # type: ignore[arg-type]
        after, _ = step(before, done)
        self.handlings[name] = after
        async with self.database.write() as connection:
            await put_all(connection, [(after, None, False)], [line(after, done, at)], at)

    async def count(self) -> None:
        for day in await self.figures.stale_days(99):
            await self.figures.count(day)
        assert await self.figures.stale_days(99) == ()

    async def rows(self) -> list[dict[str, Any]]:
        found = []
        async with self.database.read() as connection:
            for table in (DAY_FIGURES, HOUR_FIGURES):
                columns = [column for column in table.c if column.name != "id"]
                rows = await connection.execute(select(*columns).order_by(*columns))
                found += [dict(row._mapping) for row in rows]
        return found


@pytest.fixture
async def desk(database_url: str, blank_database: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    if database_url.startswith("sqlite"):
        shutil.copy(blank_database, tmp_path / "bridge.db")
    database = Database(database_url)
    await database.start()
    yield Desk(database)
    await database.stop()


async def test_nothing_is_counted_of_nothing(desk: Desk) -> None:
    await desk.count()
    assert await desk.analysis.totals(Wanted(ALL)) == dict.fromkeys(MEASURES, 0)
    assert await desk.analysis.frequent(Wanted(ALL), 9) == ()


async def test_a_ticket_is_counted_as_it_stands_now(desk: Desk) -> None:
    await desk.open("t1")
    await desk.count()
    first = await desk.analysis.totals(Wanted(ALL))
    assert {name: first[name] for name in ("tickets", "phone", "transferred", "answered_15")} == {
        "tickets": 1, "phone": 1, "transferred": 1, "answered_15": 1,
    }  # fmt: skip
    assert (first["answer_seconds"], first["accepted"]) == (8.0, 0)
    for deed, by in (("deliver", ""), ("accept", "110"), ("feedback", "110"), ("close", "12345")):
        await desk.do("t1", deed, by)
    assert await desk.figures.stale_days(9) == (FIRST,)
    await desk.count()
    last = await desk.analysis.totals(Wanted(ALL))
    assert {name: last[name] for name in ("tickets", "accepted", "fed_back", "closed")} == {
        "tickets": 1, "accepted": 1, "fed_back": 1, "closed": 1,
    }  # fmt: skip


async def test_whatever_is_done_figures_are_exact_and_the_same_made_anew(desk: Desk) -> None:
    chance = random.Random(7)
    for number in range(16):
        facts = Facts(
            chance.choice(("f2-1", "f3-1", None)), "normal", chance.choice(("冠县", "")), "",
            chance.choice(("transferred", "failed", "abandoned", "")), chance.choice((None, 3.0, 40.0)),
        )  # fmt: skip
        at = BEGIN + timedelta(minutes=chance.randrange(-200, 4000))
        turned = {"origin": "110", "target": "12345"} if number % 5 == 0 else {}
        await desk.open(f"t{number}", at, facts, **turned)
        for deed, by in chance.choices(_DEEDS, k=4):
            with contextlib.suppress(DeedNotNow, NotTheirDeed):
                await desk.do(f"t{number}", deed, by)
        if number % 8 == 0:
            await desk.count()
    await desk.count()
    rows = await desk.rows()
    there = list(desk.handlings.values())
    days, hours = rows[: (half := sum("day" in row for row in rows))], rows[half:]
    for counted in (days, hours):
        assert sum(row["tickets"] for row in counted) == len(there)
        assert sum(row["closed"] for row in counted) == sum(each.state == "closed" for each in there)
        assert sum(row["returns"] for row in counted) == sum(each.returns for each in there)
        assert sum(row["disputed"] for row in counted) == sum(each.disputed for each in there)
    assert {row["day"] for row in days} == {day_of(each.opened_at, ZONE) for each in there}
    async with desk.database.write() as connection:
        await connection.execute(HANDLINGS.update().values(stale=1))
    await desk.count()
    assert await desk.rows() == rows


async def test_papers_that_say_more_change_the_figures(desk: Desk) -> None:
    handling = await desk.open("t1", facts=Facts())
    await desk.count()
    async with desk.database.write() as connection:
        assert await handling_of(connection, "t1") == handling
        await follow_facts(connection, handling, FACTS, BEGIN, NO_DEADLINES)
    await desk.count()
    (((county,), sums),) = await desk.analysis.grouped(Wanted(ALL), "county")
    assert (county, sums["transferred"]) == ("冠县", 1)


async def test_one_asks_for_a_part(desk: Desk) -> None:
    await desk.open("t1")
    await desk.open("t2", BEGIN + timedelta(hours=1), origin="110", target="12345")
    await desk.open(
        "t3", BEGIN + timedelta(hours=2), Facts("f3-2", county="莘县"), path=("12345", "110", "110-sx")
    )
    await desk.count()
    table = desk.analysis

    async def keys(by: Any, wanted: Wanted) -> list[Any]:
        return [(*key, int(sums["tickets"])) for key, sums in await table.grouped(wanted, by)]

    assert await keys("day", Wanted(ALL)) == [(FIRST, 1), (FIRST + 1, 2)]
    assert await keys("day", Wanted(Period(FIRST, FIRST))) == [(FIRST, 1)]
    assert await keys("category", Wanted(ALL)) == [("f2-1", 2), ("f3-2", 1)]
    assert await keys("county", Wanted(ALL, category="f3-2")) == [("莘县", 1)]
    assert await keys("platform", Wanted(ALL)) == [("110", "12345", 1), ("12345", "110", 2)]
    assert await keys("category", Wanted(ALL, ("110-sx",))) == [("f3-2", 1)]
    assert await keys("category", Wanted(ALL, ("110-s_",))) == []
    assert [int(sums["tickets"]) for _, sums in await table.hourly(Wanted(ALL, ("110",)))] == [1, 1, 1]
    with pytest.raises(BadRequest):
        await table.hourly(Wanted(ALL, county="莘县"))


async def test_on_time_counts_what_is_over_and_what_runs_late(desk: Desk) -> None:
    made = await desk.open("t1")
    due = BEGIN + timedelta(hours=1)
    deadlines = (
        Deadline("accept", "110", BEGIN, due, "met", done_at=BEGIN),
        Deadline("feedback", "110", BEGIN, due),
        Deadline("close", "12345", BEGIN, due, "missed", done_at=due),
    )
    async with desk.database.write() as connection:
        owing = step(made, Deed("d", "deliver", "", BEGIN))[0]
        owing = replace(owing, deadlines=deadlines)
        await put_all(connection, [(owing, None, False)], (), BEGIN)
    await desk.count()
    before = await desk.analysis.on_time(Wanted(ALL), due - timedelta(minutes=1))
    after = await desk.analysis.on_time(Wanted(ALL), due + timedelta(minutes=1))
    assert dict(before) == {
        ("110", "accept"): {"met": 1, "missed": 0},
        ("12345", "close"): {"met": 0, "missed": 1},
    }
    assert dict(after)["110", "feedback"] == {"overdue": 1}
    assert await desk.analysis.on_time(Wanted(ALL, county="莘县"), due + timedelta(hours=1)) == ()


async def test_returns_by_who_gave_back_and_why(desk: Desk) -> None:
    for name, why in (("t1", "不属于公安职责"), ("t2", "不在职责范围"), ("t3", "地址不详"), ("t4", "嗯")):
        await desk.open(name)
        await desk.do(name, "return", "110", why)
    found = await desk.analysis.returns(Wanted(ALL))
    assert [(*key, sums["returns"]) for key, sums in found] == [
        ("110", "scope", 2), ("110", "other", 1), ("110", "place", 1),
    ]  # fmt: skip


async def test_disputes_for_the_joint_meeting_a_page_at_a_time(desk: Desk) -> None:
    for name, steps in (("t1", ("negotiate", "dispute")), ("t2", ("negotiate",)), ("t3", ())):
        await desk.open(name)
        for deed in steps:
            await desk.do(name, deed, "12345", f"{name} {deed} 归谁办说不清")
    wanted = Wanted(ALL)
    (disputed,) = await desk.analysis.negotiated(wanted, disputed=True, after=None, most=9)
    assert (disputed.ticket, disputed.disputed, disputed.holder) == ("t1", True, "12345")
    assert disputed.said == (("12345", "t1 negotiate 归谁办说不清"), ("12345", "t1 dispute 归谁办说不清"))
    (first,) = await desk.analysis.negotiated(wanted, disputed=False, after=None, most=1)
    hour = int(BEGIN.timestamp() // 3600)
    rest = await desk.analysis.negotiated(wanted, disputed=False, after=(hour, first.ticket), most=9)
    assert [each.ticket for each in rest] == ["t2"]


async def test_frequent_requests_and_hot_places_against_the_period_before(desk: Desk) -> None:
    for number in range(5):
        at = BEGIN + timedelta(days=0 if number < 2 else 1)
        said = f"{'我家楼下' if number % 2 else '门口'}{WISH}"
        await desk.open(
            f"t{number}", at, Facts("f2-1", county="冠县", place=f"冠县红旗路{number}号", request=said)
        )
    other = Facts(
        "f2-1", county="冠县", place="冠县育才小区2号楼", request="有人在电梯里偷走了我的电动车电瓶"
    )
    await desk.open("t9", BEGIN + timedelta(days=1), other)
    await desk.open("empty", BEGIN + timedelta(days=1), Facts("f2-1", request="喂你好"))
    await desk.count()
    day = Wanted(Period(FIRST + 1, FIRST + 1))
    found = await desk.analysis.frequent(day, 9)
    assert [(each.now, each.before) for each in found] == [(3, 2), (1, 0)]
    assert found[0].text.endswith(WISH)
    assert await desk.analysis.places(day, 9) == (
        Place("冠县", "冠县红旗路", 3, 2), Place("冠县", "冠县育才小区", 1, 0),
    )  # fmt: skip
    assert [each.now for each in await desk.analysis.frequent(day, 1)] == [3]
    assert await desk.analysis.places(Wanted(day.period, ("119",)), 9) == ()


@contextlib.asynccontextmanager
async def plans(database: Database) -> AsyncIterator[list[str]]:
    """The plan of every question that is asked meanwhile, made of the statement as it is sent."""
    found = list[str]()

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            own = connection.connection.cursor()
            sqlite = connection.dialect.name == "sqlite"
            own.execute(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{statement}", parameters)
            found.append("\n".join(str(row[-1]) for row in own.fetchall()))
            own.close()

    engine = database._open.sync_engine
    event.listen(engine, "before_cursor_execute", explain)
    yield found
    event.remove(engine, "before_cursor_execute", explain)


async def many(desk: Desk) -> None:
    """Six thousand tickets out of six, each with a deadline; of ten of them it still runs."""
    for name in range(6):
        await desk.open(f"t{name}", BEGIN + timedelta(days=name))
    same = [column for column in HANDLINGS.c if column.name not in {"ticket", "hour"}]
    owed = {"kind": "accept", "partner": "110", "state": "met", "stage": 0}
    owing = [DEADLINES.c[name] for name in ("ticket", "since", "due", "runs", *owed)]
    async with desk.database.write() as connection:
        for n in range(10):
            again = select(HANDLINGS.c.ticket + f"-{n}", HANDLINGS.c.hour + n, *same)
            await connection.execute(insert(HANDLINGS).from_select(["ticket", "hour", *same], again))
        at, runs = HANDLINGS.c.opened_at, HANDLINGS.c.ticket.like("t1-0-1%-9")
        each = select(HANDLINGS.c.ticket, at, at, runs, *(literal(value) for value in owed.values()))
        await connection.execute(insert(DEADLINES).from_select(owing, each))


async def test_a_million_tickets_are_neither_sorted_nor_read(desk: Desk, database_url: str) -> None:
    """By the plans of the statements the bridge sends, whether the database has counted its rows or not:
    topics and places are counted over an index that is in their order and has all that is asked for; what
    runs late begins with the few deadlines that have passed."""
    await many(desk)
    sqlite = database_url.startswith("sqlite")
    for counted in (False, True) if sqlite else (True,):
        if counted:
            async with desk.database.write() as connection:
                await connection.exec_driver_sql("ANALYZE")
        for wanted in (Wanted(ALL), Wanted(ALL, ("110",), "f2-1"), Wanted(ALL, county="冠县")):
            async with plans(desk.database) as found:
                await desk.analysis.frequent(wanted, 5)
                await desk.analysis.places(wanted, 5)
                await desk.analysis.on_time(wanted, BEGIN + timedelta(days=90))
            topics, places, _, late = found
            assert "ix_deadlines_due" in late, late
            assert "ix_handlings_hour" not in late, late
            if sqlite:
                assert "COVERING INDEX ix_handlings_topic (topic>?)" in topics, topics
                assert "COVERING INDEX ix_handlings_spot" in places, places
                assert "TEMP B-TREE FOR GROUP BY" not in topics + places
                assert "SEARCH handlings USING INDEX sqlite_autoindex_handlings_1 (ticket=?)" in late, late


async def test_everything_is_made_anew_from_the_papers(desk: Desk) -> None:
    await desk.open("t1", facts=Facts())
    document = {
        "ticket": "t1", "incident": "t1", "version": 1, "from_platform": "12345", "to_platform": "110",
        "category": {"id": "f2-1"}, "outcome": "failed",
        "elements": {
            **{name: {"value": ""} for name in LABELS},
            "where": {"value": "冠县红旗路1号"}, "what": {"value": WISH}, "who": {"value": "王小明"},
        },
    }  # fmt: skip
    async with desk.database.write() as connection:
        await keep_all(connection, {"t1": document}, BEGIN)
    await desk.count()
    assert (await desk.analysis.totals(Wanted(ALL)))["failed"] == 0
    await desk.figures.rebuild()
    assert (await desk.analysis.totals(Wanted(ALL)))["tickets"] == 0
    await desk.count()
    assert (await desk.analysis.totals(Wanted(ALL)))["failed"] == 1
    (place,) = await desk.analysis.places(Wanted(ALL), 5)
    assert place.spot == "冠县红旗路"
    async with desk.database.read() as connection:
        assert [row.text for row in await connection.execute(select(TOPICS))] == [WISH]


async def test_what_the_retention_rules_delete_stays_counted(desk: Desk) -> None:
    """Nobody is late with a ticket that is no longer there, but there was one: neither a later change of that
    day's other tickets nor a count of everything anew makes the old figures smaller."""
    for name, at in (("old", BEGIN), ("same day", BEGIN), ("later", BEGIN + timedelta(days=2))):
        await desk.open(name, at)
    for deed, by in (("deliver", ""), ("accept", "110"), ("feedback", "110"), ("close", "12345")):
        await desk.do("old", deed, by)
    await desk.count()
    rows = await desk.rows()
    swept = await RetentionTable(desk.database).sweep("tickets", BEGIN + timedelta(days=1), 9)
    assert swept == 1
    await desk.do("same day", "deliver", "")
    await desk.count()
    assert await desk.rows() == rows
    await desk.figures.rebuild()
    await desk.count()
    assert await desk.rows() == rows
    await desk.do("later", "deliver", "")
    await desk.do("later", "return", "110")
    await desk.count()
    assert (await desk.analysis.totals(Wanted(ALL)))["returned"] == 1, "other days are counted as ever"


async def test_calls_belong_to_one_platform(desk: Desk) -> None:
    row = {
        "hour": int(BEGIN.timestamp() // 3600),
        "answered": 8,
        "abandoned": 2,
        "overflowed": 0,
        "waited": 80.0,
    }
    async with desk.database.write() as connection:
        await connection.execute(insert(CALL_HOURS), [{**row, "platform": each} for each in ("110", "12345")])
    assert len(await desk.analysis.calls(Wanted(ALL))) == 2
    (((_, platform), sums),) = await desk.analysis.calls(Wanted(ALL, ("110",)))
    assert (platform, sums["answered"], sums["waited"]) == ("110", 8, 80.0)
