"""Callers nobody spoke with, in a real database: one task for each number, and nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Connection, inspect

from bridge.adapters.db import Database
from bridge.adapters.db_callbacks import CallbackTable
from bridge.adapters.db_migrate import configured
from bridge.adapters.db_pauses import PauseTable
from bridge.queues.abandoned import Abandoned

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GONE = Abandoned("a1", "c1", "13906350001", "12345", "来话", "hotline", "queue", 31.5, NOW, "I1")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
def table(database: Database) -> CallbackTable:
    return CallbackTable(database)


async def test_a_record_comes_back_as_it_was_and_once(table: CallbackTable) -> None:
    for _ in range(2):
        await table.add(GONE, "t1")
    assert await table.gone(10) == (GONE,)
    (task,) = await table.tasks("", 10)
    assert (task.id, task.number, task.state, task.times, task.opened_at) == (
        "t1",
        GONE.number,
        "open",
        1,
        NOW,
    )


async def test_the_same_number_again_is_the_same_task(table: CallbackTable) -> None:
    later = replace(GONE, id="a2", stage="ringing", at=NOW + timedelta(minutes=3))
    await asyncio.gather(table.add(GONE, "t1"), table.add(later, "t2"))
    (task,) = await table.tasks("open", 10)
    assert (task.times, task.last_at) == (2, later.at)
    assert [each.id for each in await table.gone(10)] == ["a2", "a1"]
    assert await table.unfinished() == (GONE.number,)


async def test_who_is_not_to_be_called_back_is_kept_without_a_task(table: CallbackTable) -> None:
    await table.add(replace(GONE, number="", callback=False), "t1")
    assert len(await table.gone(10)) == 1
    assert await table.tasks("", 10) == ()


async def test_taken_tried_done(table: CallbackTable) -> None:
    await table.add(GONE, "t1")
    taken = await table.change("t1", "take", "李", "")
    assert taken is not None
    assert (taken.state, taken.by) == ("open", "李")
    tried = await table.change("t1", "tried", "李", "没人接" * 200)
    assert tried is not None
    assert (tried.state, tried.tries, len(tried.note)) == ("tried", 1, 300)
    done = await table.change("t1", "done", "王", "已联系")
    assert done is not None
    assert (done.state, done.by, done.note, done.ended) == ("done", "王", "已联系", "closed")
    assert await table.change("t1", "take", "李", "") is None
    assert await table.change("nobody's", "take", "李", "") is None
    assert await table.unfinished() == ()


async def test_a_settled_number_gets_a_new_task_the_next_time(table: CallbackTable) -> None:
    await table.add(GONE, "t1")
    await table.settle(GONE.number, "answered")
    await table.settle("nobody's", "answered")
    await table.add(replace(GONE, id="a2"), "t2")
    assert [(each.id, each.state) for each in await table.tasks("open", 10)] == [("t2", "open")]
    assert [(each.id, each.ended) for each in await table.tasks("done", 10)] == [("t1", "answered")]


async def test_what_was_written_is_there_after_a_restart(database_url: str) -> None:
    first = Database(database_url)
    await first.start()
    await CallbackTable(first).add(GONE, "t1")
    await first.stop()
    second = Database(database_url)
    await second.start()
    try:
        assert await CallbackTable(second).gone(10) == (GONE,)
        assert await CallbackTable(second).unfinished() == (GONE.number,)
    finally:
        await second.stop()


async def test_the_migration_goes_back_and_forth(database: Database) -> None:
    def there(connection: Connection) -> bool:
        config = configured()
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        gone = {"abandoned", "callbacks"} & set(inspect(connection).get_table_names())
        command.upgrade(config, "head")
        return not gone and {"abandoned", "callbacks"} <= set(inspect(connection).get_table_names())

    async with database.write() as connection:
        assert await connection.run_sync(there)


async def test_who_takes_no_calls(database: Database) -> None:
    table = PauseTable(database)
    for agent, why in (("8001", "self"), ("8002", "missed"), ("8001", "supervisor"), ("8002", "")):
        await table.keep(agent, why)
    assert await table.paused() == {"8001": "supervisor"}
