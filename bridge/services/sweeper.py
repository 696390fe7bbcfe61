"""Sweeps out what has been kept long enough, in small steps, so that nobody who writes waits for it.

Knows a port. What is too old is the store's to find; how long each kind is kept is the administrator's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bridge.clock import Clock

log = structlog.get_logger(__name__)

EVERY: Final = 3600.0
"""Seconds between two rounds."""
AT_ONCE: Final = 100
"""Things of one transaction: some ten milliseconds."""
BREATH: Final = 0.05
"""Seconds between two of them, for those who wait to write."""


class RetentionStore(Protocol):
    """What is kept, by kind."""

    async def sweep(self, kind: str, before: datetime, most: int) -> int:
        """Deletes the oldest of that kind that ended before a time, at most so many; how many."""


class Sweeper:
    """keeps: kind -> how long."""

    def __init__(self, store: RetentionStore, keeps: Mapping[str, timedelta], clock: Clock) -> None:
        self._store, self._keeps, self._clock = store, dict(keeps), clock
        self._task: asyncio.Task[None] | None = None

    def renew(self, keeps: Mapping[str, timedelta]) -> None:
        """Other terms from the next round on."""
        self._keeps = dict(keeps)

    async def start(self) -> None:
        """Begins; while nothing has an end a round is nothing."""
        self._task = asyncio.create_task(self._run(), name="sweeper")

    async def stop(self) -> None:
        """After the step in progress is undone or done. Twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def round(self) -> dict[str, int]:
        """Everything that is too old now; how much of each kind."""
        swept = dict.fromkeys(self._keeps, 0)
        for kind, keep in self._keeps.items():
            before = self._clock.wall() - keep
            while count := await self._store.sweep(kind, before, AT_ONCE):
                swept[kind] += count
                await asyncio.sleep(BREATH)
        return swept

    async def _run(self) -> None:
        while True:
            try:
                swept = {kind: count for kind, count in (await self.round()).items() if count}
                if swept:
                    log.info("retention.swept", **swept)
            except Exception:  # the database may be busy or gone: the next round finds the same
                log.exception("retention failed")
            await asyncio.sleep(EVERY)
