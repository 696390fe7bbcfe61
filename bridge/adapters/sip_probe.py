"""Asks every trunk's addresses by OPTIONS whether they live (RFC 3261 §11), and counts.

What an answer means, and when to ask again, is the book's to say (`services.trunks`, `routing.health`).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import Final, Protocol

from bridge.adapters.metrics import TRUNK_PROBES, TRUNK_UP
from bridge.adapters.sip_line import Stack
from bridge.routing.addresses import Place
from bridge.sip.message import Address
from bridge.sip.uri import write_host

PATIENCE: Final = 2.0
"""Seconds an address may take to answer: an exchange on the other side of the country takes a tenth, and the
OPTIONS is sent three times in it."""
SILENT: Final = frozenset({408, 503})
"""Not answers: nobody answered, nobody listens there, or the far end says that it serves nobody now."""


class Book(Protocol):
    """Who knows the addresses and judges the answers."""

    def places(self, trunk: str) -> Iterable[Place]:
        """Its addresses now."""

    def heard(self, trunk: str, place: Place, *, answered: bool) -> float:
        """A probe has ended; seconds until the next one."""

    def up(self, trunk: str) -> bool:
        """Whether it lives."""


class Prober:
    """intervals: trunk -> seconds between probes of what lives."""

    def __init__(self, stack: Stack, book: Book, intervals: dict[str, float]) -> None:
        self._stack, self._book, self._intervals = stack, book, intervals
        self._keys = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[int]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Ask from now on; nobody waits for the first answers."""
        for trunk, interval in self._intervals.items():
            TRUNK_UP.labels(trunk).set(1)
            self._tasks.append(asyncio.create_task(self._mind(trunk, interval), name=f"probe {trunk}"))

    async def stop(self) -> None:
        """Ask no more. Harmless when repeated."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def answered(self, key: str, status: int) -> None:
        """The user agent's word on an OPTIONS; one that nobody waits for any more comes too late."""
        waiting = self._waiting.get(key)
        if waiting is not None and not waiting.done():
            waiting.set_result(status)

    async def _mind(self, trunk: str, interval: float) -> None:
        while True:
            places = tuple(self._book.places(trunk))
            waits = await asyncio.gather(*(self._probe(trunk, place) for place in places))
            TRUNK_UP.labels(trunk).set(1 if self._book.up(trunk) else 0)
            await asyncio.sleep(min(waits, default=interval))

    async def _probe(self, trunk: str, place: Place) -> float:
        status = await self._ask(place)
        answered = status not in SILENT
        TRUNK_PROBES.labels(trunk, "answered" if answered else "silent").inc()
        return self._book.heard(trunk, place, answered=answered)

    async def _ask(self, place: Place) -> int:
        """The final status; 408 where none comes in time."""
        key = f"probe-{next(self._keys)}"
        waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[key] = waiting
        to = Address(place.host, place.port, place.transport)
        said = "" if place.transport == "udp" else f";transport={place.transport}"
        uri = f"sip:{write_host(place.host, place.port)}{said}"
        try:
            self._stack.run(lambda agent, now: agent.options(key, uri, to, now))
            async with asyncio.timeout(PATIENCE):
                return await waiting
        except TimeoutError:
            return 408
        finally:
            del self._waiting[key]
