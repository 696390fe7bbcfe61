"""The push worker: empties the outbox towards the other platforms, each by a lane of its own.

It builds the lanes, wakes them, and counts what waits for whom; what a lane does is push_lane's.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

from bridge.adapters.db_outbox import Addressees, Letter, Outbox, Tally
from bridge.adapters.metrics import OUTBOX_LETTERS, PARTNER_LETTERS, PARTNER_OLDEST, PARTNER_UP
from bridge.adapters.push_lane import HOLD_S, PARALLEL, Carrier, Delivered, Ears, Lane, ended
from bridge.adapters.push_post import DEFAULT_TTL, Destination, Postman
from bridge.clock import Clock
from bridge.post.delivery import LetterState

_LOG = structlog.get_logger(__name__)

RECOUNT_S: Final = 1.0
"""What waits is counted at most so often, however much goes on."""
LONGEST_COUNT_S: Final = 15.0
"""And at least so often: the oldest letter's age grows by itself."""

_STATES: Final = ("waiting", "parked", "expired")


@dataclass(frozen=True, slots=True)
class Way:
    """How letters get to a partner that is not posted to. ttl: a letter older than that is put aside."""

    carrier: Carrier
    ttl: timedelta = DEFAULT_TTL


class PushWorker:
    """destinations: platform -> its ticket door; ways: the same for those that are not posted to; carried:
    those whose letters go by file. on_delivered, on_change, on_overruled (see Ears) must return at once.
    chance: 0..1, for jitter."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        destinations: Mapping[str, Destination],
        clock: Clock,
        ways: Mapping[str, Way] | None = None,
        on_delivered: Callable[[Delivered], None] = lambda delivered: None,
        on_change: Callable[[Letter, LetterState, str], None] = lambda letter, state, trouble: None,
        on_overruled: Callable[[Letter, Mapping[str, Any]], None] = lambda letter, handling: None,
        chance: Callable[[], float] = random.random,
        carried: Collection[str] = (),
    ) -> None:
        self._outbox, self._clock, self._on_change = outbox, clock, on_change
        self._recount = asyncio.Event()
        ears = Ears(on_delivered, self._changed, self._recount.set, on_overruled)
        self._built: dict[str, Any] = {"outbox": outbox, "clock": clock, "ears": ears, "chance": chance}
        self._lanes = {name: self._posted(name, door) for name, door in destinations.items()}
        for name, way in (ways or {}).items():
            to = Addressees((name,), others=False)
            self._lanes[name] = Lane(to, way.carrier, ttl=way.ttl, **self._built)
        self._carried = carried
        self._doorless = self._without_door()
        self._moving: set[asyncio.Task[None]] = set()
        self._tallies: tuple[Tally, ...] = ()
        self._counter: asyncio.Task[None] | None = None
        self._end = asyncio.Event()

    async def start(self) -> None:
        """Begin, with parked letters given one more chance: a restart often follows a repair."""
        count = await self._outbox.requeue_parked()
        if count:
            _LOG.warning("parked letters tried again", count=count)
        self._end.clear()
        for lane in self._all():
            await lane.start()
        self._counter = asyncio.create_task(self._count_on(), name="push counts")

    async def stop(self) -> None:
        """End, posts on their way included; what was not acknowledged is sent again after the next start."""
        counter, self._counter = self._counter, None
        self._end.set()
        self._recount.set()
        await ended((counter,) if counter is not None else ())
        await asyncio.gather(*self._moving)
        await asyncio.gather(*(lane.stop() for lane in self._all()))

    def renew(self, doors: Mapping[str, Destination], gone: Collection[str]) -> None:
        """doors: new or changed ones; gone: platforms that have none any more. A letter on its way to a door
        that changes is sent again to the new one; those for nobody wait. After `start`."""
        old = [self._lanes.pop(name) for name in {*doors, *gone} & self._lanes.keys()]
        new = {name: self._posted(name, door) for name, door in doors.items()}
        self._lanes.update(new)
        before, self._doorless = self._doorless, self._without_door()
        task = asyncio.create_task(self._move((*old, before), (*new.values(), self._doorless)), name="doors")
        self._moving.add(task)
        task.add_done_callback(self._moving.discard)

    async def _move(self, old: Iterable[Lane], new: Iterable[Lane]) -> None:
        await asyncio.gather(*(lane.stop() for lane in old))
        for lane in new:
            await lane.start()

    def _posted(self, name: str, door: Destination) -> Lane:
        to = Addressees((name,), others=False)
        return Lane(to, Postman(door, PARALLEL), ttl=door.ttl, **self._built)

    def _without_door(self) -> Lane:
        """The lane of letters for whom no lane is there."""
        return Lane(Addressees((*self._lanes, *self._carried)), None, **self._built)

    def wake(self, platform: str = "") -> None:
        """Something new is in the outbox, for that platform or for some."""
        for lane in (self._lanes.get(platform, self._doorless),) if platform else self._all():
            lane.wake()
        self._recount.set()

    def status(self) -> list[dict[str, Any]]:
        """How each partner stands, for the status page."""
        return [self._standing(name, lane) for name, lane in self._lanes.items()]

    def _standing(self, name: str, lane: Lane) -> dict[str, Any]:
        mine = {tally.state: tally for tally in self._tallies if tally.platform == name}
        counts = {state: mine[state].count if state in mine else 0 for state in _STATES}
        health, waiting = lane.health, mine.get("waiting")
        return {
            "platform": name,
            "state": health.standing,
            **counts,
            "oldest_seconds": 0 if waiting is None else round(self._age(waiting)),
            "last_success": health.last_success and health.last_success.isoformat(),
            "last_error": health.last_error,
            "last_error_at": health.last_error_at and health.last_error_at.isoformat(),
        }

    def _age(self, tally: Tally) -> float:
        return max(0.0, (self._clock.wall() - tally.oldest).total_seconds())

    def _all(self) -> tuple[Lane, ...]:
        return (*self._lanes.values(), self._doorless)

    def _changed(self, letter: Letter, state: LetterState, trouble: str) -> None:
        try:
            self._on_change(letter, state, trouble)
        except Exception:  # whoever listens must not stop the post
            _LOG.exception("delivery news failed", incident=letter.incident)

    async def _count_on(self) -> None:
        while not self._end.is_set():
            self._recount.clear()
            try:
                self._tallies = await self._outbox.tallies()
                self._gauge()
            except Exception:  # the database is gone: the lanes say so, loudly
                _LOG.warning("outbox can't be counted")
                await self._rest(HOLD_S)
            await self._rest(RECOUNT_S)
            with contextlib.suppress(TimeoutError):
                if not self._end.is_set():
                    await asyncio.wait_for(self._recount.wait(), LONGEST_COUNT_S)

    async def _rest(self, seconds: float) -> None:
        """So long, or until the end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._end.wait(), seconds)

    def _gauge(self) -> None:
        for state in _STATES:
            total = sum(tally.count for tally in self._tallies if tally.state == state)
            OUTBOX_LETTERS.labels(state).set(total)
        for name, lane in self._lanes.items():
            standing = self._standing(name, lane)
            PARTNER_UP.labels(name).set(standing["state"] != "down")
            PARTNER_OLDEST.labels(name).set(standing["oldest_seconds"])
            for state in _STATES:
                PARTNER_LETTERS.labels(name, state).set(standing[state])
