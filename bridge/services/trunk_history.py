"""What has become of each trunk since the start: when it went up or down, and what it said no with.

Small and bounded: a moment, a few counts by status, the last refusal. For the administrator, who asks why.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple

from bridge.clock import Clock


class Refusal(NamedTuple):
    """The final answer to an INVITE of ours, or 408 for none."""

    status: int
    at: datetime


class TrunkHistory:
    """Told by whoever knows; asked by the page."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._began = clock, clock.wall()
        self._changed: dict[str, datetime] = {}
        self._refused: dict[str, Counter[int]] = {}
        self._last: dict[str, Refusal] = {}

    def changed(self, trunk: str) -> None:
        """It went up or down just now."""
        self._changed[trunk] = self._clock.wall()

    def refused(self, trunk: str, status: int) -> None:
        """A call of ours there was refused, or not answered at all."""
        self._refused.setdefault(trunk, Counter())[status] += 1
        self._last[trunk] = Refusal(status, self._clock.wall())

    def since(self, trunk: str) -> datetime:
        """Since when it is as it is; the start where nothing has changed."""
        return self._changed.get(trunk, self._began)

    def refusals(self, trunk: str) -> dict[str, Any]:
        """Counts by status, and the last one."""
        last = self._last.get(trunk)
        return {
            "by_status": {str(status): count for status, count in self._refused.get(trunk, {}).items()},
            "last": None if last is None else {"status": last.status, "at": last.at.isoformat()},
        }

    def forget(self, known: frozenset[str]) -> None:
        """Trunks that are not among these are no more."""
        for kept in (self._changed, self._refused, self._last):
            for name in kept.keys() - known:
                del kept[name]
