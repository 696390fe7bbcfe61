"""Marks and the record in a real database, across a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.adapters.db import Database
from bridge.adapters.db_harassment import HarassmentTable
from bridge.ports import Deed
from bridge.routing.harassment import Mark

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


async def test_marks_and_record_outlive_a_restart(database_url: str) -> None:
    until = Mark("110", "limit", "二", "乙", NOON, NOON + timedelta(days=1))
    first = Database(database_url)
    await first.start()
    table = HarassmentTable(first)
    await table.put(Mark("110", "warn", "一", "甲", NOON))
    await table.put(until)
    await table.put(Mark("120", "mark", "三", "丙", NOON))
    await table.remove("120")
    for turn in range(3):
        await table.append(Deed(NOON, str(turn % 2), f"deed{turn}", "甲", "因为"))
    await first.stop()
    second = Database(database_url)
    await second.start()
    table = HarassmentTable(second)
    assert list(await table.marks()) == [until]
    assert [deed.deed for deed in await table.deeds(None, 2)] == ["deed2", "deed1"]
    assert list(await table.deeds("0", 9)) == [
        Deed(NOON, "0", "deed2", "甲", "因为"),
        Deed(NOON, "0", "deed0", "甲", "因为"),
    ]
    await second.stop()
