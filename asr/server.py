"""The vosk-server WebSocket protocol on a port: a shell that carries between socket, session and worker.

Stock clients work unchanged. All rules are in `asr.session`; here are only sockets and limits. A GET of
/healthz answers with the counts as JSON, so a supervisor, a load balancer or `docker` can ask how it is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http import HTTPStatus
from itertools import groupby
from typing import Final, Self

import structlog
from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from asr.errors import FullError
from asr.health import health
from asr.inbox import Inbox, Waiting
from asr.session import (
    Action,
    Decode,
    Finish,
    Finished,
    Hangup,
    Message,
    Open,
    Recognised,
    Send,
    Session,
    step,
)
from asr.worker import Stream, Worker

LARGEST_MESSAGE: Final = 2**20
"""Bytes of one message, as in the stock server: 65 s at 8 kHz, far above the 0.2 s that clients send."""
READ_AHEAD: Final = 4
"""Messages the library reads ahead of the stream's own inbox; when both are full the socket is left alone and
TCP slows the sender."""
BACKLOG: Final = 512
"""All of a farm's bridges reconnect at once after a restart; the default of 100 would refuse some."""
PING_SECONDS: Final = 20.0
PONG_SECONDS: Final = 20.0
"""How often a client is asked whether it is there, and how long its answer may take: nothing else tells of
one whose machine or line went without a word."""
CLOSE_SECONDS: Final = 2.0
"""For the closing handshake: a client that is gone must not hold up the end of the process."""
TRY_LATER: Final = 1013
BROKEN: Final = 1011
GOING_AWAY: Final = 1001
"""WebSocket close codes (IANA registry): no place left, our own fault, we are stopping."""
BAD: Final = frozenset({1002, 1007, 1009})
"""With which the library refuses: no WebSocket, text that is no UTF-8, a message above LARGEST_MESSAGE."""

log = structlog.get_logger(__name__)


class AsrServer:
    """Listens on `host`:`port` (0 picks a free one) and serves the worker's model until stopped."""

    def __init__(self, worker: Worker, host: str, port: int) -> None:
        self._worker = worker
        self._host, self._port = host, port
        self._server: WebSocketServer | None = None

    async def start(self) -> Self:
        """Opens the port. Raises OSError when it is taken."""
        self._server = await serve(
            self._serve,
            self._host,
            self._port,
            compression=None,  # G.711 speech does not shrink, and deflate costs more than decoding
            process_request=self._health,
            max_size=LARGEST_MESSAGE,
            max_queue=READ_AHEAD,
            ping_interval=None,  # `_watch` is ours: the library's takes one whom we hold back for dead
            close_timeout=CLOSE_SECONDS,
            backlog=BACKLOG,
        )
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    @property
    def url(self) -> str:
        """Where clients connect: ws://host:port."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"ws://{host}:{self._port}"

    async def stop(self) -> None:
        """Closes every connection with 1001 (clients reconnect), then the worker; harmless twice."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        await self._worker.stop()

    def _health(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path != "/healthz":
            return None
        return connection.respond(HTTPStatus.OK, json.dumps(health(self._worker)) + "\n")

    async def _serve(self, socket: ServerConnection) -> None:
        """One client, from its first message to its end."""
        try:
            stream = self._worker.stream()
        except FullError as full:
            await socket.close(TRY_LATER, str(full))
            return
        inbox = Inbox()
        reading = asyncio.create_task(inbox.fill(socket))
        # Who is gone gives his place back at once, whatever is still being decoded for him.
        reading.add_done_callback(lambda _: stream.close())
        watching = asyncio.create_task(_watch(socket, inbox))
        try:
            session = await self._talk(socket, stream, inbox)
            self._count_end(socket, answered=session.phase == "closed")
        except ConnectionClosed:
            self._count_end(socket, answered=False)
        except Exception:
            self._worker.counts.failed_total += 1
            log.exception("asr stream failed", client=str(socket.id))
            await socket.close(BROKEN, "recogniser failed")
        finally:
            stream.close()
            for task in (reading, watching):
                task.cancel()
            await asyncio.gather(reading, watching, return_exceptions=True)

    def _count_end(self, socket: ServerConnection, *, answered: bool) -> None:
        """Whose fault it is that a stream has ended, by who closed first and with what; a broken recogniser
        and a message that is refused are counted where they are met."""
        closing = socket.protocol
        ours = closing.close_sent.code if closing.close_sent and not closing.close_rcvd_then_sent else None
        if ours in BAD:
            self._worker.counts.bad_total += 1
        elif not answered and ours != GOING_AWAY:
            self._worker.counts.vanished_total += 1

    async def _talk(self, socket: ServerConnection, stream: Stream, inbox: Inbox) -> Session:
        session = Session(self._worker.engine.name)
        while session.phase != "closed" and (waiting := await inbox.take()):
            for since, message in _runs(waiting):
                session = await self._step(session, message, since, socket, stream)
        return session

    async def _step(
        self, session: Session, message: Message, since: float, socket: ServerConnection, stream: Stream
    ) -> Session:
        session, actions = step(session, message)
        for action in actions:
            answer = await self._do(action, since, socket, stream)
            if answer is not None:
                session = await self._step(session, answer, since, socket, stream)
        return session

    async def _do(
        self, action: Action, since: float, socket: ServerConnection, stream: Stream
    ) -> Message | None:
        """Carries out one action; what the recogniser answers goes back into the session."""
        match action:
            case Open(options):
                stream.begin(options)
            case Decode(pcm):
                return Recognised(await stream.accept(pcm, since))
            case Finish():
                return Finished(await stream.finish())
            case Send(text):
                await socket.send(text)
            case Hangup(code, reason):
                if reason:
                    self._worker.counts.bad_total += 1
                    log.warning("asr client refused", client=str(socket.id), reason=reason)
                await socket.close(code, reason)
        return None


async def _watch(socket: ServerConnection, inbox: Inbox) -> None:
    """Cuts a connection at whose other end nobody answers any more: no pong and no message. One that is held
    back has its pong behind its voice, in a socket that we ourselves leave unread."""
    while True:
        await asyncio.sleep(PING_SECONDS)
        before, pong = inbox.taken, asyncio.ensure_future(await socket.ping())
        await asyncio.wait({pong}, timeout=PONG_SECONDS)
        if not pong.done() and not inbox.full and inbox.taken == before:
            socket.transport.abort()


def _runs(waiting: list[Waiting]) -> Iterator[tuple[float, str | tuple[bytes, ...]]]:
    """Audio that came together is heard together: a stream that is behind costs less than one that is not."""
    for audio, group in groupby(waiting, lambda each: isinstance(each.message, bytes)):
        messages = list(group)
        if audio:
            yield messages[0].at, tuple(each.message for each in messages if isinstance(each.message, bytes))
        else:
            yield from ((each.at, each.message) for each in messages if isinstance(each.message, str))
