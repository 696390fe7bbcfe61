"""Asks every trunk's addresses by OPTIONS whether they live (RFC 3261 §11), and counts.

What an answer means, and when to ask again, is the book's to say (`services.trunks`, `routing.health`).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Probed:
    """How an address answered last: the final status (408: not at all), in how many seconds, and when
    (seconds of the loop's clock)."""

    place: Place
    status: int
    seconds: float
    at: float

    @property
    def answered(self) -> bool:
        """Whether somebody who serves is there."""
        return self.status not in SILENT


class Prober:
    """intervals: trunk -> seconds between probes of what lives."""

    def __init__(self, stack: Stack, book: Book, intervals: dict[str, float]) -> None:
        self._stack, self._book, self._intervals = stack, book, intervals
        self._keys = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[int]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._last: dict[tuple[str, Place], Probed] = {}

    async def start(self) -> None:
        """Ask from now on; nobody waits for the first answers."""
        for trunk, interval in self._intervals.items():
            self._begin(trunk, interval)

    async def stop(self) -> None:
        """Ask no more. Harmless when repeated."""
        tasks, self._tasks = self._tasks, {}
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    def renew(self, intervals: dict[str, float]) -> None:
        """Others from now on; those that stay as they are go on in their rhythm. After `start`."""
        before, self._intervals = self._intervals, intervals
        for trunk in [name for name in before if intervals.get(name) != before[name]]:
            self._tasks.pop(trunk).cancel()
            self._last = {key: each for key, each in self._last.items() if key[0] != trunk}
            if trunk not in intervals:
                TRUNK_UP.remove(trunk)
        for trunk, interval in intervals.items():
            if before.get(trunk) != interval:
                self._begin(trunk, interval)

    async def now(self, trunk: str) -> list[Probed]:
        """Ask each of its addresses once, apart from the rhythm; what each said. A trunk that nobody probes
        is not judged by it: nobody would ask again and find it well."""
        places = tuple(self._book.places(trunk))
        ask = self._probe if trunk in self._intervals else self._ask
        await asyncio.gather(*(ask(trunk, place) for place in places))
        return [self._last[trunk, place] for place in places]

    def said(self, trunk: str, place: Place) -> Probed | None:
        """How the last probe of that address ended, None before the first."""
        return self._last.get((trunk, place))

    def _begin(self, trunk: str, interval: float) -> None:
        TRUNK_UP.labels(trunk).set(1)
        self._tasks[trunk] = asyncio.create_task(self._mind(trunk, interval), name=f"probe {trunk}")

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
        answered = (await self._ask(trunk, place)).answered
        TRUNK_PROBES.labels(trunk, "answered" if answered else "silent").inc()
        return self._book.heard(trunk, place, answered=answered)

    async def _ask(self, trunk: str, place: Place) -> Probed:
        """How it answered, which is kept."""
        now = asyncio.get_running_loop().time
        began = now()
        status = await self._options(place)
        found = self._last[trunk, place] = Probed(place, status, now() - began, now())
        return found

    async def _options(self, place: Place) -> int:
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
