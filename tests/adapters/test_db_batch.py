"""The batch: what waits shares a transaction, who is refused is refused alone, what can't be written too."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters import db_batch
from bridge.adapters.db import Database
from bridge.adapters.db_batch import Batch
from bridge.adapters.db_tables_handling import INBOX
from bridge.errors import BadRequest, BridgeError, Overload

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Writer:
    """Writes each name into the inbox, but for the one it refuses."""

    def __init__(self, database: Database) -> None:
        self.database, self.turns = database, list[int]()
        self.batch = Batch[str, str](database, self.together)
        self.gate, self.entered = asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def together(self, connection: AsyncConnection, asks: Sequence[str]) -> list[str | BridgeError]:
        self.entered.set()
        await self.gate.wait()
        self.turns.append(len(asks))
        good = [ask for ask in asks if ask != "refused"]
        if good:
            rows = [{"platform": "110", "message": ask, "at": NOW} for ask in good]
            await connection.execute(insert(INBOX), rows)
        return [BadRequest("no") if ask == "refused" else ask.upper() for ask in asks]

    async def kept(self) -> set[str]:
        async with self.database.read() as connection:
            return set((await connection.execute(select(INBOX.c.message))).scalars())


@pytest.fixture
async def writer(tmp_path: Path, blank_database: Path) -> AsyncIterator[Writer]:
    path = shutil.copy(blank_database, tmp_path / "bridge.db")
    database = Database(f"sqlite+aiosqlite:///{path}")
    await database.start()
    writer = Writer(database)
    await writer.batch.start()
    yield writer
    await writer.batch.stop()
    await database.stop()


async def test_what_waits_shares_the_next_turn(writer: Writer) -> None:
    writer.gate.clear()
    first = asyncio.create_task(writer.batch.run("a"))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(writer.batch.run(name)) for name in "bcdefg"]
    await asyncio.sleep(0)
    writer.gate.set()
    assert await asyncio.gather(first, *rest) == list("ABCDEFG")
    assert sum(writer.turns) == 7
    assert len(writer.turns) <= 2
    assert await writer.kept() == set("abcdefg")


async def test_a_refusal_and_what_cant_be_written_take_nobody_with_them(writer: Writer) -> None:
    await writer.batch.run("there")
    names = ("a", "refused", "there", "b")
    answers = await asyncio.gather(*(writer.batch.run(name) for name in names), return_exceptions=True)
    assert [type(each) for each in answers] == [str, BadRequest, IntegrityError, str]
    assert await writer.kept() == {"there", "a", "b"}


async def test_who_went_away_leaves_the_others_their_answers(writer: Writer) -> None:
    writer.gate.clear()
    gone, stays = [asyncio.create_task(writer.batch.run(name)) for name in ("gone", "stays")]
    await asyncio.sleep(0)
    gone.cancel()
    writer.gate.set()
    assert await stays == "STAYS"


async def test_when_it_is_full_or_has_ended_it_says_so(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db_batch, "MOST_WAITING", 2)
    writer.gate.clear()
    first = asyncio.create_task(writer.batch.run("a"))
    await writer.entered.wait()
    rest = [asyncio.create_task(writer.batch.run(name)) for name in "bc"]
    await asyncio.sleep(0)
    with pytest.raises(Overload):
        await writer.batch.run("d")
    await writer.batch.stop()
    ended = await asyncio.gather(first, *rest, return_exceptions=True)
    assert {type(each) for each in ended} == {Overload}
    with pytest.raises(Overload):
        await writer.batch.run("e")
    await writer.batch.stop()
    assert await writer.kept() == set()
