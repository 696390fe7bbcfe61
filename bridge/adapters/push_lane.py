"""One partner's lane: its letters, in order for each ticket, for as long as it takes.

One letter of a ticket at a time, so no older version overtakes a newer one; several tickets at once. What
can't be delivered now is tried again with growing patience until it is too old to be news; what the partner
refuses for good is parked, not lost. Each partner has a lane of its own, so one that is out delays nobody
else's letters. Everything it must remember is in the database. It knows
the outbox and its carrier: the postman, a table in a database both sides reach, files that somebody fetches.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog

from bridge.adapters.db_outbox import OVERRULED, Addressees, Letter, Outbox
from bridge.adapters.metrics import PUSH_ATTEMPTS, PUSH_SECONDS
from bridge.adapters.push_answer import Verdict
from bridge.adapters.push_post import DEFAULT_TTL
from bridge.clock import Clock
from bridge.post.delivery import LetterState
from bridge.post.health import Health

_LOG = structlog.get_logger(__name__)

FIRST_RETRY_S: Final = 0.5
LONGEST_RETRY_S: Final = 30.0
"""A platform that comes back is noticed within half a minute even if nobody presses a key."""

PARALLEL: Final = 8
"""Tickets on their way at once to one partner. At 50 ms a post that is 160 a second, far more than a city's
keys."""

LOOK_AGAIN_S: Final = 0.25
"""While posts are on their way: their end wakes us sooner, this is for letters that come due meanwhile."""

LONGEST_SLEEP_S: Final = 60.0
"""We look at least so often: the clock may have been set meanwhile, or another process (an import of batches,
a second bridge on the same database) has written letters."""

HOLD_S: Final = 1.0
"""Pause after a database that failed under us."""

STOP_S: Final = 5.0
"""At the end: so long may a question to the database still take before it is cut off."""


class Carrier(Protocol):
    """A way to one partner. Carries several letters at once, never two of one ticket."""

    async def post(self, letter: Letter, now: datetime) -> Verdict:
        """One attempt. Never raises for anything the way or the partner does."""

    async def close(self) -> None:
        """No more letters."""


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


@dataclass(frozen=True, slots=True)
class Ears:
    """Whom a lane tells; all return at once. delivered: a letter was acknowledged; changed: a letter is in
    another state, or failed for the first time ("waiting"); counts: the outbox looks different; overruled: a
    deed was refused, and the platform says how the ticket stands there."""

    delivered: Callable[[Delivered], None]
    changed: Callable[[Letter, LetterState, str], None]
    counts: Callable[[], None]
    overruled: Callable[[Letter, Mapping[str, Any]], None] = lambda letter, handling: None


class Lane:
    """to: whose letters; carrier None: there is no door for them. chance: 0..1, for jitter."""

    def __init__(
        self,
        to: Addressees,
        carrier: Carrier | None,
        *,
        outbox: Outbox,
        clock: Clock,
        ears: Ears,
        chance: Callable[[], float],
        ttl: timedelta = DEFAULT_TTL,
    ) -> None:
        self._to, self._carrier, self._ttl = to, carrier, ttl
        self._outbox, self._clock, self._ears, self._chance = outbox, clock, ears, chance
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._posting: set[asyncio.Future[Verdict]] = set()
        self._work, self._ending = asyncio.Event(), False
        self._runner: asyncio.Task[None] | None = None
        self.health = Health()

    async def start(self) -> None:
        """Begin."""
        self._ending = False
        self._runner = asyncio.create_task(self._run(), name=f"push {self._to}")

    async def stop(self) -> None:
        """End. Posts on their way are cut off, and sent again after the next start; questions to the database
        are answered first: one that is cut off may leave its connection open, and the process with it."""
        runner, self._runner = self._runner, None
        self._ending = True
        self._work.set()
        await ended((runner,) if runner is not None else ())
        for post in self._posting:
            post.cancel()
        await ended(self._sending.values())
        if self._carrier is not None:
            await self._carrier.close()

    def wake(self) -> None:
        """Something new may be in the outbox."""
        self._work.set()

    async def _run(self) -> None:
        while not self._ending:
            self._work.clear()
            try:
                wait = await self._round()
            except Exception:  # whatever it is, tickets wait here for somebody to carry them
                _LOG.exception("outbox can't be read")
                wait = HOLD_S
            if not self._ending:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._work.wait(), wait)

    async def _round(self) -> float | None:
        """Send what is due; how long until there may be more, None: until somebody wakes us."""
        room = self.health.room(PARALLEL, self._clock.monotonic()) - len(self._sending)
        if room <= 0:
            return self._pause()
        letters = await self._outbox.take(self._to, busy=self._sending.keys(), most=room)
        for letter in letters:
            self._send(letter)
        if letters:
            return LOOK_AGAIN_S
        due = await self._outbox.next_due(self._to, busy=self._sending.keys())
        left = 0.0 if due is None else (due - self._clock.wall()).total_seconds()
        return LONGEST_SLEEP_S if due is None else min(max(left, 0.0), LONGEST_SLEEP_S)

    def _pause(self) -> float | None:
        """With letters on their way, until one of them ends; else until the circuit lets one through."""
        if self._sending:
            return None
        return max(0.0, self.health.not_before - self._clock.monotonic())

    def _send(self, letter: Letter) -> None:
        task = asyncio.create_task(self._deliver(letter), name=f"push {letter.id}")
        self._sending[letter.ticket] = task
        task.add_done_callback(lambda _: self._sent(letter.ticket))

    def _sent(self, ticket: str) -> None:
        self._sending.pop(ticket, None)
        self._work.set()
        self._ears.counts()

    async def _deliver(self, letter: Letter) -> None:
        try:
            await self._attempt(letter)
        except Exception:
            # The post may have gone through; its row still waits and goes out again under the same id.
            _LOG.exception("outbox can't be written", incident=letter.incident)
            if not self._ending:
                await asyncio.sleep(HOLD_S)

    async def _attempt(self, letter: Letter) -> None:
        if self._clock.wall() - letter.since > self._ttl:
            await self._expired(letter)
            return
        if self._carrier is None:
            PUSH_ATTEMPTS.labels("untargeted").inc()
            await self._again(letter, Verdict("unreachable", "配置里没有这个平台的工单接口"))
            return
        verdict = await self._posted(self._carrier, letter)
        if verdict is None:
            await self._outbox.give_back([letter])
            return
        PUSH_ATTEMPTS.labels(verdict.result).inc()
        if verdict.result == "delivered":
            await self._acknowledged(letter, verdict)
        elif verdict.result == "refused":
            await self._parked(letter, verdict)
        else:
            await self._again(letter, verdict)

    async def _posted(self, carrier: Carrier, letter: Letter) -> Verdict | None:
        """None: we have ended meanwhile, and nobody knows what became of it."""
        post = asyncio.ensure_future(carrier.post(letter, self._clock.wall()))
        self._posting.add(post)
        try:
            await asyncio.wait((post,))
            return None if post.cancelled() else post.result()
        finally:
            post.cancel()
            self._posting.discard(post)

    async def _acknowledged(self, letter: Letter, verdict: Verdict) -> None:
        at, monotonic = self._clock.wall(), self._clock.monotonic()
        _LOG.info("ticket delivered", **_said(letter))
        back = self.health.failures > 0
        self.health = self.health.arrived(at)
        self._tell(letter, at, monotonic, verdict.ticket_url)
        await self._outbox.delivered(letter)
        self._ears.changed(letter, "delivered", "")
        if back:
            await self._outbox.hasten(self._to)

    async def _parked(self, letter: Letter, verdict: Verdict) -> None:
        """Out of the way of the ticket's later letters. What a platform says itself stays out of the log."""
        _LOG.error("ticket refused and parked", **_said(letter), trouble=verdict.trouble)
        self.health = self.health.answered(verdict.trouble, self._clock.wall())
        overruled = letter.kind == "deed" and bool(verdict.handling)
        trouble = f"{OVERRULED if overruled else ''}{verdict.trouble}"
        trouble = f"{trouble}：{verdict.detail}" if verdict.detail else trouble
        await self._outbox.parked(letter, trouble)
        self._ears.changed(letter, "parked", trouble)
        if overruled:
            self._ears.overruled(letter, verdict.handling)

    async def _expired(self, letter: Letter) -> None:
        hours = self._ttl.total_seconds() / 3600
        trouble = f"{hours:g} 小时没有送到，不再发（ttl_hours）；最后一次：{letter.trouble or '没有试过'}"
        _LOG.error("ticket not delivered in time", **_said(letter), ttl_hours=hours)
        PUSH_ATTEMPTS.labels("expired").inc()
        await self._outbox.expired(letter, trouble)
        self._ears.changed(letter, "expired", trouble)

    def _tell(self, letter: Letter, at: datetime, monotonic: float, url: str | None) -> None:
        PUSH_SECONDS.observe(max(0.0, (at - letter.created_at).total_seconds()))
        news = Delivered(
            letter.ticket, letter.incident, letter.version, letter.kind, letter.platform, at, monotonic, url
        )
        try:
            self._ears.delivered(news)
        except Exception:  # whoever listens must not stop the post
            _LOG.exception("delivery news failed", incident=letter.incident)

    async def _again(self, letter: Letter, verdict: Verdict) -> None:
        now = self._clock.wall()
        self.health = self.health.failed(verdict.trouble, now, self._clock.monotonic())
        wait = self._patience(letter.attempts) if verdict.retry_after is None else verdict.retry_after
        _LOG.warning(
            "ticket not delivered yet", **_said(letter), trouble=verdict.trouble, again_s=round(wait, 2)
        )
        await self._outbox.failed(letter, now + timedelta(seconds=wait), verdict.trouble)
        if not letter.attempts:
            self._ears.changed(letter, "waiting", verdict.trouble)

    def _patience(self, attempts: int) -> float:
        """Doubling to the cap; half of it by chance, so that a thousand tickets don't knock in step."""
        return min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(attempts, 16)) * (0.5 + 0.5 * self._chance())


async def ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Waits for tasks that have been told to end; who has not after STOP_S is cut off."""
    waited = tuple(tasks)
    if waited:
        _, left = await asyncio.wait(waited, timeout=STOP_S)
        for task in left:
            task.cancel()
        await asyncio.gather(*waited, return_exceptions=True)


def _said(letter: Letter) -> dict[str, object]:
    return {
        "incident": letter.incident,
        "version": letter.version,
        "kind": letter.kind,
        "platform": letter.platform,
        "attempt": letter.attempts + 1,
    }
