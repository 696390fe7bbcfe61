"""Control's end of the webrtc process: orders out, news in (Unix socket, asyncio).

Strategy: nothing is kept for a process that is gone. A new one knows no leg; whoever owns the legs is told
(`on_gone`, `on_there`) and has the browsers offer anew. Nothing here ever waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from bridge.adapters.metrics import WEBRTC_CONNECTS, WEBRTC_TOLD
from bridge.media.browser import MAX_LINE, Order, Told, decode_told, encode

log = structlog.get_logger(__name__)

RETRY: Final = 0.1
"""Seconds between two attempts to connect: callers hear music meanwhile."""
MAX_BUFFER: Final = 1024 * 1024
"""Octets of orders the process has not read; then it is not alive."""


class WebrtcClient:
    """on_told: one piece of news; on_there: a process is there that knows no legs; on_gone: it is gone, with
    every leg it had."""

    def __init__(
        self,
        path: Path,
        *,
        on_told: Callable[[Told], None],
        on_there: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._path, self._on_told, self._on_there, self._on_gone = path, on_told, on_there, on_gone
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def there(self) -> bool:
        """Whether orders arrive."""
        return self._writer is not None

    async def start(self) -> None:
        """Begins to connect; calls need not wait for it."""
        self._task = asyncio.create_task(self._stay_connected(), name="webrtc client")

    async def stop(self) -> None:
        """Disconnects: every browser's voice ends. Twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def order(self, *orders: Order) -> bool:
        """To the process, never waits; False: it is not there."""
        writer = self._writer
        if writer is None or writer.is_closing():
            return False
        for order in orders:
            writer.write(encode(order))
        if writer.transport.get_write_buffer_size() > MAX_BUFFER:
            log.error("webrtc process does not read", buffered=MAX_BUFFER)
            writer.transport.abort()
        return True

    async def _stay_connected(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(self._path), limit=MAX_LINE)
            except OSError:
                await asyncio.sleep(RETRY)
                continue
            try:
                await self._serve(reader, writer)
            finally:
                self._writer = None
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
            log.warning("webrtc process disconnected")
            self._on_gone()
            await asyncio.sleep(RETRY)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        WEBRTC_CONNECTS.inc()
        self._writer = writer
        self._on_there()
        with suppress(OSError, ValueError):  # ValueError: a line longer than MAX_LINE
            while line := await reader.readline():
                self._receive(line)

    def _receive(self, line: bytes) -> None:
        try:
            told = decode_told(line)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            WEBRTC_TOLD.labels("malformed").inc()
            log.warning("news of the webrtc process refused", error=repr(error)[:200])
            return
        WEBRTC_TOLD.labels(type(told).__name__.lower()).inc()
        try:
            self._on_told(told)
        except Exception:  # one leg's trouble must not cut every browser off
            log.exception("webrtc news not handled", kind=type(told).__name__)
