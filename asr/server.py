"""The vosk-server WebSocket protocol on a port: a shell that carries between socket, session and worker.

Stock clients work unchanged. All rules are in `asr.session`; here are only sockets and limits. A GET of
/healthz answers with the counts as JSON, so a supervisor, a load balancer or `docker` can ask how it is.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final, Self

import structlog
from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from asr.errors import FullError
from asr.health import health
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
"""Messages read before the one being decoded is answered; then the socket is left alone and TCP slows the
sender."""
BACKLOG: Final = 512
"""All of a farm's bridges reconnect at once after a restart; the default of 100 would refuse some."""
CLOSE_SECONDS: Final = 2.0
"""For the closing handshake: a client that is gone must not hold up the end of the process."""
TRY_LATER: Final = 1013
BROKEN: Final = 1011
"""WebSocket close codes (IANA registry): no place left, and our own fault."""

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
        try:
            await self._talk(socket, stream)
        except ConnectionClosed:
            pass  # the client left; nobody is waiting for an answer
        except Exception:
            log.exception("asr stream failed", client=str(socket.id))
            await socket.close(BROKEN, "recogniser failed")
        finally:
            stream.close()

    async def _talk(self, socket: ServerConnection, stream: Stream) -> None:
        session = Session(self._worker.engine.name)
        async for message in socket:
            session = await self._step(session, message, socket, stream)

    async def _step(
        self, session: Session, message: Message, socket: ServerConnection, stream: Stream
    ) -> Session:
        session, actions = step(session, message)
        for action in actions:
            answer = await self._do(action, socket, stream)
            if answer is not None:
                session = await self._step(session, answer, socket, stream)
        return session

    async def _do(self, action: Action, socket: ServerConnection, stream: Stream) -> Message | None:
        """Carries out one action; what the recogniser answers goes back into the session."""
        match action:
            case Open(options):
                await stream.begin(options)
            case Decode(pcm):
                return Recognised(await stream.accept(pcm))
            case Finish():
                return Finished(await stream.finish())
            case Send(text):
                await socket.send(text)
            case Hangup(code, reason):
                if reason:
                    log.warning("asr client refused", client=str(socket.id), reason=reason)
                await socket.close(code, reason)
        return None
