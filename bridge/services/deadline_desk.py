"""The deadline desk: reminds before a deadline, says when it has passed, carries up what stays undone, and
knows who is late.

What has been said of each deadline is in the database, in one transaction with the letters that say it: a
restart says nothing twice and forgets nothing. One timer, for the next moment of all. It knows the rules of
time and two ports; nothing of HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import structlog

from bridge.clock import Clock
from bridge.errors import BridgeError
from bridge.handling.heralds import Moment, Warnings, describe, moments, spell, unsaid
from bridge.handling.hooks import Hooks, letter
from bridge.handling.timetable import Timetable
from bridge.handling.words import Deed, Handling
from bridge.ports import DeadlineMeter, Feed, Handle, Timers
from bridge.ports_deadlines import DeadlineStore, Look, Watched
from bridge.ports_handling import Post

_LOG = structlog.get_logger(__name__)

AT_ONCE: Final = 200
"""Deadlines looked at in one transaction: other writers wait some 20 ms."""
SOON_S: Final = 0.3
"""After a change: changes that come together are looked at together."""
SHORTEST_S: Final = 1.0
LONGEST_S: Final = 60.0
"""We look at least so often: for the figures, and because the clock may have been set meanwhile."""
HOLD_S: Final = 5.0
"""Pause after a database that failed under us."""

Urge = Callable[[str, Deed], Awaitable[object]]


class DeadlineDesk:
    """urge: has a deed done on a ticket; raises a BridgeError where it can't be."""

    def __init__(
        self, *, store: DeadlineStore, timetable: Timetable, warnings: Warnings, hooks: Hooks, urge: Urge,
        clock: Clock, timers: Timers, feed: Feed, meter: DeadlineMeter,
    ) -> None:  # fmt: skip
        self._store, self.timetable, self.warnings = store, timetable, warnings
        self.hooks, self._urge, self._clock, self._timers = hooks, urge, clock, timers
        self._feed, self._meter = feed, meter
        self._work = asyncio.Event()
        self._soon: Handle | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, with what has come due while nobody looked."""
        self._task = asyncio.create_task(self._run(), name="deadlines")

    async def stop(self) -> None:
        """End; what was not looked at is after the next start. Twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def heard(self, _handling: Handling, _deed: Deed | None) -> None:
        """A handling has changed, and with it what is due. Returns at once."""
        if self._soon is None:
            self._soon = self._timers.after(SOON_S, self._wake)

    async def overdue(
        self, *, partner: str = "", platform: str = "", after: tuple[datetime, str] | None = None, most: int
    ) -> tuple[dict[str, Any], ...]:
        """The 督办 list: who is late with what, by how much of his own time, the longest first. See
        ports_deadlines for what is asked."""
        now = self._clock.wall()
        found = await self._store.overdue(now, partner=partner, platform=platform, after=after, most=most)
        return tuple(self._listed(each, now) for each in found)

    # --- within --------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._soon = None
        self._work.set()

    async def _run(self) -> None:
        while True:
            self._work.clear()
            try:
                wait = await self._round()
            except Exception:  # whatever it is, deadlines pass here and somebody must be told
                _LOG.exception("deadlines can't be looked at")
                wait = HOLD_S
            timer = self._timers.after(wait, self._work.set)
            await self._work.wait()
            timer.cancel()

    async def _round(self) -> float:
        """Look at all whose time has come; how long until the next one."""
        now, before = self._clock.wall(), None
        while True:
            watched = await self._store.to_look_at(now, AT_ONCE)
            for each in watched:
                await self._urged(each, now)
            counted = await self._store.looked(tuple(self._looked(each, now) for each in watched))
            for look in counted:
                self._tell(look, now)
            if len(watched) < AT_ONCE or not counted or watched == before:
                break
            before = watched
        self._meter.overdue(await self._store.counts(now))
        following = await self._store.next_look()
        left = LONGEST_S if following is None else (following - self._clock.wall()).total_seconds()
        return min(max(left, SHORTEST_S), LONGEST_S)

    def _plan(self, watched: Watched) -> tuple[Moment, ...]:
        try:
            return moments(self.warnings, self.timetable, watched.deadline)
        except OverflowError:  # a time no calendar reaches comes from a partner's letter
            return ()

    def _looked(self, watched: Watched, now: datetime) -> Look:
        plan = self._plan(watched)
        said, stage, again = unsaid(plan, watched.stage, now)
        letters = tuple(
            Post(to, "deed", watched.handling.version, letter(each, self._said(watched, each, now), now))
            for each in said
            for to in self.hooks.letters_to(each, watched.handling, watched.deadline)
        )
        return Look(watched, stage, again, letters)

    async def _urged(self, watched: Watched, now: datetime) -> None:
        """The deed before the note that it was done: its id is the same when it is done again."""
        for moment in unsaid(self._plan(watched), watched.stage, now)[0]:
            by = self.hooks.urged_by(moment, watched.handling, watched.deadline)
            if by is None:
                continue
            deadline, ticket = watched.deadline, watched.handling.ticket
            id = f"urge {deadline.kind} {deadline.since.isoformat()} {moment.word} {moment.at.isoformat()}"
            text = str(self._said(watched, moment, now)["summary"])
            try:
                await self._urge(ticket, Deed(id, "urge", by, now, reason=text))
            except BridgeError as refused:
                _LOG.info("not urged", ticket=ticket, kind=deadline.kind, why=refused.id)

    def _tell(self, look: Look, now: datetime) -> None:
        """The log, the figures, the pages: after it is on disk that it has been said."""
        watched = look.watched
        for moment in unsaid(self._plan(watched), watched.stage, now)[0]:
            said = self._said(watched, moment, now)
            keys = ("ticket", "kind", "partner", "due")
            _LOG.info(f"deadline {moment.word}", **{key: said[key] for key in keys})
            self._meter.said(moment.word)
            self._feed.publish({"type": "deadline", **said})

    def _said(self, watched: Watched, moment: Moment, now: datetime) -> dict[str, Any]:
        return describe(moment, watched.handling, watched.deadline, self.timetable, now)

    def _listed(self, watched: Watched, now: datetime) -> dict[str, Any]:
        handling, deadline = watched.handling, watched.deadline
        late = max(0.0, self.timetable.late(deadline, now))
        return {
            **self._said(watched, Moment("overdue", deadline.due), now),
            "late": spell(late, self.timetable.hours_of(deadline)),
            "origin": handling.origin,
            "target": handling.target,
            "holder": handling.holder,
            "urged": handling.urged,
            "numbers": dict(handling.numbers),
        }
