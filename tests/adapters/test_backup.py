"""Backup while it is written to, restore whole or not at all: both databases, under a key and without."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bridge.adapters.backup import Place, backup, restore
from bridge.adapters.db import Database
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tables import OUTBOX, TICKETS
from bridge.adapters.db_tickets import TicketTable
from bridge.errors import UnusableBackup
from bridge.ports_search import Wanted
from tests.adapters.test_db import ticket
from tests.adapters.test_db_search import Still
from tests.peers.postgres import Postgres

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
KEY = bytes(range(32))
ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
RESTORE = """
import asyncio, sys, time
from pathlib import Path
from bridge.adapters import backup, backup_sqlite
def stuck(*_):
    print("there", flush=True)
    time.sleep(600)
backup_sqlite.put = stuck
asyncio.run(backup.restore(backup.Place(sys.argv[1]), Path(sys.argv[2]), force=True))
"""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def empty(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Another database of the same kind with nothing in it."""
    if database_url.startswith("sqlite"):
        yield f"sqlite+aiosqlite:///{tmp_path}/elsewhere/other.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.empty()
    yield url
    server.drop(url)


def restoring(url: str, file: Path) -> subprocess.Popen[str]:
    """A restore in a process of its own, to be killed."""
    command = [sys.executable, "-c", RESTORE, url, str(file)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


async def counted(url: str) -> dict[str, int]:
    database = Database(url)
    await database.start()
    try:
        async with database.read() as connection:
            return {
                table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (TICKETS, OUTBOX)
            }
    finally:
        await database.stop()


@pytest.mark.parametrize("key", [None, KEY], ids=["open", "sealed"])
async def test_taken_while_it_is_written_to_and_restored_elsewhere(
    database: Database, database_url: str, empty: str, tmp_path: Path, key: bytes | None
) -> None:
    table, file = TicketTable(database, Still()), tmp_path / "out" / "a.backup"
    await table.save(ticket("first"), push=True)
    saving = asyncio.create_task(save_many(table))
    manifest = await backup(Place(database_url, key=key), file, NOW)
    await saving
    assert manifest["counts"]["tickets"] == manifest["counts"]["outbox"] >= 1
    assert (b"13800001111" in file.read_bytes()) is (key is None and "sqlite" in database_url)
    told, before = await restore(Place(empty, key=key), file, force=False)
    assert (told, before) == (manifest, None)
    assert (await counted(empty))["tickets"] == manifest["counts"]["tickets"]
    other = Database(empty)
    await other.start()
    assert await TicketTable(other, Still()).ticket_of("Ifirst") == ticket("first")
    assert await SearchTable(other).find(Wanted("13800001111"))
    await other.stop()


async def save_many(table: TicketTable) -> None:
    for number in range(40):
        await table.save(ticket(str(number)), push=True)


async def test_what_is_there_is_replaced_only_by_force(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    file, place = tmp_path / "a.backup", Place(database_url)
    table = TicketTable(database, Still())
    await table.save(ticket("1"), push=True)
    await backup(place, file, NOW)
    await table.save(ticket("2"), push=True)
    await database.stop()
    with pytest.raises(UnusableBackup, match="--force"):
        await restore(place, file, force=False)
    assert (await counted(database_url))["tickets"] == 2
    _, before = await restore(place, file, force=True)
    assert (await counted(database_url))["tickets"] == 1
    if before is not None:
        assert (await counted(f"sqlite+aiosqlite:///{before}"))["tickets"] == 2


async def test_a_database_in_use_is_not_replaced(tmp_path: Path) -> None:
    url, file = f"sqlite+aiosqlite:///{tmp_path}/b.db", tmp_path / "a.backup"
    database = Database(url)
    await database.start()
    await TicketTable(database, Still()).save(ticket("1"), push=True)
    await backup(Place(url), file, NOW)
    async with database.read() as connection:
        await connection.execute(text("select 1"))
        with pytest.raises(UnusableBackup, match="先停掉"):
            await restore(Place(url), file, force=True)
    await database.stop()
    assert (await counted(url))["tickets"] == 1


async def test_recordings_travel_with_it(tmp_path: Path) -> None:
    url, folder = f"sqlite+aiosqlite:///{tmp_path}/b.db", tmp_path / "recordings"
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "a.wav").write_bytes(b"voice" * 1000)
    await counted(url)
    file = tmp_path / "a.backup"
    manifest = await backup(Place(url, folder), file, NOW)
    assert set(manifest["files"]) == {"database", "recordings/2026/a.wav"}
    there = tmp_path / "there"
    await restore(Place(f"sqlite+aiosqlite:///{tmp_path}/c.db", there), file, force=False)
    assert (there / "2026" / "a.wav").read_bytes() == b"voice" * 1000
    with pytest.raises(UnusableBackup, match="已经有"):
        await backup(Place(url), file, NOW)


@pytest.mark.parametrize("key", [None, KEY], ids=["open", "sealed"])
async def test_a_backup_that_is_not_whole_changes_nothing(tmp_path: Path, key: bytes | None) -> None:
    url, file = f"sqlite+aiosqlite:///{tmp_path}/b.db", tmp_path / "a.backup"
    await counted(url)
    await backup(Place(url, key=key), file, NOW)
    whole = file.read_bytes()
    target = Place(f"sqlite+aiosqlite:///{tmp_path}/new/c.db", key=key)
    broken = [whole[:100], whole[: len(whole) // 2], whole[:-12000], b"", b"no backup at all" * 100]
    middle = len(whole) // 2
    broken.append(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    for octets in broken:
        file.write_bytes(octets)
        with pytest.raises(UnusableBackup):
            await restore(target, file, force=False)
        assert not target.path.exists()
    file.write_bytes(whole)
    if key is not None:
        for other in (None, bytes(32)):
            with pytest.raises(UnusableBackup, match="密钥"):
                await restore(Place(target.url, key=other), file, force=False)
    await restore(target, file, force=False)


async def test_killed_in_the_middle_of_a_restore_nothing_has_changed(tmp_path: Path) -> None:
    url, file = f"sqlite+aiosqlite:///{tmp_path}/b.db", tmp_path / "a.backup"
    database = Database(url)
    await database.start()
    table = TicketTable(database, Still())
    await table.save(ticket("1"), push=True)
    await backup(Place(url), file, NOW)
    await table.save(ticket("2"), push=True)
    await database.stop()
    process = restoring(url, file)
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == "there\n"
    process.kill()
    process.communicate()
    assert (await counted(url))["tickets"] == 2
    await restore(Place(url), file, force=True)
    assert (await counted(url))["tickets"] == 1
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob(".restore-*")))


async def test_killed_in_the_middle_of_a_restore_of_postgresql(
    postgres: Postgres, postgres_url: str, tmp_path: Path
) -> None:
    file, database = tmp_path / "a.backup", Database(postgres_url)
    await database.start()
    await TicketTable(database, Still()).save(ticket("1"), push=True)
    await backup(Place(postgres_url), file, NOW)
    await TicketTable(database, Still()).save(ticket("2"), push=True)
    async with asyncio.timeout(PATIENCE_S), database.read() as held:
        await held.execute(select(TICKETS.c.id))  # so that nobody can drop it before we let go
        process = restoring(postgres_url, file)
        waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        while await asyncio.to_thread(postgres.sql, waits) == "0":
            assert process.poll() is None
            await asyncio.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    await database.stop()
    assert (await counted(postgres_url))["tickets"] == 2
    await restore(Place(postgres_url), file, force=True)
    assert (await counted(postgres_url))["tickets"] == 1


async def test_a_newer_shape_or_another_kind_of_database_is_refused(
    postgres: Postgres, tmp_path: Path
) -> None:
    url, file = f"sqlite+aiosqlite:///{tmp_path}/b.db", tmp_path / "a.backup"
    database = Database(url)
    await database.start()
    await backup(Place(url), file, NOW)
    other = postgres.empty()
    with pytest.raises(UnusableBackup, match="sqlite"):
        await restore(Place(other), file, force=False)
    postgres.drop(other)
    async with database.write() as connection:
        await connection.execute(text("update alembic_version set version_num = '9999'"))
    await database.stop()
    await backup(Place(url), tmp_path / "b.backup", NOW)
    with pytest.raises(UnusableBackup, match="更新的版本"):
        await restore(Place(f"sqlite+aiosqlite:///{tmp_path}/c.db"), tmp_path / "b.backup", force=False)
