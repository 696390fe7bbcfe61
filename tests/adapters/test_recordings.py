"""Recordings as control has them: rows, the shelf, retention, and the line to the recorder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.adapters.db import Database
from bridge.adapters.db_recordings import RecordingTable
from bridge.adapters.recorder_client import RecorderClient
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.errors import NoSuchThing
from bridge.media.takes import LEFT, Kept, Stored, TakeLeg, TakePlan, Trouble, Wish, decode_wish, encode
from bridge.media.wav import HEADER_SIZE, header

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


class Still:
    def monotonic(self) -> float:
        return 1.0

    def wall(self) -> datetime:
        return NOW


def kept(file: str = "a-1", days: int = 0, call: str = "c") -> Kept:
    at = NOW - timedelta(days=days)
    legs = (TakeLeg("c.0", LEFT, "caller"),)
    return Kept(file, "a", call, legs, f"{file}.wav", 5.0, at.isoformat(), "PCMA", False, 2.0, 100, "ab" * 32)


@pytest.fixture
async def table(database_url: str) -> AsyncIterator[RecordingTable]:
    database = Database(database_url)
    await database.start()
    yield RecordingTable(database, Still())
    await database.stop()


def shelf(table: RecordingTable, folder: Path, days: int | None = 30) -> RecordingShelf:
    keep = timedelta(days=days) if days is not None else None
    return RecordingShelf(table, folder, None, keep, Still())


async def test_a_row_told_twice_is_one_row(table: RecordingTable) -> None:
    await table.keep(kept())
    await table.keep(kept())
    (found,) = await table.find(None, None, None, 10)
    assert (found.file, found.seconds, found.began, found.deleted_at) == ("a-1", 2.0, 5.0, None)
    assert found.legs == [{"leg": "c.0", "channel": 0, "speaker": "caller"}]


async def test_found_by_call_and_time_newest_first(table: RecordingTable) -> None:
    for file, days, call in (("a-1", 3, "c"), ("a-2", 2, "c"), ("b-1", 1, "d")):
        await table.keep(kept(file, days, call))
    assert [each.file for each in await table.find(None, None, None, 2)] == ["b-1", "a-2"]
    assert [each.file for each in await table.find("c", None, None, 9)] == ["a-2", "a-1"]
    since, until = NOW - timedelta(days=2, hours=1), NOW - timedelta(days=1, hours=1)
    assert [each.file for each in await table.find(None, since, until, 9)] == ["a-2"]


async def test_time_over_deletes_the_file_and_keeps_the_row(table: RecordingTable, tmp_path: Path) -> None:
    room = shelf(table, tmp_path)
    for file, days in (("old-1", 31), ("gone-1", 40), ("new-1", 29)):
        await table.keep(kept(file, days))
        if file != "gone-1":
            (tmp_path / f"{file}.wav").write_bytes(b"x")
    assert await room.delete_old(timedelta(days=30)) == 2
    assert not (tmp_path / "old-1.wav").exists()
    assert (tmp_path / "new-1.wav").exists()
    rows = {each.file: each.deleted_at for each in await table.find(None, None, None, 9)}
    assert rows == {"old-1": NOW, "gone-1": NOW, "new-1": None}
    assert await room.delete_old(timedelta(days=30)) == 0


async def test_without_keep_days_nothing_is_ever_deleted(table: RecordingTable, tmp_path: Path) -> None:
    await table.keep(kept("old-1", 3000))
    (tmp_path / "old-1.wav").write_bytes(b"x")
    room = shelf(table, tmp_path, None)
    await room.start()
    await asyncio.sleep(0)
    await room.stop()
    assert (tmp_path / "old-1.wav").exists()


async def test_opened_for_a_listener_in_pieces(table: RecordingTable, tmp_path: Path) -> None:
    content = header("PCMA", 2, 600_000) + bytes(600_000)
    (tmp_path / "a-1.wav").write_bytes(content)
    await table.keep(kept())
    row = await table.get("a-1")
    assert row is not None
    playable = await shelf(table, tmp_path).open(row)
    assert playable.size == len(content) == HEADER_SIZE + 600_000
    assert b"".join([piece async for piece in playable.read(10, 550_000)]) == content[10:550_000]
    (tmp_path / "a-1.wav").unlink()
    with pytest.raises(NoSuchThing):
        await shelf(table, tmp_path).open(row)


class FakeRecorder:
    """The recorder's end of the socket, by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wishes: asyncio.Queue[Wish] = asyncio.Queue()
        self.writers: list[asyncio.StreamWriter] = []
        self.server: asyncio.Server | None = None

    async def start(self) -> None:
        self.server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        for writer in self.writers:
            writer.close()
        self.writers.clear()
        self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        while line := await reader.readline():
            self.wishes.put_nowait(decode_wish(line))
        writer.close()

    async def next(self) -> Wish:
        async with asyncio.timeout(10):
            return await self.wishes.get()


async def test_plans_survive_the_recorder_and_news_are_stored_before_they_are_acknowledged(
    tmp_path: Path,
) -> None:
    recorder, stored, states = FakeRecorder(tmp_path / "r"), list[str](), asyncio.Queue[set[str]]()
    failures = iter([OSError("disk full")])

    async def store(news: Kept) -> None:
        for failure in failures:
            raise failure
        stored.append(news.file)

    client = RecorderClient(
        tmp_path / "r", store=store, on_trouble=lambda troubles: states.put_nowait(set(troubles))
    )
    await client.start()
    async with asyncio.timeout(10):
        assert await states.get() == {"recorder-gone"}
    client.roll(TakePlan("one", "c"))
    client.roll(TakePlan("two", "d"))
    client.roll(TakePlan("two", "d", ended=True))
    await recorder.start()
    told = {(await recorder.next()).take, (await recorder.next()).take}  # type: ignore[union-attr]
    assert told == {"one", "two"}
    async with asyncio.timeout(10):
        assert await states.get() == set()
    recorder.writers[0].write(encode(kept()) + b"nonsense\n" + encode(Trouble("disk-full")))
    async with asyncio.timeout(10):
        assert await states.get() == {"disk-full"}
    assert await recorder.next() == Stored("a-1")
    assert stored == ["a-1"]
    await recorder.stop()
    async with asyncio.timeout(10):
        assert await states.get() == {"disk-full", "recorder-gone"}
    await recorder.start()
    assert await recorder.next() == TakePlan("one", "c")
    await client.stop()
    await recorder.stop()
