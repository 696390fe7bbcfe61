"""Time in SIP: the lengths of RFC 3261's timers, and a queue of alarms that is asked, never waits.

Knows numbers and order. It has no clock: `now` is always the caller's, so a test passes `now + 32` and Timer
B fires.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

COMPACT_BELOW: Final = 64
"""Cancelled alarms are swept out once they are more than the live ones, but never for fewer than this."""


@dataclass(frozen=True, slots=True)
class Timers:
    """The base values in seconds (RFC 3261 table 4); all others follow from them."""

    t1: float = 0.5
    """Estimate of the round trip (§17.1.1.1): first retransmission interval."""
    t2: float = 4.0
    """Longest interval between retransmissions of anything but an INVITE (§17.1.2.1)."""
    t4: float = 5.0
    """Longest time a message stays in the network (§17.1.2.2)."""

    @property
    def give_up(self) -> float:
        """64*T1: how long anybody waits for an answer (Timers B, F, H; an ACK, §13.3.1.4; a CANCEL, §9.1)."""
        return 64 * self.t1

    def lengths(self, *, reliable: bool) -> Mapping[str, float]:
        """Seconds of each timer by its letter. `reliable`: TCP or TLS, where nothing is repeated and nothing
        straggles, so the timers that wait for stragglers are 0 and A, E, G are missing."""
        over = 0.0 if reliable else 1.0
        fixed = {
            "B": self.give_up,  # INVITE client gives up (§17.1.1.2)
            "D": over * max(32.0, self.give_up),  # INVITE client absorbs repeated finals (§17.1.1.2)
            "F": self.give_up,  # other client gives up (§17.1.2.2)
            "H": self.give_up,  # INVITE server waits for the ACK (§17.2.1)
            "I": over * self.t4,  # INVITE server absorbs repeated ACKs (§17.2.1)
            "J": over * self.give_up,  # other server absorbs repeated requests (§17.2.2)
            "K": over * self.t4,  # other client absorbs repeated responses (§17.1.2.2)
            "L": self.give_up,  # INVITE server absorbs INVITEs after its 2xx (RFC 6026 §8.7)
            "M": self.give_up,  # INVITE client takes in more 2xx (RFC 6026 §8.4)
        }
        repeats = {} if reliable else {"A": self.t1, "E": self.t1, "G": self.t1}
        return MappingProxyType(fixed | repeats)


class Alarm:
    """One appointment; it holds what to do until it rings or is cancelled. No closures: tens of thousands
    wait at a time, and each object more is one more for the garbage collector to walk."""

    __slots__ = ("args", "ring")

    def __init__(self, ring: Callable[..., None], args: tuple[Any, ...]) -> None:
        self.ring: Callable[..., None] | None = ring
        self.args = args


class Alarms:
    """A heap of alarms with lazy deletion: setting is O(log n), cancelling and asking for the next O(1)."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Alarm]] = []
        self._count = 0
        self._dead = 0

    def __len__(self) -> int:
        """Alarms that are still to ring."""
        return len(self._heap) - self._dead

    def set(self, when: float, ring: Callable[..., None], *args: Any) -> Alarm:
        """Have `ring(*args, now)` called by the first `due(now)` with now >= when."""
        alarm = Alarm(ring, args)
        self._count += 1  # ties ring in the order they were set
        heapq.heappush(self._heap, (when, self._count, alarm))
        return alarm

    def cancel(self, alarm: Alarm | None) -> None:
        """It will not ring. Harmless for None, twice, or after it rang."""
        if alarm is None or alarm.ring is None:
            return
        alarm.ring, alarm.args = None, ()
        self._dead += 1
        if self._dead > COMPACT_BELOW and 2 * self._dead > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].ring is not None]
            heapq.heapify(self._heap)
            self._dead = 0
        self._bare_top()

    def next(self) -> float | None:
        """When the next one rings, or None."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> None:
        """Ring everything whose time has come; an alarm set meanwhile for a time already past rings too."""
        while self._heap and self._heap[0][0] <= now:
            alarm = heapq.heappop(self._heap)[2]
            ring, args = alarm.ring, alarm.args
            alarm.ring, alarm.args = None, ()
            self._bare_top()
            if ring is not None:
                ring(*args, now)

    def _bare_top(self) -> None:
        while self._heap and self._heap[0][2].ring is None:
            heapq.heappop(self._heap)
            self._dead -= 1
