"""The bridge that storm kills: each life is a fork of a process that has everything imported, so that two
hundred lives fit into two minutes.

A line on stdin is a life: {"seconds", "life", "again", "up"}; up: the seconds count from its first whole
ticket. It is answered with what the life said was safe, as [name, type of the letter]. Patience and
retries are those of the product, only shorter.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from typing import Any, Literal

import structlog

from bridge.adapters import push_lane, push_post
from bridge.adapters.db import Database
from bridge.adapters.db_handlings import HandlingTable
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.push import PushWorker
from bridge.adapters.push_post import Destination
from bridge.clock import SystemClock
from bridge.handling.papers import web_papers
from bridge.handling.path import Parties
from bridge.handling.words import Deed
from bridge.ports_handling import Source
from bridge.post.signing import Key, secret_of
from bridge.services.feed import LiveFeed
from bridge.services.handling_desk import HandlingDesk

TICKETS = 12
"""Of one life, three at a time."""
SLOWEST_S = 60.0
"""Until a life has its first whole ticket, on whatever machine."""
ASKED: dict[str, Any] = {
    "who": "王女士", "contact": "13800001111", "when": "刚才", "where": "柳园路", "what": "路灯不亮",
    "category": None, "urgency": "normal", "channel": "web", "incident": None, "to": "110", "number": "",
}  # fmt: skip

push_post.ANSWER_S = 0.25  # type: ignore[misc]
push_lane.FIRST_RETRY_S = 0.05  # type: ignore[misc]
push_lane.LONGEST_RETRY_S = 0.5  # type: ignore[misc]


class House:
    """The exchange of the 12345 side, as `app` builds it, writing to a partner 110."""

    def __init__(self, path: str, url: str, secret: str, out: int) -> None:
        self._out, self.clock = out, SystemClock()
        self.database = Database(f"sqlite+aiosqlite:///{path}")
        self.outbox = Outbox(self.database, self.clock)
        doors = {"110": Destination(url, (Key(secret_of(secret)),))}
        self.push = PushWorker(outbox=self.outbox, destinations=doors, clock=self.clock)
        parties = Parties(own=frozenset({"12345"}), home="12345", known=frozenset({"12345", "110"}), via=())
        self.store = HandlingTable(self.database, self.clock, self.push.wake)
        self.desk = HandlingDesk(store=self.store, clock=self.clock, feed=LiveFeed(), parties=parties)

    async def live(self, names: list[str], end: Literal["stays", "drains", "stops"]) -> None:
        """Whoever got no answer from the killed one asks again, and the partner's letters come again, too:
        some names are of the life before."""
        await self.database.start()
        await self.store.start()
        await self.push.start()
        await asyncio.gather(*(self._tickets(names[at::3]) for at in range(3)))
        if end == "stays":
            await asyncio.Event().wait()
        while end == "drains" and (await self.outbox.counts()).get("waiting"):  # noqa: ASYNC110  it is in the database
            await asyncio.sleep(0.05)
        await self.push.stop()
        await self.store.stop()
        await self.database.stop()

    async def _tickets(self, names: list[str]) -> None:
        for name in names:
            await self._ticket(name)

    async def _ticket(self, name: str) -> None:
        now, way = self.clock.wall(), ("12345", "110")
        await self.desk.received(web_papers(ASKED, name, "12345", now, way), kind="opened")
        self._say(name, "ticket.opened")
        await self.desk.delivered(name)
        accept = Deed(f"accept {name}", "accept", "110", now)
        for _ in range(2):
            await self.desk.do(name, accept, speaker="110", source=Source("110", f"theirs {name}"))
        self._say(name, "ticket.accepted")
        await self.desk.do(name, Deed(f"urge {name}", "urge", "12345", now))
        self._say(name, "ticket.urged")
        self._say("", "up")

    def _say(self, name: str, step: str) -> None:
        os.write(self._out, f"{name} {step}\n".encode())


def _born(order: dict[str, Any], out: int) -> None:
    house = House(*sys.argv[1:], out)
    fresh = [f"{order['life']}-{number}" for number in range(TICKETS)]
    asyncio.run(house.live([*order["again"], *fresh], "stays" if order["seconds"] else "drains"))


def _life(order: dict[str, Any]) -> list[list[str]]:
    """Fork, let live, kill; what was said meanwhile."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if not child:
        try:
            _born(order, outlet)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(outlet)
    said, ends = b"", time.monotonic() + (order["seconds"] or 110.0)
    if order["up"]:
        ends = time.monotonic() + SLOWEST_S
    while (left := ends - time.monotonic()) > 0 and select.select([inlet], [], [], left)[0]:
        piece = os.read(inlet, 65536)
        if not piece:
            break
        if order["up"] and b" up\n" in piece and b" up\n" not in said:
            ends = time.monotonic() + order["seconds"]
        said += piece
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while piece := os.read(inlet, 65536):
        said += piece
    os.close(inlet)
    return [line.split(" ") for line in said.decode().splitlines() if line[0] != " "]


def _warm() -> None:
    """A life of another database and another partner (nobody): what the first one of a process takes longer
    for is done before the forks."""
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "wb") as nobody:  # noqa: PTH123
        copy = shutil.copy(sys.argv[1], folder)
        house = House(copy, "http://127.0.0.1:9/", sys.argv[3], nobody.fileno())
        asyncio.run(house.live(["warm-1", "warm-2"], "stops"))


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    _warm()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_life(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
