"""The desk that puts deeds on record: in batches, in order, off everybody's path.

`keep` waits until its deed is on disk and raises NotAudited if that does not come about in time: nothing is
read out then. `note` waits for nothing; when the database has been gone for so long that there is no room,
that is told loudly. Neither voice nor key is ever recorded here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Final

import structlog

from bridge.access.audit import Deed
from bridge.errors import NotAudited
from bridge.ports_access import AuditStore

_LOG = structlog.get_logger(__name__)

MOST: Final = 5000
"""Deeds that may wait."""
BATCH: Final = 200
"""Deeds in one transaction."""
PATIENCE: Final = 3.0
"""Seconds a reader waits for the record."""
PAUSES: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the same batch is tried again; the last one for ever."""
LAST_SECONDS: Final = 5.0
"""How long `stop` waits for the store."""

_Waiting = tuple[Deed, "asyncio.Future[None] | None"]


class AuditDesk:
    """One task that writes what it is handed. patience: seconds a reader waits."""

    def __init__(self, store: AuditStore, patience: float = PATIENCE) -> None:
        self._store, self._patience = store, patience
        self._deeds: deque[_Waiting] = deque()
        self._work, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="audit")

    async def stop(self) -> None:
        """Write what is left, then end. Twice is harmless."""
        task, self._task = self._task, None
        if task is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), LAST_SECONDS)
        if self._deeds:
            _LOG.critical("deeds not put on record at the end", count=len(self._deeds))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def note(self, deed: Deed) -> None:
        """Have it written; returns at once."""
        if len(self._deeds) >= MOST:
            _LOG.critical("deed not put on record: the database is gone", what=deed.what, who=deed.who)
            return
        self._put(deed, None)

    async def keep(self, deed: Deed) -> None:
        """On disk on return. Raises NotAudited."""
        if len(self._deeds) >= MOST:
            raise NotAudited("no room")
        written = asyncio.get_running_loop().create_future()
        self._put(deed, written)
        try:
            async with asyncio.timeout(self._patience):
                await written
        except TimeoutError:
            _LOG.error("nothing read out: not put on record in time", what=deed.what)
            raise NotAudited("not in time") from None

    def _put(self, deed: Deed, written: asyncio.Future[None] | None) -> None:
        self._deeds.append((deed, written))
        self._idle.clear()
        self._work.set()

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._deeds:
                batch = [self._deeds[at] for at in range(min(BATCH, len(self._deeds)))]
                await self._write([deed for deed, _ in batch])
                for _, written in batch:
                    self._deeds.popleft()
                    if written is not None and not written.done():
                        written.set_result(None)
            self._idle.set()

    async def _write(self, deeds: list[Deed]) -> None:
        tries = 0
        while True:
            try:
                await self._store.append(deeds)
            except Exception as wrong:  # any store, any error: it is tried again
                _LOG.error("deeds not put on record yet", count=len(deeds), error=type(wrong).__name__)
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1
            else:
                return
