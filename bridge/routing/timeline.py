"""When each target of a plan is tried, if every one before it lets its whole time pass.

For people who look at a plan before it is used; pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.routing.plan import Target


@dataclass(frozen=True, slots=True)
class Slot:
    """Seconds after the press: when it begins at the latest, until when no sign of life makes it count as
    dead, and when it ends. reached False: the plan's whole time is over before it begins."""

    target: Target
    begins: int
    dead_at: int
    ends: int
    reached: bool


def timeline(targets: Sequence[Target], total_seconds: int | None) -> tuple[Slot, ...]:
    """In the order given. total_seconds: all together may take so long, None: as long as they take."""
    at, slots = 0, list[Slot]()
    for target in targets:
        ends = _within(at + target.ring_seconds, total_seconds)
        dead = min(ends, at + target.answer_within_seconds)
        reached = total_seconds is None or at < total_seconds
        slots.append(Slot(target, at, max(at, dead), max(at, ends), reached))
        at = max(at, ends)
    return tuple(slots)


def _within(seconds: int, total_seconds: int | None) -> int:
    return seconds if total_seconds is None else min(seconds, total_seconds)
