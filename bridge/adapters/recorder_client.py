"""Control's end of the recorder: plans out, news in (Unix socket, asyncio).

Strategy: as with the media process: plans are declarative, so whenever a connection is made all of them are
sent. What the recorder kept is stored by one task, in order, and only then acknowledged: the recorder tells
it again until it is. A recorder that is gone is a trouble like a full disk; nothing here ever waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from bridge.adapters import metrics
from bridge.media.takes import Kept, News, Stored, TakePlan, Trouble, Why, Wish, decode_news, encode

log = structlog.get_logger(__name__)

RETRY: Final = 0.2
"""Seconds between two attempts to connect, or to store."""
LONGEST_RETRY: Final = 10.0
MAX_BUFFER: Final = 4 * 1024 * 1024
"""Octets of plans not yet read by the recorder; then it is not alive."""
MAX_LINE: Final = 256 * 1024
_GONE: Final = Trouble("recorder-gone", detail="录音进程没有响应")


class RecorderClient:
    """store: writes a finished file's row; on_trouble: recordings are not made for now, or again."""

    def __init__(
        self,
        path: Path,
        *,
        store: Callable[[Kept], Awaitable[None]],
        on_trouble: Callable[[Mapping[Why, str]], None],
    ) -> None:
        self._path, self._store, self._on_trouble = path, store, on_trouble
        self._plans: dict[str, TakePlan] = {}
        self._ended: dict[str, TakePlan] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._kept: asyncio.Queue[Kept] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self.troubles: dict[Why, str] = {}

    async def start(self) -> None:
        """Begins to connect; calls need not wait for it."""
        self._tasks = [
            asyncio.create_task(self._stay_connected(), name="recorder client"),
            asyncio.create_task(self._keep_books(), name="recorder books"),
        ]

    async def stop(self) -> None:
        """Disconnects. What is not stored yet is told to the next control."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def roll(self, plan: TakePlan) -> None:
        """Carries out a plan as soon as the recorder can; never waits."""
        if plan.ended:
            self._plans.pop(plan.take, None)
            if self._writer is None:  # it must hear of the end all the same
                self._ended[plan.take] = plan
        else:
            self._plans[plan.take] = plan
        self._send(plan)

    def _send(self, wish: Wish) -> None:
        if self._writer is None or self._writer.is_closing():
            return
        self._writer.write(encode(wish))
        if self._writer.transport.get_write_buffer_size() > MAX_BUFFER:
            log.error("recorder does not read", buffered=MAX_BUFFER)
            self._writer.transport.abort()
            self._writer = None

    async def _stay_connected(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(self._path), limit=MAX_LINE)
            except OSError:
                self._turn(_GONE)
                await asyncio.sleep(RETRY)
                continue
            try:
                await self._serve(reader, writer)
            finally:
                self._writer = None
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
            self._turn(_GONE)
            await asyncio.sleep(RETRY)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: everything we know out, then news in until it ends."""
        self._writer = writer
        for why in list(self.troubles):  # it tells anew what is wrong
            self._turn(Trouble(why, over=True))
        ended, self._ended = self._ended, {}
        for plan in (*self._plans.values(), *ended.values()):
            self._send(plan)
        with suppress(OSError, ValueError):  # ValueError: a line longer than MAX_LINE
            while line := await reader.readline():
                self._receive(line)

    def _receive(self, line: bytes) -> None:
        try:
            news: News = decode_news(line)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            log.warning("news of the recorder refused", error=repr(error)[:200])
            return
        if isinstance(news, Kept):
            self._kept.put_nowait(news)
        else:
            self._turn(news)

    async def _keep_books(self) -> None:
        while True:
            kept, pause = await self._kept.get(), RETRY
            while not await self._stored(kept):
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_RETRY)
            metrics.RECORDINGS.labels(kept.end).inc()
            metrics.RECORDING_SECONDS.inc(kept.seconds)
            metrics.RECORDING_MISSING.inc(kept.missing)
            self._send(Stored(kept.file))

    async def _stored(self, kept: Kept) -> bool:
        try:
            await self._store(kept)
        except Exception:  # whatever the database raises: the file is safe, its row comes later
            log.exception("recording not stored yet", file=kept.file)
            return False
        return True

    def _turn(self, trouble: Trouble) -> None:
        """Tells when something begins and when it is over."""
        if trouble.over == (trouble.why not in self.troubles):
            return
        if trouble.over:
            del self.troubles[trouble.why]
        else:
            self.troubles[trouble.why] = trouble.detail
        metrics.RECORDING_TROUBLE.labels(trouble.why).set(not trouble.over)
        log.log(20 if trouble.over else 40, "recording.trouble", why=trouble.why, over=trouble.over)
        self._on_trouble(self.troubles)
