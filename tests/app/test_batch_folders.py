"""Two bridges whose folders somebody carries between: what lies in them moves by itself, in order, once, and
what is not theirs is put aside."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bridge.adapters.config_file import check
from bridge.app.batch_folders import BatchFolders
from bridge.app.exchange import ExchangeSide
from bridge.app.vaults import opened
from bridge.clock import SystemClock
from bridge.handling.words import Deed, DeedName
from bridge.post.signing import secret_text
from bridge.services.feed import LiveFeed
from tests.peers.middle import papers, until

CONFIG = """
platforms:
  "{home}": {{name: 本方}}
  "{other}":
    name: 对方
    tickets:
      {{by: files, secret_file: ../key, files: {{outgoing: out, incoming: in, poll_seconds: 0.1}}}}
exchange: {{own: ["{home}"]}}
database: {{url: "sqlite+aiosqlite:///bridge.db"}}
asr: {{enabled: false}}
"""


class Side:
    """One installation with its folders."""

    def __init__(self, folder: Path, blank: Path, home: str, other: str) -> None:
        folder.mkdir()
        shutil.copy(blank, folder / "bridge.db")
        (folder / "bridge.yaml").write_text(CONFIG.format(home=home, other=other))
        settings = check(folder / "bridge.yaml")
        tickets = settings.platforms[other].tickets
        assert tickets is not None
        assert tickets.files is not None
        self.home, self.out, self.inside = home, folder / "out", folder / "in"
        self.database, self.clock = opened(settings), SystemClock()
        self.side = ExchangeSide(settings, self.database, self.clock, LiveFeed(), lambda platform: None)
        self.folders = BatchFolders(
            settings, other, tickets.files, database=self.database, side=self.side
        )  # fmt: skip

    async def start(self, stack: AsyncExitStack) -> None:
        for part in (self.database, self.side.store, self.folders):
            await part.start()
            stack.push_async_callback(part.stop)

    async def do(self, name: DeedName) -> None:
        await self.side.desk.do("t1", Deed(f"{name}-1", name, self.home, self.clock.wall(), reason="办了"))

    async def is_state(self, state: str) -> bool:
        handling = (await self.side.store.known("t1")).handling
        return handling is not None and handling.state == state


@pytest.fixture
async def sides(tmp_path: Path, blank_database: Path) -> AsyncIterator[tuple[Side, Side]]:
    (tmp_path / "key").write_text(secret_text(b"k" * 32))
    async with AsyncExitStack() as stack:
        city = Side(tmp_path / "city", blank_database, "12345", "110")
        police = Side(tmp_path / "police", blank_database, "110", "12345")
        for each in (city, police):
            await each.start(stack)
        yield city, police


async def laid_out(side: Side, count: int) -> list[Path]:
    async def enough() -> list[Path]:
        files = sorted(side.out.glob("*.batch"))
        return files if len(files) >= count else []

    found: list[Path] = await until(enough)
    return found


async def carried(a: Side, b: Side, state: str) -> None:
    """Somebody goes to and fro, carries each file once, until both know."""
    moved = {
        near.out / file.name
        for near, far in ((a, b), (b, a))
        for file in (far.inside / "done").glob("*.batch")
    }

    async def both() -> bool:
        for near, far in ((a, b), (b, a)):
            for file in near.out.glob("*.batch"):
                if file not in moved:
                    moved.add(file)
                    shutil.copy(file, far.inside)
        await asyncio.sleep(0.05)
        return await a.is_state(state) and await b.is_state(state)

    await until(both)


async def test_the_loop_closes_while_somebody_carries_the_folders(sides: tuple[Side, Side]) -> None:
    city, police = sides
    await city.side.desk.received(papers(), kind="opened")
    await carried(city, police, "delivered")
    await police.do("accept")
    await police.do("feedback")
    await carried(city, police, "feedback")
    await city.do("close")
    await carried(city, police, "closed")
    for side in sides:
        log = await side.side.store.log("t1")
        assert [(entry.document["deed"] or {"name": "open"})["name"] for entry in log] == [
            "open", "deliver", "accept", "feedback", "close",
        ]  # fmt: skip


async def test_the_second_waits_for_the_first_and_what_is_not_theirs_is_put_aside(
    sides: tuple[Side, Side],
) -> None:
    city, police = sides
    await city.side.desk.received(papers(), kind="opened")
    (first,) = await laid_out(city, 1)
    await city.side.desk.received(papers(2), kind="update")
    first, second = await laid_out(city, 2)
    shutil.copy(second, police.inside)
    torn = police.inside / "torn.batch"
    torn.write_bytes(first.read_bytes()[:-9])

    async def aside() -> bool:
        return (police.inside / "refused" / "torn.batch").exists()

    await until(aside)
    assert (police.inside / second.name).exists()
    assert not await police.is_state("delivered")
    shutil.copy(first, police.inside)

    async def taken() -> bool:
        return (police.inside / "done" / second.name).exists()

    await until(taken)
    kept = await police.side.store.papers("t1")
    assert kept is not None
    assert kept["version"] == 2
