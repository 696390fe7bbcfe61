"""A small stranger that speaks the stock vosk-server's protocol, written from the protocol: one answer for
each message of voice, no /healthz, a config that is not answered, `{"eof" : 1}` ends it.

What it "hears" is the hand-written engine's alphabet (`tests.asr.fake_engine`).
"""

from __future__ import annotations

import json

from websockets.asyncio.server import ServerConnection, serve

from asr.options import Options
from tests.asr.fake_engine import FakeEngine, FakeRecogniser


class StockServer:
    """`async with StockServer() as server:`; streams: how many were begun."""

    def __init__(self) -> None:
        self.streams, self.messages = 0, 0

    async def __aenter__(self) -> StockServer:
        self._server = await serve(self._talk, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.die()
        await self._server.wait_closed()

    def die(self) -> None:
        """As a killed process: no goodbye."""
        self._server.close()
        for connection in self._server.connections:
            connection.transport.abort()

    async def _talk(self, socket: ServerConnection) -> None:
        self.streams += 1
        recogniser, options = None, Options()
        async for message in socket:
            if isinstance(message, str) and "config" in message:
                options = Options(sample_rate=int(json.loads(message)["config"]["sample_rate"]))
                continue
            recogniser = recogniser or FakeRecogniser(FakeEngine(), options, 0)
            self.messages += 1
            if isinstance(message, bytes):
                await socket.send(recogniser.accept(message) or recogniser.partial())
            else:
                await socket.send(recogniser.finish())
                return
