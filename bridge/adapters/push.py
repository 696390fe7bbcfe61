"""The push worker: empties the outbox towards the other platforms, for as long as it takes.

One letter of a ticket at a time, so no older version overtakes a newer one; several tickets at once. What
can't be delivered now is tried again with growing patience, for ever; what a platform refuses for good is
parked, not lost. Everything it must remember is in the database, so a restart changes nothing. It knows the
outbox and the postmen, nothing of tickets.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.adapters.db_outbox import Letter, Outbox
from bridge.adapters.metrics import OUTBOX_LETTERS, PUSH_ATTEMPTS, PUSH_SECONDS
from bridge.adapters.push_post import Destination, Postman, Verdict, new_client
from bridge.clock import Clock

_LOG = structlog.get_logger(__name__)

FIRST_RETRY_S: Final = 0.5
LONGEST_RETRY_S: Final = 30.0
"""A platform that comes back is noticed within half a minute even if nobody presses a key."""

PARALLEL: Final = 8
"""Tickets on their way at once. At 50 ms a post that is 160 a second, far more than a city's keys."""

LOOK_AGAIN_S: Final = 0.25
"""While posts are on their way: their end wakes us sooner, this is for letters that come due meanwhile."""

LONGEST_SLEEP_S: Final = 60.0
"""With letters waiting we look at least so often, for the clock may have been set meanwhile."""

HOLD_S: Final = 1.0
"""Pause after a database that failed under us."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A platform has acknowledged a version. at: UTC; monotonic: CLOCK_MONOTONIC seconds of the same moment;
    ticket_url: where the platform says it can be read, if it says."""

    ticket: str
    incident: str
    version: int
    kind: str
    platform: str
    at: datetime
    monotonic: float
    ticket_url: str | None


class PushWorker:
    """destinations: platform -> its ticket door. on_delivered must return at once. chance: 0..1, for
    jitter.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        destinations: Mapping[str, Destination],
        clock: Clock,
        on_delivered: Callable[[Delivered], None] = lambda delivered: None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outbox, self._clock = outbox, clock
        self._on_delivered, self._chance = on_delivered, chance
        self._client = new_client(PARALLEL)
        self._postmen = {name: Postman(name, door, self._client) for name, door in destinations.items()}
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._troubled: set[str] = set()
        self._work = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, with parked letters given one more chance: a restart often follows a repair."""
        count = await self._outbox.requeue_parked()
        if count:
            _LOG.warning("parked letters tried again", count=count)
        self._runner = asyncio.create_task(self._run(), name="push")

    async def stop(self) -> None:
        """End, posts on their way included; what was not acknowledged is sent again after the next start."""
        tasks = [task for task in (self._runner, *self._sending.values()) if task is not None]
        self._runner = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    def wake(self) -> None:
        """Something new is in the outbox."""
        self._work.set()

    async def _run(self) -> None:
        while True:
            self._work.clear()
            try:
                wait = await self._round()
            except Exception:  # whatever it is, tickets wait here for somebody to carry them
                _LOG.exception("outbox can't be read")
                wait = HOLD_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._work.wait(), wait)

    async def _round(self) -> float | None:
        """Send what is due; how long until there may be more, None: until somebody wakes us."""
        room = PARALLEL - len(self._sending)
        if room <= 0:
            return None
        letters = await self._outbox.due(busy=self._sending.keys(), most=room)
        for letter in letters:
            self._send(letter)
        if letters:
            return LOOK_AGAIN_S
        await self._gauge()
        due = await self._outbox.next_due(busy=self._sending.keys())
        left = 0.0 if due is None else (due - self._clock.wall()).total_seconds()
        return None if due is None else min(max(left, 0.0), LONGEST_SLEEP_S)

    def _send(self, letter: Letter) -> None:
        task = asyncio.create_task(self._deliver(letter), name=f"push {letter.id}")
        self._sending[letter.ticket] = task
        task.add_done_callback(lambda _: self._sent(letter.ticket))

    def _sent(self, ticket: str) -> None:
        self._sending.pop(ticket, None)
        self._work.set()

    async def _deliver(self, letter: Letter) -> None:
        try:
            await self._attempt(letter)
        except Exception:
            # The post may have gone through; its row still waits and goes out again under the same id.
            _LOG.exception("outbox can't be written", incident=letter.incident)
            await asyncio.sleep(HOLD_S)

    async def _attempt(self, letter: Letter) -> None:
        postman = self._postmen.get(letter.platform)
        if postman is None:
            PUSH_ATTEMPTS.labels("untargeted").inc()
            await self._again(letter, Verdict("unreachable", "no ticket door is configured for the platform"))
            return
        verdict = await postman.post(letter, self._clock.wall())
        PUSH_ATTEMPTS.labels(verdict.result).inc()
        if verdict.result == "delivered":
            await self._acknowledged(letter, verdict)
        elif verdict.result == "refused":
            _LOG.error("ticket refused and parked", **_said(letter), trouble=verdict.trouble)
            await self._outbox.parked(letter, verdict.trouble)
        else:
            await self._again(letter, verdict)

    async def _acknowledged(self, letter: Letter, verdict: Verdict) -> None:
        at, monotonic = self._clock.wall(), self._clock.monotonic()
        _LOG.info("ticket delivered", **_said(letter))
        self._tell(letter, at, monotonic, verdict.ticket_url)
        await self._outbox.delivered(letter)
        if letter.platform in self._troubled:
            self._troubled.discard(letter.platform)
            await self._outbox.hasten(letter.platform)

    def _tell(self, letter: Letter, at: datetime, monotonic: float, url: str | None) -> None:
        PUSH_SECONDS.observe(max(0.0, (at - letter.created_at).total_seconds()))
        news = Delivered(
            letter.ticket, letter.incident, letter.version, letter.kind, letter.platform, at, monotonic, url
        )
        try:
            self._on_delivered(news)
        except Exception:  # whoever listens must not stop the post
            _LOG.exception("delivery news failed", incident=letter.incident)

    async def _again(self, letter: Letter, verdict: Verdict) -> None:
        self._troubled.add(letter.platform)
        wait = self._patience(letter.attempts) if verdict.retry_after is None else verdict.retry_after
        _LOG.warning(
            "ticket not delivered yet", **_said(letter), trouble=verdict.trouble, again_s=round(wait, 2)
        )
        await self._outbox.failed(letter, self._clock.wall() + timedelta(seconds=wait), verdict.trouble)

    def _patience(self, attempts: int) -> float:
        """Doubling to the cap; half of it by chance, so that a thousand tickets don't knock in step."""
        return min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(attempts, 16)) * (0.5 + 0.5 * self._chance())

    async def _gauge(self) -> None:
        counts = await self._outbox.counts()
        for state in ("waiting", "parked"):
            OUTBOX_LETTERS.labels(state).set(counts.get(state, 0))


def _said(letter: Letter) -> dict[str, object]:
    return {
        "incident": letter.incident,
        "version": letter.version,
        "kind": letter.kind,
        "platform": letter.platform,
        "attempt": letter.attempts + 1,
    }
