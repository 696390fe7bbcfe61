"""Looks at the counters of refusals and losses now and then, and tells by how much each has grown.

Nothing is added where they are counted: some of those places are passed thousands of times a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from prometheus_client import Counter

from bridge.adapters import metrics

EVERY: Final = 5.0
"""Seconds between two looks: so exact is the time a trouble is shown with."""

WATCHED: Final[dict[str, tuple[Counter, frozenset[str]]]] = {
    "sip_refused": (metrics.SIP_REFUSED, frozenset()),
    "asr_trouble": (metrics.ASR_TROUBLE, frozenset()),
    "asr_dropped": (metrics.ASR_DROPPED, frozenset({"closed"})),
    "sip_connections_ended": (metrics.SIP_CONNECTIONS_ENDED, frozenset({"closed", "idle", "stopped"})),
    "sip_unreachable": (metrics.SIP_UNREACHABLE, frozenset()),
    "push_attempts": (metrics.PUSH_ATTEMPTS, frozenset({"delivered"})),
    "api_refused": (metrics.API_REFUSED, frozenset()),
    "logins_refused": (metrics.API_LOGINS_REFUSED, frozenset()),
    "live_lost": (metrics.API_LIVE_LOST, frozenset()),
    "transcript_lost": (metrics.TRANSCRIPT_LOST, frozenset()),
}
"""By the kind they are told as: the counter, and labels that are no trouble."""


class TroubleCounters:
    """tell: kind (`sip_refused:unknown-network`) and by how much it has grown. What was counted before the
    first look is no news."""

    def __init__(self, tell: Callable[[str, int], None]) -> None:
        self._tell, self._before = tell, dict[str, float]()
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Begin."""
        self._before = counted()
        self._arm()

    async def stop(self) -> None:
        """No more. Harmless when repeated."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self) -> None:
        """Now."""
        before, self._before = self._before, counted()
        for kind, value in self._before.items():
            grown = round(value - before.get(kind, 0.0))
            if grown > 0:
                self._tell(kind, grown)

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(EVERY, self._round)

    def _round(self) -> None:
        self.look()
        self._arm()


def counted() -> dict[str, float]:
    """Every watched kind and its count."""
    found: dict[str, float] = {}
    for name, (counter, fine) in WATCHED.items():
        for sample in next(iter(counter.collect())).samples:
            labels = [value for key, value in sample.labels.items() if value not in fine]
            if sample.name.endswith("_total") and len(labels) == len(sample.labels):
                found[":".join((name, *labels))] = sample.value
    return found
