"""The time-outs of legs being rung: no sign of life, rung too long, all targets together too long. Ringing is
always bounded."""

from __future__ import annotations

from collections.abc import Callable

from bridge.calls.events import LegEvent, NoSign, RingsTooLong
from bridge.ports import Handle, Timers
from bridge.routing.plan import Target


class RingAlarms:
    """`on` is told what ran out."""

    def __init__(self, timers: Timers, on: Callable[[LegEvent], None]) -> None:
        self._timers, self._on = timers, on
        self._sign: dict[str, Handle] = {}
        self._ring: dict[str, Handle] = {}
        self._limits: dict[str, Handle] = {}

    def arm(self, leg: str, target: Target) -> None:
        """The leg is dialled now; the target says how long it may take."""
        self._sign[leg] = self._timers.after(target.answer_within_seconds, lambda: self._on(NoSign(leg)))
        self._ring[leg] = self._timers.after(target.ring_seconds, lambda: self._on(RingsTooLong(leg)))

    def lives(self, leg: str) -> None:
        """The leg gave a sign of life."""
        handle = self._sign.pop(leg, None)
        if handle is not None:
            handle.cancel()

    def drop(self, leg: str) -> None:
        """The leg is answered or gone."""
        self.lives(leg)
        handle = self._ring.pop(leg, None)
        if handle is not None:
            handle.cancel()

    def limit(self, call_id: str, seconds: float, then: Callable[[], None]) -> None:
        """The targets being rung for this call may take so long together."""
        self.unlimited(call_id)
        self._limits[call_id] = self._timers.after(seconds, then)

    def unlimited(self, call_id: str) -> None:
        """The call is over, or has a new limit."""
        handle = self._limits.pop(call_id, None)
        if handle is not None:
            handle.cancel()
