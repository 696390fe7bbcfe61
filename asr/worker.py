"""Threads around the recogniser, and the one place that says "full".

Vosk releases the GIL while it decodes, so N threads use N cores. Each stream has at most one piece of work in
the pool, waited for by whoever reads its socket: order is kept and the pool's queue can hold no more than one
piece per stream. What to do when the machine is too slow is thereby stated: the server stops reading that
socket, and the *sender* decides what to give up (our bridge drops its oldest live audio and counts it; a
client that sends a file simply waits). Dropping here would tear holes into files and shift every later word's
time. Too many streams: refused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import structlog

from asr.errors import AsrError, FullError
from asr.session import Options

LATE: Final = 1.0
"""Seconds a piece of audio may wait for a thread before the log says that the machine is too slow."""

QUIET: Final = 60.0
"""Seconds between two such lines: an overloaded machine must not write one for each piece of audio."""

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Recogniser(Protocol):
    """One stream's recogniser, used by one thread at a time; answers in Vosk's JSON."""

    def accept(self, pcm: bytes) -> str:
        """Decodes s16le mono PCM: a result or a partial."""
        ...

    def finish(self) -> str:
        """The last result of what was fed."""
        ...


class Engine(Protocol):
    """A loaded model."""

    @property
    def name(self) -> str:
        """What a client may call it."""
        ...

    @property
    def rate(self) -> int:
        """Its own sample rate in Hz."""
        ...

    @property
    def sha256(self) -> str:
        """Of its acoustic model, in hex: which model it was."""
        ...

    @property
    def software(self) -> str:
        """What decodes, with its version."""
        ...

    def recogniser(self, options: Options) -> Recogniser:
        """A new stream's recogniser. Blocks."""
        ...


@dataclass(slots=True)
class Counts:
    """What the worker did since it started; seconds of audio, of decoding, and of waiting for a thread."""

    streams: int = 0
    streams_total: int = 0
    refused_total: int = 0
    late_total: int = 0
    audio_seconds: float = 0.0
    decode_seconds: float = 0.0
    wait_seconds: float = 0.0
    longest_wait: float = 0.0


class Worker:
    """A pool of `threads` decoding at most `streams` streams at once. Used from one event loop."""

    def __init__(self, engine: Engine, *, threads: int, streams: int) -> None:
        self.engine = engine
        self.counts = Counts()
        self.threads, self.most = threads, streams
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

    async def run(self, work: Callable[[], T]) -> T:
        """Runs blocking work on a thread of the pool and returns what it returns."""
        asked = time.monotonic()
        began, ended, result = await asyncio.get_running_loop().run_in_executor(self._pool, _timed, work)
        self._note(began - asked, ended - began)
        return result

    def _note(self, waited: float, worked: float) -> None:
        counts = self.counts
        counts.wait_seconds += waited
        counts.decode_seconds += worked
        if waited > LATE:
            counts.late_total += 1
            if (now := time.monotonic()) >= self._quiet_until:
                self._quiet_until = now + QUIET
                log.warning("asr overloaded", waited_s=round(waited, 2), streams=counts.streams)
        counts.longest_wait = max(counts.longest_wait, waited)

    async def stop(self) -> None:
        """Waits for the pieces being decoded and ends the threads. Harmless twice."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)


class Stream:
    """One client's recogniser on the pool; calls are made one after the other, by one task."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._recogniser: Recogniser | None = None
        self._rate = 1
        self._open = True

    async def begin(self, options: Options) -> None:
        """Makes the recogniser (a phrase list can take a while)."""
        self._rate = options.sample_rate
        self._recogniser = await self._worker.run(lambda: self._worker.engine.recogniser(options))

    async def accept(self, pcm: bytes) -> str:
        """Decodes s16le samples; Vosk's JSON."""
        recogniser = self._begun()
        answer = await self._worker.run(lambda: recogniser.accept(pcm))
        self._worker.counts.audio_seconds += len(pcm) / 2 / self._rate
        return answer

    async def finish(self) -> str:
        """The last result of what was fed."""
        return await self._worker.run(self._begun().finish)

    def close(self) -> None:
        """Gives the place back. Harmless twice. A piece still being decoded ends by itself on its thread."""
        if self._open:
            self._open = False
            self._recogniser = None
            self._worker.counts.streams -= 1

    def _begun(self) -> Recogniser:
        if self._recogniser is None:
            raise AsrError("stream has not begun")
        return self._recogniser


def _timed(work: Callable[[], T]) -> tuple[float, float, T]:
    began = time.monotonic()
    result = work()
    return began, time.monotonic(), result
