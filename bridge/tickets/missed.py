"""What no recogniser heard in time: kept as stretches, to be heard again from the recording, and mended into
the transcript by time and name.

Pure. Times are CLOCK_MONOTONIC seconds here, the recording's clock; `mend` speaks the transcript's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bridge.frozen import replace

JOIN: Final = 0.5
"""Seconds: stretches of one leg that are closer together are heard again as one."""


@dataclass(frozen=True, slots=True)
class Missed:
    """One stretch of one leg's voice. call: whose recording has it; start, end: CLOCK_MONOTONIC seconds."""

    call: str
    leg: str
    speaker: str
    start: float
    end: float


def add(known: tuple[Missed, ...], more: Iterable[Missed]) -> tuple[Missed, ...]:
    """All of them by leg and time; those of a leg that touch or nearly do are one."""
    joined: list[Missed] = []
    for item in sorted((*known, *more), key=lambda each: (each.call, each.leg, each.start)):
        last = joined[-1] if joined else None
        if (
            last is not None
            and (last.call, last.leg) == (item.call, item.leg)
            and item.start <= last.end + JOIN
        ):
            joined[-1] = replace(last, end=max(last.end, item.end))
        else:
            joined.append(item)
    return tuple(joined)


def seconds(missed: Iterable[Missed]) -> float:
    """Of voice, over all legs."""
    return sum(each.end - each.start for each in missed)
