"""Threads around the recogniser, and the one place that says "full".

Vosk releases the GIL while it decodes, so N threads use N cores. Each stream has at most one piece of work in
the pool, a second of voice at most: order is kept, streams take turns, and the pool's queue can hold no more
than one piece per stream. What to do when the machine is too slow is thereby stated: interim results come
more seldom first (`asr.pace`), then streams fall behind and their sockets are left unread (`asr.inbox`).
Finals are never held back and nothing is dropped. Too many streams: refused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import structlog

from asr.answers import SAME
from asr.errors import AsrError, FullError
from asr.gate import Event, Voice
from asr.listener import NOTHING, Listener, pieces
from asr.options import Options
from asr.pace import Pace
from asr.ports import Engine

LATE: Final = 1.0
"""Seconds a piece of audio may wait for a thread before the log says that the machine is too slow."""

QUIET: Final = 60.0
"""Seconds between two such lines: an overloaded machine must not write one for each piece of audio."""

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Counts:
    """What the worker did since it started; seconds of audio, of decoding, and of waiting for a thread."""

    streams: int = 0
    streams_total: int = 0
    refused_total: int = 0
    bad_total: int = 0
    vanished_total: int = 0
    failed_total: int = 0
    late_total: int = 0
    audio_seconds: float = 0.0
    heard_seconds: float = 0.0
    decode_seconds: float = 0.0
    wait_seconds: float = 0.0
    longest_wait: float = 0.0


class Worker:
    """A pool of `threads` decoding at most `streams` streams at once; `gated`: silence and tones are not
    decoded. Used from one event loop."""

    def __init__(self, engine: Engine, *, threads: int, streams: int, gated: bool = True) -> None:
        self.engine = engine
        self.counts = Counts()
        self.pace = Pace()
        self.threads, self.most, self.gated = threads, streams, gated
        self._quiet_until = 0.0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="asr")

    def stream(self) -> Stream:
        """A place for one more stream. Raises FullError when there is none; the caller must `close` what it
        gets."""
        if self.counts.streams >= self.most:
            self.counts.refused_total += 1
            raise FullError(f"all {self.most} streams are taken")
        self.counts.streams += 1
        self.counts.streams_total += 1
        return Stream(self)

    def interval(self) -> float:
        """Seconds of voice between two interim results, now."""
        return self.pace.interval(time.monotonic())

    async def run(self, work: Callable[[], T], since: float) -> T:
        """Runs blocking work on a thread of the pool and returns what it returns; what it is for came at
        `since`."""
        began, ended, result = await asyncio.get_running_loop().run_in_executor(self._pool, _timed, work)
        self._note(began - since, ended - began, ended)
        return result

    def _note(self, waited: float, worked: float, now: float) -> None:
        counts = self.counts
        self.pace.note(waited, now)
        counts.wait_seconds += waited
        counts.decode_seconds += worked
        counts.longest_wait = max(counts.longest_wait, waited)
        if waited > LATE:
            counts.late_total += 1
            if now >= self._quiet_until:
                self._quiet_until = now + QUIET
                log.warning("asr overloaded", waited_s=round(waited, 2), streams=counts.streams)

    async def stop(self) -> None:
        """Waits for the pieces being decoded and ends the threads. Harmless twice."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)


class Stream:
    """One client's recogniser on the pool; calls are made one after the other, by one task."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._listener: Listener | None = None
        self._rate = 1
        self._open = True

    def begin(self, options: Options) -> None:
        """What the client wants is known; a recogniser is made when there is something to hear."""
        worker = self._worker
        self._rate = options.sample_rate
        self._listener = Listener(worker.engine, options, gated=worker.gated, interval=worker.interval)

    async def accept(self, pcm: bytes, since: float | None = None) -> str:
        """Hears s16le samples that came at `since` (None: just now); Vosk's JSON, or SAME."""
        events = self._begun().listen(pcm)
        counts = self._worker.counts
        counts.audio_seconds += len(pcm) / 2 / self._rate
        counts.heard_seconds += sum(len(e.pcm) for e in events if isinstance(e, Voice)) / 2 / self._rate
        return await self._hear(events, since)

    async def finish(self) -> str:
        """The last result of what was fed."""
        return await self._hear(self._begun().finish(), None) or NOTHING

    async def _hear(self, events: list[Event], since: float | None) -> str:
        """Decodes piece after piece, so that others get their turn between them."""
        listener, answer = self._begun(), SAME
        runs = list(pieces(events, self._rate))
        for number, run in enumerate(runs, 1):
            last = number == len(runs)
            asked, since = since or time.monotonic(), None
            answer = await self._worker.run(partial(self._decode, listener, run, last), asked)
        return answer

    def _decode(self, listener: Listener, run: list[Event], last: bool) -> str:
        """On a thread; what waited for one costs nothing when nobody is left to hear it."""
        return listener.hear(run, last=last) if self._open else SAME

    def close(self) -> None:
        """Gives the place back. Harmless twice. A piece still being decoded ends by itself on its thread, one
        that waits is left out."""
        if self._open:
            self._open = False
            self._worker.counts.streams -= 1

    def _begun(self) -> Listener:
        if self._listener is None:
            raise AsrError("stream has not begun")
        return self._listener


def _timed(work: Callable[[], T]) -> tuple[float, float, T]:
    began = time.monotonic()
    result = work()
    return began, time.monotonic(), result
