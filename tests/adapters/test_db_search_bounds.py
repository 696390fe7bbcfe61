"""A search costs what it finds: where it does not look, and that it finds all the same what it should."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bridge.adapters import db_search_bounds
from bridge.adapters.db import Database
from bridge.adapters.db_filing import Filed, file_all
from bridge.adapters.db_handling_rows import write_steps
from bridge.adapters.db_search import SearchTable
from bridge.handling.papers import Facts
from bridge.handling.table import step
from bridge.handling.words import Deed, opened
from bridge.ports_search import Wanted
from bridge.tickets.search_words import filed, label
from tests.adapters.test_db_figures import plans

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
ROWS = 60
CLOSED = (7, 30)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Sixty tickets, some filed long after they happened; two of them are returned."""
    made, chance = Database(database_url), random.Random(3)
    await made.start()
    async with made.write() as connection:
        await file_all(connection, [row(number, chance) for number in range(ROWS)])
        for number in range(ROWS):
            handling = opened(ticket=f"T{number}", incident="I", at=NOW, origin="12345", target="110")
            if number in CLOSED:
                handling = step(handling, Deed("d", "deliver", "", NOW))[0]
                handling = step(handling, Deed("r", "return", "110", NOW, reason="不属于受理范围"))[0]
            await write_steps(connection, ((handling, None),), Facts(), NOW, new=True)
    yield made
    await made.stop()


def row(number: int, chance: random.Random) -> Filed:
    hours = number if chance.random() < 0.8 else chance.randrange(ROWS)
    words = f"柳园路{'停水' if number % 3 else '停电'}"
    tokens = filed(words, label("p", ("12345", "110")[number % 2]), label("k", "ticket"))
    return Filed("ticket", f"T{number}", "I", NOW + timedelta(hours=hours), tokens)


@pytest.mark.parametrize("few", [0, 4])
async def test_bounds_hide_nothing(database: Database, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """Whatever is asked, the answer is that of looking at every row."""
    table, chance = SearchTable(database), random.Random(3)
    before = min([hit.number for hit in await table.find(Wanted("柳园", most=ROWS))]) - 1
    rows = [(number + 1, row(number, chance)) for number in range(ROWS)]
    monkeypatch.setattr(db_search_bounds, "FEW", few)
    monkeypatch.setattr(db_search_bounds, "FEW_IDS", few // 2)
    hours, more = (None, 10, 40), (("", ""), ("110", ""), ("", "returned"))
    for since, until, (platform, state) in product(hours, hours, more):
        begin, end = (None if each is None else NOW + timedelta(hours=each) for each in (since, until))
        wanted = Wanted("停水 柳园", since=begin, until=end, platform=platform, state=state, most=9)
        meant = [
            number
            for number, each in reversed(rows)
            if (number - 1) % 3
            and (begin is None or each.at >= begin)
            and (end is None or each.at < end)
            and (not platform or (number - 1) % 2)
            and (not state or number - 1 in CLOSED)
        ]
        assert [hit.number - before for hit in await table.find(wanted)] == meant[:9], wanted
        rest = await table.find(replace(wanted, after=before + 30))
        assert [hit.number - before for hit in rest] == [each for each in meant if each < 30][:9]


async def test_no_question_reads_every_row(database: Database, database_url: str) -> None:
    """By SQLite's plans of the statements as sent. PostgreSQL's planner reads sixty rows whole."""
    if not database_url.startswith("sqlite"):
        return
    week = {"since": NOW, "until": NOW + timedelta(hours=20)}
    for more in ({}, week, {"state": "returned"}, {"review": "marked"}, {"review": "scored"}):
        async with plans(database) as found:
            await SearchTable(database).find(Wanted("停水 柳园", **more))  # type: ignore[arg-type]
        assert len(found) > 1
        for plan in found:
            assert "SCAN search USING" not in plan, plan
            assert "SCAN search\n" not in f"{plan}\n", plan
            assert "SCAN handlings" not in plan, plan
