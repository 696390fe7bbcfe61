"""The database: newest shape, writers wait for each other, a ticket and its letter are one."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, select

from bridge.adapters.db import Database
from bridge.adapters.db_answers import KEPT, Answer, Answers
from bridge.adapters.db_migrate import newest
from bridge.adapters.db_outbox import EVERYBODY, OVERRULED, Outbox
from bridge.adapters.db_tables import METADATA, OUTBOX
from bridge.adapters.db_tables_search import described
from bridge.adapters.db_tickets import TicketTable
from bridge.errors import ConfigError
from bridge.handling.words import Deed, Handling
from bridge.scope.suggestion import Suggestion
from bridge.tickets.exchange import Failed, Finished, Transferred, opened, step
from bridge.tickets.ticket import CallFacts, Ticket
from bridge.tickets.transcript import Transcript
from tests.peers.postgres import Postgres, name_of

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


class StillClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def monotonic(self) -> float:
        return self.now.timestamp()

    def wall(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened_one = Database(database_url)
    await opened_one.start()
    yield opened_one
    await opened_one.stop()


def ticket(name: str = "1") -> Ticket:
    return opened(
        id=f"T{name}",
        incident=f"I{name}",
        route="110",
        from_platform="12345",
        to_platform="110",
        facts=CallFacts(f"C{name}", "13800001111", "carrier", None, NOW, NOW),
        transcript=Transcript(),
        suggestion=None,
    )


async def states(database: Database) -> list[tuple[int, str]]:
    async with database.read() as connection:
        rows = await connection.execute(select(OUTBOX.c.version, OUTBOX.c.state).order_by(OUTBOX.c.number))
        return [(row.version, row.state) for row in rows]


async def test_migrations_make_exactly_the_shape_in_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(
            compare_metadata(
                MigrationContext.configure(connection, opts={"include_name": described}), METADATA
            )
        )

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []
        version = await connection.exec_driver_sql("select version_num from alembic_version")
        assert version.scalar() == newest()


async def test_every_migration_from_nothing_in_postgresql(postgres: Postgres) -> None:
    url = postgres.empty()
    database = Database(url)
    await database.start()
    await database.stop()
    assert postgres.sql("select version_num from alembic_version", name_of(url)) == newest()
    postgres.drop(url)


async def test_several_bridges_may_start_on_an_empty_database_at_once(postgres: Postgres) -> None:
    url = postgres.empty()
    bridges = [Database(url) for _ in range(3)]
    await asyncio.gather(*(each.start() for each in bridges))
    await asyncio.gather(*(each.stop() for each in bridges))
    postgres.drop(url)


async def test_a_handling_that_the_key_changes_is_told_after_the_write(
    database: Database, clock: StillClock
) -> None:
    told: list[tuple[str, str, str, bool]] = []

    def handled(handling: Handling, deed: Deed | None, new: bool) -> None:
        told.append((handling.holder, handling.urgency, deed.name if deed else "", new))

    table = TicketTable(database, clock, handled=handled)
    first = ticket()
    await table.save(first, push=False)
    await table.save(first, push=False)
    await table.save(replace(first, version=2), push=False)
    danger = Suggestion("a2-crime", "涉嫌违法犯罪", "110", 2, True, 9, ("打架",))
    await table.save(replace(first, version=3, suggestion=danger), push=False)
    await table.save(replace(first, version=4, to_platform="119", suggestion=danger), push=False)
    assert told == [
        ("110", "normal", "", True), ("110", "urgent", "", False), ("119", "urgent", "resend", False),
    ]  # fmt: skip


async def test_sqlite_is_told_to_lose_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/new folder/bridge.db")
    await database.start()
    async with database.read() as connection:
        found = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    await database.stop()
    assert found == ["wal", 2, 1]


async def test_a_second_start_finds_everything(database_url: str, clock: StillClock) -> None:
    url = database_url
    first = Database(url)
    await first.start()
    await TicketTable(first, clock).save(ticket(), push=True)
    await first.stop()
    await first.stop()
    second = Database(url)
    await second.start()
    assert await TicketTable(second, clock).ticket_of("I1") == ticket()
    await second.stop()


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"not a database at all, but long enough to be read as one" * 50)
    with pytest.raises(ConfigError, match="数据库打不开"):
        await Database(f"sqlite+aiosqlite:///{tmp_path}/a.db").start()


async def test_postgresql_that_is_not_there_or_knows_no_such_database(
    tmp_path: Path, postgres: Postgres
) -> None:
    for url in (f"postgresql+asyncpg://bridge:secret@/none?host={tmp_path}", postgres.url("none")):
        with pytest.raises(ConfigError, match="数据库打不开") as wrong:
            await Database(url).start()
        assert "secret" not in str(wrong.value)


async def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(ConfigError, match=r"bridge-12345-110\[postgres\]"):
        await Database("postgresql+asyncpg://bridge@/bridge").start()


async def test_writers_of_postgresql_do_not_wait_for_each_other(postgres_url: str, clock: StillClock) -> None:
    database = Database(postgres_url)
    await database.start()
    async with asyncio.timeout(30), database.write() as slow:
        await slow.execute(select(func.count()).select_from(OUTBOX))
        await TicketTable(database, clock).save(ticket(), push=True)
    await database.stop()


async def test_the_same_ticket_written_at_once_is_one_row(database: Database, clock: StillClock) -> None:
    versions = [replace(ticket(), version=number) for number in range(1, 9)]
    tables = [TicketTable(database, clock) for _ in versions]
    await asyncio.gather(
        *(table.save(each, push=False) for table, each in zip(tables, versions, strict=True))
    )
    assert await tables[0].ticket_of("I1") == versions[-1]


async def test_a_failed_transaction_leaves_neither_ticket_nor_letter(
    database: Database, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("bridge.adapters.db_tickets.put", broken)
    with pytest.raises(OSError, match="disk full"):
        await TicketTable(database, clock).save(ticket(), push=True)
    assert await TicketTable(database, clock).ticket_of("I1") is None
    assert await states(database) == []


async def test_updates_that_wait_are_superseded_and_first_and_last_never(
    database: Database, clock: StillClock
) -> None:
    table, now = TicketTable(database, clock), ticket()
    await table.save(now, push=True)
    for event in (Failed("busy", NOW), None, None):
        now = step(now, event)[0] if event else replace(now, version=now.version + 1)
        await table.save(now, push=True)
    now, _ = step(now, Finished(NOW))
    await table.save(now, push=True)
    assert await states(database) == [
        (1, "waiting"), (2, "superseded"), (3, "superseded"), (4, "superseded"), (5, "waiting"),
    ]  # fmt: skip


async def test_a_stale_version_changes_nothing(database: Database, clock: StillClock) -> None:
    table = TicketTable(database, clock)
    newer, _ = step(ticket(), Transferred(NOW))
    await table.save(newer, push=True)
    await table.save(ticket(), push=True)
    assert await table.ticket_of("I1") == newer
    assert await states(database) == [(2, "waiting")]


async def test_unfinished_tickets_oldest_first(database: Database, clock: StillClock) -> None:
    table = TicketTable(database, clock)
    young = replace(ticket("2"), facts=replace(ticket("2").facts, pressed_at=NOW + timedelta(seconds=1)))
    done, _ = step(ticket("3"), Finished(NOW))
    for each in (young, ticket("1"), done):
        await table.save(each, push=False)
    assert [item.incident for item in await table.unfinished()] == ["I1", "I2"]


async def test_only_the_oldest_letter_of_each_ticket_is_due(database: Database, clock: StillClock) -> None:
    table, outbox = TicketTable(database, clock), Outbox(database, clock)
    later, _ = step(ticket("1"), Transferred(NOW))
    for each in (ticket("1"), later, ticket("2")):
        await table.save(each, push=True)
    due = await outbox.due(busy=(), most=9)
    assert [(letter.ticket, letter.version) for letter in due] == [("T1", 1), ("T2", 1)]
    assert [letter.ticket for letter in await outbox.due(busy=("T1",), most=9)] == ["T2"]
    await outbox.failed(due[0], NOW + timedelta(seconds=9), "down")
    assert [letter.ticket for letter in await outbox.due(busy=(), most=9)] == ["T2"]
    await outbox.delivered(due[1])
    assert await outbox.next_due(busy=()) == NOW + timedelta(seconds=9)
    await outbox.hasten(EVERYBODY)
    assert [letter.attempts for letter in await outbox.due(busy=(), most=9)] == [1]


async def test_a_clock_set_back_holds_no_letter(database: Database, clock: StillClock) -> None:
    table, outbox = TicketTable(database, clock), Outbox(database, clock)
    await table.save(ticket(), push=True)
    clock.now -= timedelta(days=1)
    assert [letter.ticket for letter in await outbox.due(busy=(), most=9)] == ["T1"]


async def test_parked_letters_wait_again_unless_overtaken(database: Database, clock: StillClock) -> None:
    table, outbox = TicketTable(database, clock), Outbox(database, clock)
    for name in ("1", "2"):
        await table.save(ticket(name), push=True)
    for letter in await outbox.due(busy=(), most=9):
        await outbox.parked(letter, "HTTP 400")
    assert await outbox.counts() == {"parked": 2}
    newer, _ = step(ticket("1"), Transferred(NOW))
    await table.save(newer, push=True)
    (letter,) = await outbox.due(busy=(), most=9)
    await outbox.delivered(letter)
    assert await outbox.requeue_parked() == 1
    assert [letter.ticket for letter in await outbox.due(busy=(), most=9)] == ["T2"]


async def test_a_deed_that_came_too_late_is_not_sent_again(database: Database, clock: StillClock) -> None:
    table, outbox = TicketTable(database, clock), Outbox(database, clock)
    await table.save(ticket(), push=True)
    (letter,) = await outbox.due(busy=(), most=9)
    await outbox.parked(letter, f"{OVERRULED}对方拒收（HTTP 409）")
    assert await outbox.requeue_parked() == 0
    assert await outbox.counts() == {"parked": 1}


async def test_a_newer_update_keeps_the_patience_of_the_one_it_replaces(
    database: Database, clock: StillClock
) -> None:
    table, outbox = TicketTable(database, clock), Outbox(database, clock)
    second, _ = step(ticket(), Transferred(NOW))
    await table.save(second, push=True)
    (letter,) = await outbox.due(busy=(), most=1)
    await outbox.failed(letter, NOW + timedelta(seconds=20), "down")
    await table.save(replace(second, version=3), push=True)
    assert await outbox.due(busy=(), most=1) == ()
    assert await outbox.next_due(busy=()) == NOW + timedelta(seconds=20)


async def test_delivered_text_leaves_the_outbox(database: Database, clock: StillClock) -> None:
    table, outbox = TicketTable(database, clock), Outbox(database, clock)
    await table.save(ticket(), push=True)
    (letter,) = await outbox.due(busy=(), most=1)
    await outbox.delivered(letter)
    async with database.read() as connection:
        assert (await connection.execute(select(OUTBOX.c.body))).scalar() == ""


async def test_many_writers_wait_for_each_other(database: Database, clock: StillClock) -> None:
    table = TicketTable(database, clock)
    await asyncio.gather(*(table.save(ticket(str(n)), push=True) for n in range(40)))
    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(OUTBOX))).scalar() == 40


async def test_a_foreign_writer_is_waited_for(tmp_path: Path, clock: StillClock) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/a.db")
    await database.start()
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(TicketTable(database, clock).save(ticket(), push=True))
    done, _ = await asyncio.wait([writing], timeout=0.1)
    assert not done
    other.execute("COMMIT")
    other.close()
    await writing
    await database.stop()


async def test_answers_outlive_a_restart_and_then_age(database: Database, clock: StillClock) -> None:
    first = Answers(database, clock)
    await first.start()
    assert first.find("key", "me") is None
    await first.keep("key", "me", Answer("f", 202, "{}"))
    await first.keep("key", "me", Answer("other", 500, "no"))
    again = Answers(database, clock)
    await again.start()
    assert again.find("key", "me") == Answer("f", 202, "{}")
    assert again.find("key", "you") is None
    clock.now += KEPT + timedelta(seconds=1)
    late = Answers(database, clock)
    await late.start()
    assert late.find("key", "me") is None


async def test_a_naive_time_is_refused(database: Database, clock: StillClock) -> None:
    facts = replace(ticket().facts, pressed_at=datetime(2026, 11, 23))
    late_ticket = replace(ticket(), facts=facts)
    with pytest.raises(Exception, match="naive time"):
        await TicketTable(database, clock).save(late_ticket, push=False)


async def test_wherever_a_question_is_cut_off_no_thread_is_left_behind(
    tmp_path: Path, blank_database: Path
) -> None:
    """aiosqlite has a thread for each connection, and a process does not end before its threads."""
    shutil.copy(blank_database, tmp_path / "bridge.db")
    before = set(threading.enumerate())
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bridge.db")
    await database.start()

    async def ask(door: str) -> None:
        async with getattr(database, door)() as connection:
            await connection.execute(select(func.count()).select_from(OUTBOX))

    cut_off = 0
    for steps in range(0, 480, 6):  # of the loop, through connecting, asking, giving back
        task = asyncio.create_task(ask(("read", "write")[steps % 4 // 2]))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        cut_off += isinstance(ended, asyncio.CancelledError)
    assert cut_off
    await database.stop()
    async with asyncio.timeout(10):
        while set(threading.enumerate()) - before:  # noqa: ASYNC110  threads tell nobody of their end
            await asyncio.sleep(0.01)
