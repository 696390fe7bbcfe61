"""The recorder process: builds its parts, says it is ready, runs until SIGTERM.

Strategy: one thread takes strips off the socket as fast as they come (the media process must never wait),
another writes. Ten times a second the first hands the second what is due.
"""

from __future__ import annotations

import os
import select
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from bridge.media.strip import MAX_DATAGRAM, decode_strip
from bridge.media.takes import Kept, TakePlan, Trouble, Wish
from bridge.recorder.hand import Hand
from bridge.recorder.lines import Lines, receive_socket
from bridge.recorder.shelf import Shelf
from bridge.recorder.space import Space
from bridge.recorder.takes import Takes

log = structlog.get_logger(__name__)

TICK: Final = 0.1
STRIPS_AT_ONCE: Final = 256
LAST_WRITES: Final = 6.0
"""Seconds the disk has at the end: below what the watch waits before it makes a process leave."""
MAX_UNSTORED: Final = 10_000
"""Finished files no control has stored yet that are remembered: half an hour of five calls a second."""
_ROOM: Final = frozenset({"disk-full", "quota"})


def run(control: Path, strips: Path, folder: Path, key: bytes | None, least: int, quota: int | None) -> int:
    """Serves until SIGTERM or SIGINT; the exit status.

    control: where control connects; strips: where the media process sends; folder: the recordings'; key:
    32 octets to seal them with, or None; least: octets of the disk to be left free; quota: octets of
    recordings at most, or None. Prints `recorder ready FOLDER`, also when the folder cannot be made: a sick
    disk must not keep the house from opening; it is told as one that is full.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        log.error("recording.no_folder", folder=str(folder), errno=error.errno)  # noqa: TRY400
    recorder = Recorder(control, strips, Shelf(folder, key), Space(folder, least, quota))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: recorder.stop())
    print(f"recorder ready {folder}", flush=True)
    recorder.run()
    return 0


class Recorder:
    """The loop."""

    def __init__(self, control: Path, strips: Path, shelf: Shelf, space: Space) -> None:
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._hand = Hand(shelf, space, lambda: os.eventfd_write(self._wake, 1))
        self._takes = Takes(self._hand, lambda: datetime.now(UTC))
        self._lines = Lines(self._epoll, control, self._control_came)
        self._strips, self._path = receive_socket(strips), strips
        self._troubles: dict[str, Trouble] = {}
        self._unstored: dict[str, Kept] = {}
        self._stopping = False
        self._malformed = 0
        for fd in (self._strips.fileno(), self._wake):
            self._epoll.register(fd, select.EPOLLIN)

    def stop(self) -> None:
        """Ends `run` within a tick."""
        self._stopping = True

    def run(self) -> None:
        """Serves until stopped; then everything that is in memory is written."""
        self._hand.start()
        due = 0.0
        while not self._stopping:
            ready = self._epoll.poll(max(0.0, due - time.monotonic()))
            for fd, _ in ready:
                self._serve(fd)
            if time.monotonic() >= due:
                due = time.monotonic() + TICK
                self._takes.tick(time.monotonic())
        self._close()

    def _close(self) -> None:
        self._take_strips()
        self._takes.close(time.monotonic())
        self._hand.stop(LAST_WRITES)
        self._fetch()
        self._lines.close()
        self._strips.close()
        self._path.unlink(missing_ok=True)
        self._epoll.close()
        os.close(self._wake)

    def _serve(self, fd: int) -> None:
        if fd == self._strips.fileno():
            self._take_strips()
        elif fd == self._wake:
            os.eventfd_read(self._wake)
            self._fetch()
        else:
            for wish in self._lines.serve(fd):
                self._carry_out(wish)

    def _take_strips(self) -> None:
        now, receive = time.monotonic(), self._strips.recv
        for _ in range(STRIPS_AT_ONCE):
            try:
                self._takes.strip(decode_strip(receive(MAX_DATAGRAM)), now)
            except BlockingIOError:
                return
            except ValueError:
                self._malformed += 1
                log.warning("strip refused", refused=self._malformed)

    def _carry_out(self, wish: Wish) -> None:
        if isinstance(wish, TakePlan):
            self._takes.plan(wish, time.monotonic())
        else:
            self._unstored.pop(wish.file, None)
            self._hand.stored(wish.file)

    def _fetch(self) -> None:
        """What came of the hand's work."""
        for result in self._hand.results():
            if isinstance(result, Kept):
                self._kept(result)
            elif isinstance(result, Trouble):
                self._trouble(result)
            else:
                file, why = result
                self._takes.failed(file, "full" if why in _ROOM else "failed", time.monotonic())

    def _kept(self, kept: Kept) -> None:
        """Told to this control and every next one, until one has stored it."""
        if len(self._unstored) >= MAX_UNSTORED:  # its note is on the disk: the next start tells it
            del self._unstored[next(iter(self._unstored))]
        self._unstored[kept.file] = kept
        self._lines.tell(kept)

    def _trouble(self, trouble: Trouble) -> None:
        self._lines.tell(trouble)
        if trouble.over:
            self._troubles.pop(trouble.why, None)
        else:
            self._troubles[trouble.why] = trouble
        full = any(why in _ROOM for why in self._troubles)
        if full != self._takes.full:
            self._takes.set_full(full, time.monotonic())

    def _control_came(self) -> None:
        """It hears first what is wrong, then what was kept."""
        self._takes.control_came()
        for trouble in self._troubles.values():
            self._lines.tell(trouble)
        for kept in self._unstored.values():
            self._lines.tell(kept)
