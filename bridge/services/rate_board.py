"""接通率 and 早释率 now, for each platform: the last hour and today, kept minute by minute in memory.

At a start, today's callers come from the database by the hour: today is whole at once, the last hour is right
an hour after a start and until then takes in the whole hour that was begun before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.analysis.periods import hour_of
from bridge.clock import Clock
from bridge.ports_callbacks import CallHourStore
from bridge.queues.figures import KEPT, Figures, Minute, Outcome, note
from bridge.services.queue_view import day_and_hour


class RateBoard:
    """Load before calls come; nothing here ever waits for the database afterwards."""

    def __init__(self, store: CallHourStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._figures: dict[str, Figures] = {}

    async def start(self) -> None:
        """Today's, as they were counted before. Raises whatever the database raises."""
        first = hour_of(self._clock.wall()) - KEPT // 60
        for (hour, platform), counts in sorted((await self._store.since(first)).items()):
            known = self._figures.get(platform, Figures())
            self._figures[platform] = Figures((*known.minutes, _minute(hour, counts)))

    async def stop(self) -> None:
        """Nothing is left to do."""

    def count(self, platform: str, outcome: Outcome, waited: float) -> None:
        """One more caller; waited: seconds without a person. Returns at once."""
        known = self._figures.get(platform, Figures())
        self._figures[platform] = note(known, outcome, self._clock.wall().timestamp(), waited)

    def view(self) -> list[dict[str, Any]]:
        """Each platform with `hour` and `today`, as queues have them."""
        return [
            {"platform": platform, **day_and_hour(figures, self._clock)}
            for platform, figures in sorted(self._figures.items())
        ]


def _minute(hour: int, counts: Mapping[str, float]) -> Minute:
    answered, abandoned, overflowed = (
        int(counts.get(name, 0)) for name in ("answered", "abandoned", "overflowed")
    )
    return Minute(hour * 60, answered, abandoned, overflowed, counts.get("waited", 0.0))
