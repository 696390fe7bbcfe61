"""Brings transcripts to the store in batches, behind the talk: one write a second holds what all calls said
in it.

Bounded: beyond MOST entries that wait (a database that is gone) a new one finds no room; who asked is told
so, and the call goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import structlog

from bridge.ports_transcripts import Change, TranscriptStore
from bridge.tickets.evidence import Entry
from bridge.tickets.stored import Heading

_LOG = structlog.get_logger(__name__)

MOST: Final = 20_000
"""Entries that may wait: ten minutes of a hundred calls, some 20 MB."""
BATCH: Final = 500
"""Entries in one transaction: tickets wait for it no longer than for a few of their own."""
EVERY: Final = 1.0
"""Seconds words wait for company: what a `kill -9` may cost of a transcript."""
PAUSES: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the same batch is tried again; the last one for ever."""
LAST_SECONDS: Final = 5.0
"""How long `stop` waits for the store."""


class ArchiveWriter:
    """One task that writes what it is handed."""

    def __init__(self, store: TranscriptStore) -> None:
        self._store = store
        self._headings: dict[str, Heading] = {}
        self._entries: dict[str, list[Entry]] = {}
        self._waiting = 0
        self._work, self._hurry, self._idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether one entry more finds no room."""
        return self._waiting >= MOST

    def put(self, heading: Heading, *entries: Entry) -> None:
        """Have these written, and the heading as it is now; returns at once."""
        self._headings[heading.call] = heading
        self._entries.setdefault(heading.call, []).extend(entries)
        self._waiting += len(entries)
        self._idle.clear()
        self._work.set()

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="archive")

    async def stop(self) -> None:
        """Write what is left, then end. Twice is harmless."""
        task, self._task = self._task, None
        if task is None:
            return
        if not await self.flushed(LAST_SECONDS):
            _LOG.critical("transcripts not written at the end", entries=self._waiting)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def flushed(self, patience: float) -> bool:
        """Everything is written now; False: not within `patience` seconds."""
        self._hurry.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), patience)
        return self._idle.is_set()

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), EVERY)
            self._work.clear()
            self._hurry.clear()
            while self._headings:
                await self._write(self._batch())
            self._idle.set()

    def _batch(self) -> list[Change]:
        """Some of what waits, whole calls first come first served."""
        batch, room = list[Change](), BATCH
        while self._headings and room > 0:
            call = next(iter(self._headings))
            entries = self._entries[call]
            batch.append(Change(self._headings[call], tuple(entries[:room])))
            del entries[:room]
            room -= len(batch[-1].entries) + 1
            if not entries:
                del self._headings[call], self._entries[call]
        return batch

    async def _write(self, batch: list[Change]) -> None:
        tries = 0
        while True:
            try:
                await self._store.write(batch)
            except Exception as wrong:  # any store, any error: it is tried again
                _LOG.error("transcripts not written yet", calls=len(batch), error=type(wrong).__name__)
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1
            else:
                self._waiting -= sum(len(change.entries) for change in batch)
                return
