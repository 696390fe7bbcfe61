"""The writing hand: one thread that does everything to the disk, behind a bounded queue.

Strategy: blocks of sound are dropped when the disk is so slow that the queue is full, and the file gets
silence in their place; beginnings and ends are never dropped. What comes of the work is called back on the
main thread (`news`). A disk that is full or broken is told once, and once when it is well again.
"""

from __future__ import annotations

import errno
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from bridge.media.takes import End, Kept, Trouble, Why
from bridge.recorder.shelf import Shelf
from bridge.recorder.space import Space

log = structlog.get_logger(__name__)

MAX_BLOCKS: Final = 8192
"""Blocks waiting for the disk: half a minute of a hundred calls, 50 MB."""
LOOK: Final = 1.0
"""Seconds between two looks at the free space."""

Result = Kept | Trouble | tuple[str, Why]
"""A finished file; trouble of the whole disk; a file that could not be written, and why."""


class Hand:
    """The thread. `wake` is called from it whenever there are results to be fetched."""

    def __init__(self, shelf: Shelf, space: Space, wake: Callable[[], None]) -> None:
        self._shelf, self._space, self._wake = shelf, space, wake
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._results: deque[Result] = deque()
        self._broken: set[str] = set()
        self._troubles: set[Why] = set()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begins by finishing what was left behind."""
        self._jobs.put(self._recover)
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Does what is queued, but waits no longer than `patience` seconds for it."""
        self._jobs.put(None)
        self._thread.join(patience)

    def results(self) -> list[Result]:
        """What came of the work since the last time."""
        found = []
        while self._results:
            found.append(self._results.popleft())
        return found

    def begin(self, kept: Kept) -> None:
        """Open a file."""
        self._jobs.put(lambda: self._try(kept.file, lambda: self._shelf.begin(kept)))

    def write(self, file: str, first: int, octets: bytes) -> bool:
        """Append a block; False: the disk is too slow, it was dropped."""
        if self._jobs.qsize() >= MAX_BLOCKS:
            self._turn("slow-disk", True)
            return False
        self._jobs.put(lambda: self._try(file, lambda: self._write(file, first, octets)))
        return True

    def legs(self, kept: Kept) -> None:
        """Somebody came into the conversation."""
        self._jobs.put(lambda: self._try(kept.file, lambda: self._shelf.legs(kept)))

    def finish(self, file: str, end: End, missing: float) -> None:
        """No more of this file."""
        self._jobs.put(lambda: self._finish(file, end, missing))

    def stored(self, file: str) -> None:
        """The database has it."""
        self._jobs.put(lambda: self._shelf.stored(file))

    # --- on the thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        due = 0.0
        while True:
            try:
                job = self._jobs.get(timeout=LOOK)
            except queue.Empty:
                job = _nothing
            if job is None:
                return
            self._do(job)
            if time.monotonic() >= due:
                due = time.monotonic() + LOOK
                self._do(self._look)

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception:  # one file's trouble must not stop the others'
            log.exception("recording.fault")

    def _try(self, file: str, work: Callable[[], None]) -> None:
        if file in self._broken:
            return
        try:
            work()
        except OSError as error:
            self._broken.add(file)
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            log.error("recording.not_written", file=file, errno=error.errno)  # noqa: TRY400
            if full:
                self._space.refused(time.monotonic())
            self._turn("disk-full" if full else "write-failed", True)
            self._tell((file, "disk-full" if full else "write-failed"))

    def _write(self, file: str, first: int, octets: bytes) -> None:
        self._shelf.write(file, first, octets)
        self._space.wrote(len(octets))

    def _finish(self, file: str, end: End, missing: float) -> None:
        self._broken.discard(file)
        try:
            self._tell(self._shelf.finish(file, end, missing))
        except KeyError:  # it never began
            return
        except OSError as error:  # the file lies in `open` with its note: the next start finishes it
            log.error("recording.not_finished", file=file, errno=error.errno)  # noqa: TRY400
            self._turn("write-failed", True)

    def _recover(self) -> None:
        for kept in self._shelf.recover():
            self._tell(kept)

    def _look(self) -> None:
        found = self._space.trouble(time.monotonic())
        self._turn("disk-full", found == "disk-full")
        self._turn("quota", found == "quota")
        if self._jobs.qsize() < MAX_BLOCKS // 2:
            self._turn("slow-disk", False)
        if found is None and not self._broken:
            self._turn("write-failed", False)

    def _turn(self, why: Why, on: bool) -> None:
        """Tells when something begins and when it is over."""
        if on == (why in self._troubles):
            return
        (self._troubles.add if on else self._troubles.discard)(why)
        log.log(40 if on else 20, "recording.trouble", why=why, over=not on)
        self._tell(Trouble(why, not on, self._space.describe()))

    def _tell(self, result: Result) -> None:
        self._results.append(result)
        self._wake()


def _nothing() -> None:
    """Nothing to do: time for a look."""
