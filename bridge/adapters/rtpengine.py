"""A running rtpengine, asked over its NG port: every question has an answer within a third of a second, or
None. Nobody waits.

It minds whether rtpengine lives: a ping a second, and what a question tells. While it does not, questions are
answered None at once; when several pings in a row stay unanswered, whoever relies on it is told (`lost`).
Knows nothing of calls. `media.ng` speaks the protocol.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import structlog

from bridge.adapters import metrics
from bridge.errors import BridgeError, MalformedNg
from bridge.media.ng import Command, Ping, Reply, read, write

log = structlog.get_logger(__name__)

WAITS: Final = (0.05, 0.1, 0.15)
"""Seconds after each time a question is sent; then it is given up: 0.3 s, which no caller notices."""
PING_SECONDS: Final = 1.0
LOST_AFTER: Final = 3
"""Pings in a row without an answer, and it is dead: a busy one may well miss one."""
MAX_OPEN: Final = 4096
"""Questions that wait for their answer; one more is answered None."""

Then = Callable[[Reply | None], None]


@dataclass(slots=True)
class _Open:
    datagram: bytes
    then: Then
    tries: int = 0
    timer: asyncio.TimerHandle | None = None


class Rtpengine(asyncio.DatagramProtocol):
    """One rtpengine at this numeric address and UDP port."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._open: dict[str, _Open] = {}
        # A daemon remembers cookies for some time, also those of the process that was here before us.
        self._mark, self._count = secrets.token_hex(6), itertools.count(1)
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()
        self._missed = 0
        self.up = False
        """Whether it is worth asking."""
        self.lost: Callable[[], None] = lambda: None
        """Told when it is dead."""
        self.beat: Callable[[], None] = lambda: None
        """Told every second that it lives."""

    async def start(self) -> None:
        """Look whether it is there; a daemon that is not is no reason not to start."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, remote_addr=self._address)
        await self._ping()
        if not self.up:
            log.warning("rtpengine.down", at=f"{self._address[0]}:{self._address[1]}")
        self._task = asyncio.create_task(self._mind(), name="rtpengine")

    async def stop(self) -> None:
        """Ask no more; what is open is answered None. Harmless when repeated."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._give_up_all()
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
            await self._closed.wait()

    def ask(self, command: Command, then: Then | None = None) -> None:
        """Ask, and call `then` once with the answer, or None when there is none in time."""
        self._ask(command, then or (lambda _reply: None), anyway=False)

    def _ask(self, command: Command, then: Then, *, anyway: bool) -> None:
        if self._transport is None or len(self._open) >= MAX_OPEN or not (self.up or anyway):
            asyncio.get_running_loop().call_soon(then, None)
            return
        cookie = f"{self._mark}{next(self._count)}"
        self._open[cookie] = _Open(write(cookie, command), then)
        self._send(cookie)

    def _send(self, cookie: str) -> None:
        asked = self._open.get(cookie)
        if asked is None or self._transport is None:
            return
        if asked.tries == len(WAITS):
            self._settle(cookie, None)
            self._is_up(False)
            return
        self._transport.sendto(asked.datagram)
        loop = asyncio.get_running_loop()
        asked.timer = loop.call_later(WAITS[asked.tries], self._send, cookie)
        asked.tries += 1

    def _settle(self, cookie: str, reply: Reply | None) -> None:
        asked = self._open.pop(cookie, None)
        if asked is None:  # the answer to a repeated question
            return
        if asked.timer is not None:
            asked.timer.cancel()
        try:
            asked.then(reply)
        except BridgeError:  # one call's trouble is no other's
            log.exception("rtpengine answer not handled")

    def _give_up_all(self) -> None:
        for cookie in tuple(self._open):
            self._settle(cookie, None)

    # --- whether it lives ---------------------------------------------------------------------------------

    async def _mind(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            await self._ping()

    async def _ping(self) -> None:
        done = asyncio.Event()

        def answered(reply: Reply | None) -> None:
            done.set()
            self._pinged(reply)

        self._ask(Ping(), answered, anyway=True)
        await done.wait()

    def _pinged(self, reply: Reply | None) -> None:
        self._is_up(reply is not None)
        self._missed = 0 if reply is not None else self._missed + 1
        if reply is not None:
            self.beat()
        elif self._missed == LOST_AFTER:
            self.lost()

    def _is_up(self, up: bool) -> None:
        if up is self.up:
            return
        self.up = up
        metrics.RTPENGINE_UP.set(up)
        at = f"{self._address[0]}:{self._address[1]}"
        if up:
            log.info("rtpengine.up", at=at)
        else:
            log.warning("rtpengine.down", at=at, instead="own relay")

    # --- the socket ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # uvloop's is of no such class

    def datagram_received(self, data: bytes, _source: object) -> None:
        """An answer; the socket is connected, so nobody else's come."""
        try:
            reply = read(data)
        except MalformedNg:
            metrics.RTPENGINE_MALFORMED.inc()
            return
        self._settle(reply.cookie, reply)

    def connection_lost(self, _error: Exception | None) -> None:
        """The socket is gone: by our own `stop`."""
        self._closed.set()

    def error_received(self, _error: Exception) -> None:
        """Nobody listens there (ICMP): no need to wait for what is open."""
        self._give_up_all()
        self._is_up(False)
