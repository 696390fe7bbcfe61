"""How a partner stands: what its last answers say, and how hard we may knock.

Pure. After a few failures in a row its circuit opens: one letter at a time, with pauses, until one arrives.
A partner that is out is then asked every few seconds, whatever waits for it; the moment it is back all goes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

OPENS_AFTER: Final = 5
"""Failures in a row. One in three answers of a bad day fails; five of them in a row come once in 250."""
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 5.0
"""A call that is transferred the moment a partner comes back has its ticket there before it is answered."""

Standing = Literal["new", "up", "trouble", "down"]


@dataclass(frozen=True, slots=True)
class Health:
    """failures: in a row; not_before: CLOCK_MONOTONIC seconds before which an open circuit lets nothing
    through; times are aware."""

    failures: int = 0
    not_before: float = 0.0
    last_success: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None

    @property
    def standing(self) -> Standing:
        """up: the last letter arrived; trouble: it did not; down: the circuit is open."""
        if self.failures >= OPENS_AFTER:
            return "down"
        if self.failures:
            return "trouble"
        return "new" if self.last_success is None and self.last_error_at is None else "up"

    def room(self, parallel: int, now: float) -> int:
        """How many letters may be on their way at once. now: CLOCK_MONOTONIC seconds."""
        if self.failures < OPENS_AFTER:
            return parallel
        return 1 if now >= self.not_before else 0

    def arrived(self, at: datetime) -> Health:
        """A letter was taken."""
        return replace(self, failures=0, not_before=0.0, last_success=at)

    def answered(self, trouble: str, at: datetime) -> Health:
        """A letter was refused for good: its fault or ours, but somebody is there."""
        return replace(self, failures=0, not_before=0.0, last_error=trouble, last_error_at=at)

    def failed(self, trouble: str, at: datetime, now: float) -> Health:
        """A letter could not be delivered for now."""
        failures = self.failures + 1
        over = max(0, failures - OPENS_AFTER)
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(over, 16))
        return Health(failures, now + pause, self.last_success, trouble, at)
