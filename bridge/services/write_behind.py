"""Writes that nobody waits for: done in order behind the work, tried again until the store takes them.

Bounded: when the store has been gone for so long that `MOST` writes wait, the newest is not kept and that is
told loudly. Calls go on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

_LOG = structlog.get_logger(__name__)

Write = Callable[[], Awaitable[object]]
"""One write; it may be repeated after an error."""

MOST: Final = 5000
"""Writes that may wait: hours of a busy hotline's, a few megabytes."""
PAUSES: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the same write is tried again; the last one for ever."""
LAST_SECONDS: Final = 5.0
"""How long `stop` waits for the store."""


class WriteBehind:
    """name: what is written, for the log."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._writes: deque[Write] = deque()
        self._work, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name=f"write behind: {self._name}")

    async def stop(self) -> None:
        """Write what is left, then end. Twice is harmless."""
        task, self._task = self._task, None
        if task is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), LAST_SECONDS)
        if self._writes:
            _LOG.critical("writes lost at the end", what=self._name, count=len(self._writes))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def put(self, write: Write) -> None:
        """Have it done; returns at once."""
        if len(self._writes) >= MOST:
            _LOG.critical("write not kept: the database is gone", what=self._name)
            return
        self._writes.append(write)
        self._idle.clear()
        self._work.set()

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._writes:
                await self._do(self._writes[0])
                self._writes.popleft()
            self._idle.set()

    async def _do(self, write: Write) -> None:
        tries = 0
        while True:
            try:
                await write()
            except Exception as wrong:  # any store, any error: it is tried again
                _LOG.error("not written yet", what=self._name, error=type(wrong).__name__)
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1
            else:
                return
