"""One conversation with one of the recognisers: a connection, its messages and answers, in the protocol of
the stock vosk-server.

Which server it is with is the farm's choice; here every end of it is told to the farm's books and counted.
Live voice (`asr_client`) and what is heard again from a recording (`asr_again`) both talk through this.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from asr.errors import ProtocolError
from asr.words import EOF_MESSAGE, Speech, config_message, parse_speech
from bridge.adapters import metrics
from bridge.adapters.asr_farm import Farm, Server
from bridge.clock import Clock

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 5.0
"""A server that takes longer for 0.4 s of voice is stuck or hopelessly late: another connection may reach a
better."""
ELSEWHERE_SECONDS: Final = 2.0
"""The same where another server is at hand: nothing is lost by going there."""
TRY_LATER: Final = 1013
"""WebSocket close code (IANA registry): no place left."""
LARGEST_ANSWER: Final = 2**20
"""Bytes; a 20 s utterance with word times is some 10 kB."""

TROUBLE: Final = (OSError, TimeoutError, WebSocketException, ProtocolError)
"""How a server can fail us. Anything else is our own mistake."""

log = structlog.get_logger(__name__)


class Line:
    """A connection that is up."""

    def __init__(self, server: Server, socket: ClientConnection, farm: Farm, clock: Clock, rate: int) -> None:
        self.server = server
        self._socket, self._farm, self._clock, self._rate = socket, farm, clock, rate

    async def say(self, pcm: bytes) -> Speech:
        """Voice at the line's rate, and the answer to it. Raises one of TROUBLE."""
        return await self._exchange(pcm, len(pcm) / 2 / self._rate * 10)

    async def end(self) -> Speech:
        """No more voice: the last final. Raises one of TROUBLE."""
        return await self._exchange(EOF_MESSAGE, 1.0)

    async def _exchange(self, message: str | bytes, tenths: float) -> Speech:
        began = self._clock.monotonic()
        other = self._farm.elsewhere(began, self.server)
        async with asyncio.timeout(min(ELSEWHERE_SECONDS, ANSWER_SECONDS) if other else ANSWER_SECONDS):
            await self._socket.send(message)
            answer = await self._socket.recv()
        if isinstance(answer, bytes):
            raise ProtocolError("the recogniser sent a binary message")
        speech = parse_speech(answer)
        seconds = self._clock.monotonic() - began
        metrics.ASR_ANSWER.observe(seconds)
        if self._farm.answered(self.server, seconds, tenths):
            _tell(self.server, up=True)
        return speech


class Lines:
    """Makes connections. rate: Hz of the voice that is sent; trust: whose certificates are believed, for
    wss:// (None: the system's)."""

    def __init__(self, farm: Farm, rate: int, clock: Clock, trust: ssl.SSLContext | None = None) -> None:
        self.farm, self.rate = farm, rate
        self._clock, self._trust = clock, trust

    def choose(self, avoid: Server | None = None) -> Server:
        """The server that has least to do, other than `avoid` if there is one."""
        return self.farm.choose(self._clock.monotonic(), avoid)

    @asynccontextmanager
    async def line(self, server: Server, phrases: Sequence[str] = ()) -> AsyncIterator[Line]:
        """A conversation with it; phrases: all that can be said in it, () for everything. Raises one of
        TROUBLE, when it is made or later; the farm's books know of it then."""
        tries, reached = self.farm.came(server), False
        try:
            async with self._connection(server.url) as socket:
                reached = True
                await socket.send(config_message(self.rate, phrases=phrases))
                yield Line(server, socket, self.farm, self._clock, self.rate)
        except TROUBLE as error:
            self._failed(server, error, reached=reached)
            raise
        finally:
            self.farm.left(server, tried=tries)

    def _connection(self, url: str) -> connect:
        return connect(
            url,
            proxy=None,
            compression=None,
            open_timeout=CONNECT_SECONDS,
            close_timeout=1.0,
            max_size=LARGEST_ANSWER,
            ssl=(self._trust or True) if url.startswith("wss:") else None,
        )

    def _failed(self, server: Server, error: Exception, *, reached: bool) -> None:
        now = self._clock.monotonic()
        if isinstance(error, ConnectionClosed) and error.rcvd is not None and error.rcvd.code == TRY_LATER:
            metrics.ASR_TROUBLE.labels("full").inc()
            self.farm.refused(server, now)
            return
        metrics.ASR_TROUBLE.labels(type(error).__name__).inc()
        if self.farm.failed(server, now, reached=reached):
            _tell(server, up=False)


def _tell(server: Server, *, up: bool) -> None:
    """For the administrator: once for each change, not for each leg."""
    metrics.ASR_SERVER_UP.labels(server.url).set(up)
    log.log(20 if up else 30, "asr server", url=server.url, change="shut -> up" if up else "up -> shut")
