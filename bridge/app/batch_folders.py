"""The folders of a partner whose network ours has no wire to, looked after while the bridge runs: what was
brought is imported, what waits is laid out to be fetched.

A file is looked at once it has stopped growing. What was taken goes into `done`, what is no batch of theirs
into `refused`; one whose predecessor is missing stays until that comes.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Final

import structlog

from bridge.adapters.db import Database
from bridge.app.batches import Outcome, make_next, take_all
from bridge.app.exchange import ExchangeSide
from bridge.settings import Settings
from bridge.settings.carriage import BatchFiles

_LOG = structlog.get_logger(__name__)

ENDING: Final = "*.batch"
MOST_TOLD: Final = 20
"""Troubles of one file that the log names; all of them are in `bridge outbox list` and the partner's own."""
Mark = tuple[int, int]
"""Size and time of change, by which a file is known to have stopped growing."""


class BatchFolders:
    """Looks after one partner's two folders from start to stop."""

    def __init__(
        self, settings: Settings, platform: str, files: BatchFiles, *, database: Database, side: ExchangeSide
    ) -> None:
        if files.incoming is None or files.outgoing is None:
            raise ValueError("two folders are needed")
        self._settings, self._platform, self._poll_s = settings, platform, files.poll_seconds
        self._incoming, self._outgoing = files.incoming, files.outgoing
        self._database, self._side = database, side
        self._seen: dict[Path, Mark] = {}
        self._stuck: dict[Path, Mark] = {}
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._ended.clear()
        self._task = asyncio.create_task(self._run(), name=f"batches {self._platform}")

    async def stop(self) -> None:
        """End, after the look in progress: a connection cut off in its middle would stay open."""
        task, self._task = self._task, None
        self._ended.set()
        if task is not None:
            await task

    async def _run(self) -> None:
        while not self._ended.is_set():
            try:
                await self._look()
            except LookupError:
                _LOG.error("no key for batches counts now", platform=self._platform)
            except Exception:  # a full disk, a database out of reach: the files stay where they are
                _LOG.exception("batch folders can't be looked after", platform=self._platform)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), self._poll_s)

    async def _look(self) -> None:
        found = await asyncio.to_thread(self._files)
        ready = {path: mark for path, mark in found.items() if self._seen.get(path) == mark}
        self._seen = found
        if ready != self._stuck:
            outcomes = await take_all(self._settings, self._database, self._side, list(ready))
            self._stuck = {}
            for outcome in outcomes:
                await asyncio.to_thread(self._settle, outcome, ready[outcome.file])
        made = await make_next(self._settings, self._database, self._platform, self._outgoing)
        if made is not None:
            _LOG.info("batch laid out", platform=self._platform, batch=made.name, letters=len(made.letters))

    def _files(self) -> dict[Path, Mark]:
        for folder in (self._outgoing, self._incoming / "done", self._incoming / "refused"):
            folder.mkdir(parents=True, exist_ok=True)
        found = {}
        for path in sorted(self._incoming.glob(ENDING)):
            about = path.stat()
            found[path] = (about.st_size, about.st_mtime_ns)
        return found

    def _settle(self, outcome: Outcome, mark: Mark) -> None:
        file, said = outcome.file, {"platform": self._platform, "file": outcome.file.name}
        if outcome.busy:
            _LOG.warning("batch not imported yet", **said)
            return
        if outcome.said:
            _LOG.info("batch imported", **said, troubles=len(outcome.troubles))
            for trouble in outcome.troubles[:MOST_TOLD]:
                _LOG.error("batch trouble", **said, why=trouble)
            file.replace(self._incoming / "done" / file.name)
        elif outcome.batch is None:
            _LOG.error("batch refused", **said, why=outcome.troubles[0])
            file.replace(self._incoming / "refused" / file.name)
        else:
            self._stuck[file] = mark
            _LOG.error("batch waits", **said, why=outcome.troubles[0])
