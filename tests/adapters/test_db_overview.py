"""Lists of tickets and one with everything of it, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from bridge.adapters.db_handling_rows import put_all
from bridge.adapters.db_overview import OverviewTable
from bridge.adapters.db_tables import OUTBOX
from bridge.handling.deadlines import Deadline
from bridge.handling.papers import Facts
from bridge.ports_overview import Asked, Only
from tests.adapters.test_db_figures import BEGIN, Desk, desk

__all__ = ["desk"]  # the fixture
HOUR = timedelta(hours=1)
NOW = BEGIN + timedelta(days=2)


async def letter(desk: Desk, ticket: str, state: str, platform: str = "110") -> None:
    row = {
        "id": f"m-{ticket}-{state}", "ticket": ticket, "incident": ticket, "version": 1, "kind": "opened",
        "platform": platform, "body": "{}", "state": state, "attempts": 2, "due": BEGIN, "trouble": "410",
        "created_at": BEGIN, "settled_at": BEGIN + HOUR,
    }  # fmt: skip
    async with desk.database.write() as connection:
        await connection.execute(insert(OUTBOX).values(row))


async def late(desk: Desk, ticket: str, partner: str, due: datetime) -> None:
    """That partner has not accepted."""
    handling = replace(desk.handlings[ticket], deadlines=(Deadline("accept", partner, BEGIN, due),))
    async with desk.database.write() as connection:
        await put_all(connection, [(handling, None, False)], (), BEGIN)


@pytest.fixture
async def table(desk: Desk) -> OverviewTable:
    """Late, disputed, with a dead letter, closed; the newest last."""
    for number, name in enumerate(("late", "disputed", "dead", "closed")):
        county = "莘县" if name == "dead" else "冠县"
        facts = Facts("f2-1", county=county, request="路灯不亮")
        await desk.open(
            name,
            BEGIN + number * HOUR,
            facts,
            **({"path": ("12345", "110", "110-sx")} if number == 2 else {}),
        )
    await late(desk, "late", "110", NOW - HOUR)
    await desk.do("disputed", "negotiate", "12345", "归 110")
    await desk.do("disputed", "dispute", "", "谈不拢")
    await letter(desk, "dead", "parked")
    await letter(desk, "closed", "delivered")
    for deed, by in (("accept", "110"), ("feedback", "110"), ("close", "12345")):
        await desk.do("closed", deed, by)
    return OverviewTable(desk.database)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(), ["closed", "dead", "disputed", "late"]),
        (Asked("open"), ["dead", "disputed", "late"]),
        (Asked("overdue"), ["late"]),
        (Asked("overdue", partner="110"), ["late"]),
        (Asked("overdue", partner="12345"), []),
        (Asked("disputed"), ["disputed"]),
        (Asked("dead"), ["dead"]),
        (Asked(state="closed"), ["closed"]),
        (Asked(viewer="110-sx"), ["dead"]),
        (Asked("overdue", viewer="110-sx"), []),
        (Asked(platform="110-s_"), []),
        (Asked(county="莘县"), ["dead"]),
        (Asked(category="f2-1", county="冠县"), ["closed", "disputed", "late"]),
        (Asked(partner="12345"), ["disputed"]),
        (Asked(most=2), ["closed", "dead"]),
        (Asked(most=2, after=(BEGIN + 2 * HOUR, "dead")), ["disputed", "late"]),
    ],
)
async def test_lists(table: OverviewTable, asked: Asked, found: list[str]) -> None:
    assert [line.handling.ticket for line in await table.lines(asked, NOW)] == found


async def test_the_longest_late_come_first_and_go_on_from_there(desk: Desk, table: OverviewTable) -> None:
    await late(desk, "dead", "12345", NOW - 2 * HOUR)
    first, second = await table.lines(Asked("overdue"), NOW)
    assert [first.handling.ticket, second.handling.ticket] == ["dead", "late"]
    assert (first.place, second.place) == (NOW - 2 * HOUR, NOW - HOUR)
    assert first.place is not None
    (after,) = await table.lines(Asked("overdue", after=(first.place, "dead")), NOW)
    assert after.handling.ticket == "late"


async def test_what_a_line_says(table: OverviewTable) -> None:
    dead, *_ = await table.lines(Asked("dead"), NOW)
    assert (dead.county, dead.request, dead.waiting, dead.dead) == ("莘县", "路灯不亮", 0, 1)


async def test_how_many(table: OverviewTable) -> None:
    counts = await table.counts("", NOW)
    assert {name: counts[name] for name in ("draft", "accepted", "overdue", "disputed", "dead")} == {
        "draft": 2, "accepted": 1, "overdue": 1, "disputed": 1, "dead": 1,
    }  # fmt: skip
    assert "closed" not in counts
    assert (await table.counts("110-sx", NOW))["overdue"] == 0


async def test_one_with_everything(table: OverviewTable) -> None:
    folder = await table.folder("closed")
    assert folder is not None
    assert [(entry["deed"] or {}).get("name") for entry in folder.log] == [
        None,
        "accept",
        "feedback",
        "close",
    ]
    assert [(each.platform, each.state) for each in folder.letters] == [("110", "delivered")]
    assert (folder.handling.state, folder.came_at) == ("closed", BEGIN + 3 * HOUR)
    assert await table.folder("nowhere") is None


@pytest.mark.parametrize("only", ["overdue", "disputed", "dead"])
async def test_nothing_is_the_matter_with_nothing(desk: Desk, only: Only) -> None:
    assert await OverviewTable(desk.database).lines(Asked(only), NOW) == ()
