"""Supervisors' legs while they live: put on record from when until when each heard what, and told to pages.

A witness of the switchboard. Who may be in which call is `supervision`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from bridge.access.audit import Deed
from bridge.access.principal import Principal
from bridge.calls.actions import Parting, SupervisorGone
from bridge.calls.call import Call, Transfer
from bridge.calls.supervisors import Supervisor, SupervisorMode
from bridge.clock import Clock
from bridge.ports import Feed, SupervisionMeter


class Audit(Protocol):
    """The record of deeds."""

    def note(self, deed: Deed) -> None:
        """Have it written; returns at once."""

    async def keep(self, deed: Deed) -> None:
        """On disk on return. Raises NotAudited."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever asks, and from which address."""

    who: Principal
    address: str


@dataclass(frozen=True, slots=True)
class Watch:
    """One supervisor's leg. since: CLOCK_MONOTONIC seconds at which they answered, None before; told: done
    when the telephone rings (None), or with why it will not."""

    call: str
    leg: str
    by: Visitor
    extension: str
    mode: SupervisorMode
    since: float | None = None
    told: asyncio.Future[Parting | None] = field(default_factory=asyncio.Future, compare=False)


class Watches:
    """All of them. audit: None where nobody has a name (an interface without users)."""

    def __init__(self, audit: Audit | None, clock: Clock, feed: Feed, meter: SupervisionMeter) -> None:
        self._audit, self._clock, self._feed, self._meter = audit, clock, feed, meter
        self._watches: dict[str, Watch] = {}

    def __iter__(self) -> Iterator[Watch]:
        return iter(self._watches.values())

    def get(self, leg: str) -> Watch | None:
        """The watch on this leg."""
        return self._watches.get(leg)

    def add(self, watch: Watch) -> None:
        """Its telephone is about to be rung."""
        self._watches[watch.leg] = watch

    def end_all(self) -> None:
        """The house closes."""
        for leg in list(self._watches):
            self._end(leg, "over")

    # --- the witness --------------------------------------------------------------------------------------

    def changed(self, before: Call | None, call: Call) -> None:
        """A telephone may have rung or been answered, a mode changed."""
        if before is None or before.supervisors is call.supervisors:
            return
        known = {each.leg: each for each in before.supervisors}
        for supervisor in call.supervisors:
            watch, then = self._watches.get(supervisor.leg), known.get(supervisor.leg)
            if watch is not None and supervisor is not then:
                self._news(watch, then, supervisor)

    def opened(self, call: Call, transfer: Transfer) -> None:
        """Nothing to do."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """Nothing to do."""

    def over(self, call: Call, outcome: str) -> None:
        """Nothing to do: each leg's end is told by `gone`."""

    def gone(self, _call: Call, gone: SupervisorGone) -> None:
        """A leg is none of the call's any more."""
        self._end(gone.leg, gone.why)

    # --- the record ---------------------------------------------------------------------------------------

    async def keep(self, by: Visitor, what: str, call: str, detail: str) -> None:
        """On record on return. Raises NotAudited."""
        if self._audit is not None:
            await self._audit.keep(self._deed(by, what, call, detail))

    def _note(self, watch: Watch, what: str, detail: str) -> None:
        if self._audit is not None:
            self._audit.note(self._deed(watch.by, what, watch.call, detail))

    def _deed(self, by: Visitor, what: str, call: str, detail: str) -> Deed:
        who = by.who
        return Deed(self._clock.wall(), who.name, who.role, who.platform, what, call, by.address, detail)

    # --- within -------------------------------------------------------------------------------------------

    def _news(self, watch: Watch, then: Supervisor | None, now: Supervisor) -> None:
        up = now.party.up
        if (up or now.rings) and not watch.told.done():
            watch.told.set_result(None)
        if up and watch.since is None:
            watch = replace(watch, since=self._clock.monotonic())
            self._note(watch, "monitor.began", f"{now.mode} {watch.leg}")
            self._meter.began(now.mode)
        elif up and watch.mode != now.mode:
            self._meter.ended(watch.mode)
            self._meter.began(now.mode)
        elif then is not None and (then.rings, then.mode) == (now.rings, now.mode):
            return  # its telephone changed its media: nobody's news
        self._watches[watch.leg] = watch = replace(watch, mode=now.mode)
        self._publish(watch, "talking" if up else "ringing" if now.rings else "dialling")

    def _end(self, leg: str, why: Parting) -> None:
        watch = self._watches.pop(leg, None)
        if watch is None:
            return
        if not watch.told.done():
            watch.told.set_result(why)
        lasted = 0.0 if watch.since is None else self._clock.monotonic() - watch.since
        if watch.since is None:
            self._meter.missed(why)
        else:
            self._meter.ended(watch.mode)
        self._note(watch, "monitor.ended", f"{watch.mode} {leg} {why} {lasted:.0f}s")
        self._publish(watch, "ended", why)

    def _publish(self, watch: Watch, state: str, why: str = "") -> None:
        told = {"call": watch.call, "leg": watch.leg, "extension": watch.extension, "by": watch.by.who.name}
        self._feed.publish({"type": "monitor", **told, "mode": watch.mode, "state": state, "why": why})
