"""The webrtc process's door to control: orders in, news out, one JSON line each, over a Unix socket.

One control at a time. When it goes, every leg goes with it: nobody is left who knows what they are for.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from bridge.media.browser import (
    MAX_LINE,
    Aim,
    Candidate,
    Close,
    Failed,
    Open,
    Order,
    Told,
    decode_order,
    encode,
)
from bridge.webrtc.leg import Leg

log = structlog.get_logger(__name__)

MAX_LEGS: Final = 500
"""Browsers at once: more than one process could carry."""
MAX_BUFFER: Final = 1024 * 1024
"""Octets of news control has not read; then it is not alive."""
LOOK: Final = 0.2
"""Seconds between two looks for browsers that have fallen silent."""


class Door:
    """path: of the socket; near: our address next to the media process."""

    def __init__(self, path: Path, near: str) -> None:
        self._path, self._near = path, near
        self._legs: dict[str, Leg] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._looking: asyncio.Task[None] | None = None
        self.malformed = 0

    async def start(self) -> None:
        """Listen; only our own user can connect."""
        self._path.unlink(missing_ok=True)
        umask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=MAX_LINE)
        finally:
            os.umask(umask)
        self._looking = asyncio.create_task(self._look(), name="webrtc look")

    async def stop(self) -> None:
        """End every leg and close the door. Twice is harmless."""
        if self._server is not None:
            self._server.close()
        if self._looking is not None:
            self._looking.cancel()
        if self._writer is not None:
            self._writer.transport.abort()
        await self._end_all()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        before, self._writer = self._writer, writer
        if before is not None:
            before.transport.abort()
            await self._end_all()
        try:
            with suppress(OSError, ValueError):  # ValueError: a line longer than MAX_LINE
                while line := await reader.readline():
                    self._take(line)
        finally:
            writer.close()
            if self._writer is writer:
                self._writer = None
                await self._end_all()

    def _take(self, line: bytes) -> None:
        try:
            order = decode_order(line)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self.malformed += 1
            log.warning("order refused", error=repr(error)[:200], refused=self.malformed)
            return
        self._do(order)

    def _do(self, order: Order) -> None:
        leg = self._legs.get(order.leg)
        match order:
            case Open():
                self._open(leg, order)
            case Close():
                if self._legs.pop(order.leg, None) is not None and leg is not None:
                    self._run(leg.close())
            case Aim(_, port) if leg is not None:
                leg.aim(port)
            case Candidate() if leg is not None:
                self._run(leg.candidate(order))

    def _open(self, leg: Leg | None, order: Open) -> None:
        if leg is None:
            try:
                _room(len(self._legs))
                leg = Leg(order.leg, self._near, self._tell, asyncio.get_running_loop().time)
            except OSError as error:
                log.warning("webrtc.no_port", leg=order.leg, error=str(error))
                self._tell(Failed(order.leg, order.turn, "no-port"))
                return
            self._legs[order.leg] = leg
        self._run(leg.open(order))

    def _run(self, work: Awaitable[object]) -> None:
        task = asyncio.ensure_future(_safely(work))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _tell(self, told: Told) -> None:
        writer = self._writer
        if writer is None or writer.is_closing():
            return
        writer.write(encode(told))
        if writer.transport.get_write_buffer_size() > MAX_BUFFER:
            log.error("control does not read", buffered=MAX_BUFFER)
            writer.transport.abort()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            for leg in self._legs.values():
                leg.look()

    async def _end_all(self) -> None:
        legs, self._legs = list(self._legs.values()), {}
        await asyncio.gather(*(leg.close() for leg in legs), return_exceptions=True)


def _room(legs: int) -> None:
    if legs >= MAX_LEGS:
        raise OSError("too many legs")


async def _safely(work: Awaitable[object]) -> None:
    """One leg's trouble is nobody else's."""
    try:
        await work
    except Exception as error:
        log.exception("webrtc.fault", error=type(error).__name__)
