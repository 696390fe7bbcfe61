"""Time as a port: whoever needs `now` is handed a Clock, so that no test waits for time to pass."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Two times: `monotonic` for intervals and timers, `wall` for what people and databases read."""

    def monotonic(self) -> float:
        """Seconds; only differences mean anything. Comparable between processes of one machine."""
        ...

    def wall(self) -> datetime:
        """The time of day, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """CLOCK_MONOTONIC in seconds."""
        return time.monotonic()

    def wall(self) -> datetime:
        """The system's time of day, aware, in UTC."""
        return datetime.now(UTC)
