"""What became of a queue's callers, minute by minute, for 接通率 and 早释率. Pure; one frozen value.

A caller is counted once, when it is known what became of them, so that no rate ever passes 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from bridge.frozen import replace

Outcome = Literal["answered", "abandoned", "overflowed"]
"""With an agent; gone before that; sent on, or told goodbye."""

KEPT: Final = 24 * 60
"""Minutes remembered: a day has as many."""


@dataclass(frozen=True, slots=True)
class Minute:
    """at: minutes since 1970; waited: seconds those waited who were answered, together; longest: of all."""

    at: int = 0
    answered: int = 0
    abandoned: int = 0
    overflowed: int = 0
    waited: float = 0.0
    longest: float = 0.0

    @property
    def offered(self) -> int:
        """All callers whose outcome is known."""
        return self.answered + self.abandoned + self.overflowed

    @property
    def answer_rate(self) -> float | None:
        """接通率, 0..1; None when nobody called."""
        return self.answered / self.offered if self.offered else None

    @property
    def abandon_rate(self) -> float | None:
        """早释率, 0..1; None when nobody called."""
        return self.abandoned / self.offered if self.offered else None


@dataclass(frozen=True, slots=True)
class Figures:
    """Minutes in which somebody was counted, oldest first."""

    minutes: tuple[Minute, ...] = ()


def note(figures: Figures, outcome: Outcome, at: float, waited: float) -> Figures:
    """One more caller. at: seconds since 1970; waited: seconds before the outcome."""
    now, minutes = int(at // 60), figures.minutes
    if not minutes or minutes[-1].at < now:  # a new minute: time to forget old ones
        minutes = (*(minute for minute in minutes if minute.at > now - KEPT), Minute(now))
    return Figures((*minutes[:-1], _counted(minutes[-1], outcome, waited)))


def total(figures: Figures, since: float) -> Minute:
    """Everything since then (seconds since 1970) as if it were one minute."""
    first = int(since // 60)
    chosen = [minute for minute in figures.minutes if minute.at >= first]
    return Minute(
        first,
        sum(minute.answered for minute in chosen),
        sum(minute.abandoned for minute in chosen),
        sum(minute.overflowed for minute in chosen),
        sum(minute.waited for minute in chosen),
        max((minute.longest for minute in chosen), default=0.0),
    )


def _counted(minute: Minute, outcome: Outcome, waited: float) -> Minute:
    minute = replace(minute, longest=max(minute.longest, waited))
    if outcome == "answered":
        return replace(minute, answered=minute.answered + 1, waited=minute.waited + waited)
    if outcome == "abandoned":
        return replace(minute, abandoned=minute.abandoned + 1)
    return replace(minute, overflowed=minute.overflowed + 1)
