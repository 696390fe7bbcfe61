"""Who is let through, told apart or turned away for harassment, and the record of it.

Judging is `routing.harassment`'s; here are the marks in memory, the calls counted, and a writer that brings
each deed to the database behind the call's back: nothing here is waited for by a caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bridge.calls.events import Offered
from bridge.clock import Clock
from bridge.frozen import replace
from bridge.ports import Deed, MarkStore
from bridge.routing.harassment import WITHHELD, Frequency, Mark, Measure, Rule, Verdict, judge, soften
from bridge.routing.plan import Plan, Target

log = structlog.get_logger(__name__)

WAITING: Final = 2000
"""Deeds not yet written: minutes of a flood. Beyond, the oldest is lost and that is logged; calls go on."""
TURNED_AWAY: Final = "prompt:harassment-limit"
WARNING: Final = "prompt:harassment-warning"
AGAIN: Final = 2.0
"""Seconds until a write that failed is tried again."""


ALLOWED: Final = Rule("", "limit", calls=4, window=3600.0)
"""Three calls an hour, from the fourth on it is the limit."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The configuration. allowed: how often a number marked `limit` may call; divert_to: who takes diverted
    calls; announce: those over the limit hear why, else 486; warn_caller: a warning is said to them too."""

    rules: tuple[Rule, ...] = ()
    allowed: Rule = ALLOWED
    divert_to: tuple[Target, ...] = ()
    announce: bool = True
    warn_caller: bool = False


class Screening:
    """start before use; stop writes what is left."""

    def __init__(self, policy: Policy, store: MarkStore, clock: Clock) -> None:
        self.policy, self._store, self._clock = policy, store, clock
        self._marks: dict[str, Mark] = {}
        self._calls = Frequency()
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(WAITING)
        self._writer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load the marks. Raises what the store raises."""
        self._marks = {mark.number: mark for mark in await self._store.marks()}
        self._writer = asyncio.create_task(self._write(), name="harassment")

    async def stop(self) -> None:
        """Write what is left. Harmless when repeated."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            async with asyncio.timeout(AGAIN):
                await self._jobs.join()
        except TimeoutError:
            log.warning("harassment.unwritten", deeds=self._jobs.qsize())
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)

    # --- calls ------------------------------------------------------------------------------------------

    def look(self, event: Offered, plan: Plan) -> Verdict | None:
        """What is done about this new call. Those an exchange of ours sends on (a key) are nobody's
        harassment."""
        number = event.caller
        if event.origin.kind != "trunk" or plan.key or event.private or number.lower() in WITHHELD:
            return None
        now = self._clock.monotonic()
        mark = self._mark(number)
        if mark is None and not self.policy.rules:
            return None
        self._calls.note(number, now)
        verdict = judge(self.policy.rules, mark, self.policy.allowed, self._calls, number, now)
        if verdict is None:
            return None
        if (
            verdict.measure == "divert" and not self.policy.divert_to
        ):  # the mark is older than the configuration
            verdict = Verdict("warn", verdict.rule, verdict.why)
        verdict = self._dressed(soften(verdict) if plan.emergency else verdict)
        self._record(number, verdict.measure, verdict.rule or "mark", verdict.why)
        return verdict

    def _dressed(self, verdict: Verdict) -> Verdict:
        """With what the caller hears, and who takes the call."""
        policy = self.policy
        if verdict.measure == "limit" and policy.announce:
            return replace(verdict, say=TURNED_AWAY)
        if verdict.measure == "warn" and policy.warn_caller:
            return replace(verdict, say=WARNING)
        return replace(verdict, targets=policy.divert_to) if verdict.measure == "divert" else verdict

    # --- marks ------------------------------------------------------------------------------------------

    def marks(self) -> list[Mark]:
        """Those that hold, newest first."""
        now = self._clock.wall()
        return sorted((mark for mark in self._marks.values() if mark.holds(now)), key=lambda mark: mark.at)[
            ::-1
        ]

    def mark(self, number: str, measure: Measure, why: str, by: str, days: int | None) -> Mark:
        """A person marks a number; an earlier mark of it is replaced."""
        now = self._clock.wall()
        made = Mark(number, measure, why, by, now, now + timedelta(days=days) if days else None)
        self._marks[number] = made
        self._later(lambda: self._store.put(made))
        self._record(number, f"marked:{measure}", by, why)
        return made

    def unmark(self, number: str, why: str, by: str) -> bool:
        """Take a mark back; False: there was none."""
        if self._marks.pop(number, None) is None:
            return False
        self._later(lambda: self._store.remove(number))
        self._record(number, "unmarked", by, why)
        return True

    async def deeds(self, number: str | None, most: int) -> Sequence[Deed]:
        """The record, newest first."""
        return await self._store.deeds(number, most)

    def view(self) -> dict[str, Any]:
        """Marks and rules for pages."""
        return {
            "marks": [mark_view(mark) for mark in self.marks()],
            "rules": [_rule_view(rule) for rule in self.policy.rules],
        }

    def _mark(self, number: str) -> Mark | None:
        mark = self._marks.get(number)
        return mark if mark is not None and mark.holds(self._clock.wall()) else None

    # --- the record -------------------------------------------------------------------------------------

    def _record(self, number: str, deed: str, by: str, why: str) -> None:
        entry = Deed(self._clock.wall(), number, deed, by, why)
        self._later(lambda: self._store.append(entry))

    def _later(self, job: Callable[[], Awaitable[None]]) -> None:
        if self._jobs.full():
            self._jobs.get_nowait()
            self._jobs.task_done()
            log.error("harassment.record_lost", waiting=WAITING, advice="数据库写不动：看磁盘和数据库日志")
        self._jobs.put_nowait(job)

    async def _write(self) -> None:
        while True:
            job = await self._jobs.get()
            await self._carry_out(job)
            self._jobs.task_done()

    async def _carry_out(self, job: Callable[[], Awaitable[None]]) -> None:
        """Until it is written: a database that is out delays the record, never a call."""
        while True:
            try:
                await job()
            except Exception as error:  # its trace would show the number
                log.warning("harassment.not_written", error=type(error).__name__)
                await asyncio.sleep(AGAIN)
            else:
                return


def mark_view(mark: Mark) -> dict[str, Any]:
    """A mark as JSON."""
    return {
        "number": mark.number,
        "measure": mark.measure,
        "why": mark.why,
        "by": mark.by,
        "at": mark.at.isoformat(),
        "until": _moment(mark.until),
    }


def deed_view(deed: Deed) -> dict[str, Any]:
    """An entry of the record as JSON."""
    return {
        "at": deed.at.isoformat(),
        "number": deed.number,
        "deed": deed.deed,
        "by": deed.by,
        "why": deed.why,
    }


def _rule_view(rule: Rule) -> dict[str, Any]:
    pattern = rule.pattern.text if rule.pattern else None
    window = rule.window if rule.calls else None
    return {"name": rule.name, "then": rule.then, "number": pattern, "calls": rule.calls, "window": window}


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
