"""Counts what became of callers, and writes it down every few seconds: a call costs an addition, no write.

What was counted since the last write is lost with a process that is killed; each caller who went is in
`abandoned` all the same.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Final

import structlog

from bridge.analysis.periods import hour_of
from bridge.clock import Clock
from bridge.ports_callbacks import CallCountStore
from bridge.queues.figures import Outcome

_LOG = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 5.0
Counts = dict[tuple[int, str], dict[str, float]]


class CallCounter:
    """Start before use; stop twice is harmless."""

    def __init__(self, store: CallCountStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._counts: Counts = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="call counter")

    async def stop(self) -> None:
        """Write what is left, then end."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.write()

    def count(self, platform: str, outcome: Outcome, waited: float) -> None:
        """One more caller; waited: seconds until they were answered. Returns at once."""
        row = self._counts.setdefault((hour_of(self._clock.wall()), platform), defaultdict(float))
        row[outcome] += 1
        if outcome == "answered":
            row["waited"] += waited

    async def write(self) -> None:
        """What was counted since the last time; kept for the next time if the database does not take it."""
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await self._store.add(counts)
        except Exception as wrong:  # any store, any error: it is tried again
            _LOG.error("calls not counted yet", error=type(wrong).__name__)
            self._take_back(counts)

    def _take_back(self, counts: Counts) -> None:
        for key, found in counts.items():
            row = self._counts.setdefault(key, defaultdict(float))
            for name, value in found.items():
                row[name] += value

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.write()
