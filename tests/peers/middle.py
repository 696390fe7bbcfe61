"""A desk with its post, as `wiring` joins them, for tests of two installations that never meet."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bridge.adapters.db import Database
from bridge.adapters.db_deliveries import Deliveries
from bridge.adapters.db_handlings import HandlingTable
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.push import PushWorker, Way
from bridge.adapters.push_lane import Delivered
from bridge.api.exchange_letters import Letters
from bridge.clock import SystemClock
from bridge.handling.path import Parties
from bridge.handling.words import Deed, DeedName, Handling
from bridge.ports_handling import Source
from bridge.services.feed import LiveFeed
from bridge.services.handling_desk import HandlingDesk

KNOWN = frozenset({"110", "12345"})


class House:
    """One installation. way: how its letters get to the other one."""

    def __init__(self, name: str, path: Path, ways: Mapping[str, Way]) -> None:
        self.name, self.clock = name, SystemClock()
        self.database = Database(f"sqlite+aiosqlite:///{path}")
        self.outbox = Outbox(self.database, self.clock)
        self.deliveries = Deliveries(self.database, self.clock)
        self.push = PushWorker(
            outbox=self.outbox, destinations={}, ways=ways, clock=self.clock, on_delivered=self._delivered
        )
        self.store = HandlingTable(self.database, self.clock, self.push.wake)
        self.desk = HandlingDesk(
            store=self.store, clock=self.clock, feed=LiveFeed(),
            parties=Parties(frozenset({name}), name, KNOWN),
        )  # fmt: skip
        self.noting: set[asyncio.Task[None]] = set()

    async def start(self, stack: AsyncExitStack, *, post: bool = True) -> None:
        for part in (self.database, self.store, *((self.push,) if post else ())):
            await part.start()
            stack.push_async_callback(part.stop)
        stack.push_async_callback(self._settled)

    async def _settled(self) -> None:
        """What was begun is written before the database is closed."""
        if self.noting:
            await asyncio.wait(self.noting)

    async def take(self, body: bytes, source: Source) -> Handling:
        return await Letters(self.desk, {}, self.opened).accept(body, source)

    async def opened(self, incident: str, platform: str) -> None:
        await self.deliveries.opened(incident, platform)

    async def do(self, name: DeedName, id: str, **said: str) -> Handling:
        return await self.desk.do("t1", Deed(id, name, self.name, self.clock.wall(), **said))

    async def deeds(self) -> list[str]:
        """What was done with t1, by the log."""
        return [(entry.document["deed"] or {"name": "open"})["name"] for entry in await self.store.log("t1")]

    async def state(self) -> str:
        handling = (await self.store.known("t1")).handling
        return "" if handling is None else handling.state

    def _delivered(self, done: Delivered) -> None:
        if done.kind == "opened":
            task = asyncio.create_task(self.desk.delivered(done.ticket))
            self.noting.add(task)
            task.add_done_callback(self.noting.discard)


def copied(blank: Path, folder: Path, name: str) -> Path:
    return Path(shutil.copy(blank, folder / f"{name}.db"))


def papers(version: int = 1, ticket: str = "t1", **more: Any) -> dict[str, Any]:
    """What 12345 hands to 110."""
    said = {
        "who": "王建国", "contact": "13800001111", "when": "刚才", "where": "柳园南路26号",
        "what": "有人打架",
    }  # fmt: skip
    category = {"id": "a2-crime", "name": "涉嫌违法犯罪"}
    return {
        "schema": "bridge.ticket.v1", "ticket": ticket, "incident": f"i-{ticket}", "version": version,
        "from_platform": "12345", "to_platform": "110", "category": category,
        "alerts": [], "elements": {name: {"value": value, "source": "agent"} for name, value in said.items()},
        **more,
    }  # fmt: skip


async def until(true: Callable[[], Awaitable[Any]], patience: float = 20.0) -> Any:
    """What it answers, once that is something."""
    async with asyncio.timeout(patience):
        while not (found := await true()):  # noqa: ASYNC110 - what is waited for is in a database
            await asyncio.sleep(0.01)
    return found
