"""Clients of the server for its tests: one as it should be, and the window an operator has."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import urllib.request
from typing import Any

from websockets.asyncio.client import connect

from asr.server import AsrServer

LIMIT = 15.0
"""Seconds any answer may take at the very most, on a machine with much else to do."""


async def stock_client(
    url: str, pcm: bytes, rate: int, chunk: float = 0.2, **config: object
) -> list[dict[str, object]]:
    """What alphacep's test.py does: config, then 0.2 s and an answer awaited for each, then eof and the
    last."""
    answers = []
    async with connect(url, proxy=None) as asr:
        await asr.send(json.dumps({"config": {"sample_rate": rate, **config}}))
        size = 2 * int(rate * chunk)
        for at in range(0, len(pcm), size):
            await asr.send(pcm[at : at + size])
            answers.append(json.loads(await asyncio.wait_for(asr.recv(), LIMIT)))
        await asr.send('{"eof" : 1}')
        answers.append(json.loads(await asyncio.wait_for(asr.recv(), LIMIT)))
    return answers


def finals(answers: list[dict[str, object]]) -> list[str]:
    return [str(answer["text"]) for answer in answers if answer.get("text")]


async def health(server: AsrServer) -> dict[str, Any]:
    """What /healthz tells, as an operator asks for it."""
    told: dict[str, Any] = json.loads(await asyncio.to_thread(_get, server))
    return told


async def told(server: AsrServer, **figures: int) -> None:
    """Waits until /healthz tells these figures; fails with what it told last."""
    last: dict[str, Any] = {}
    try:
        async with asyncio.timeout(LIMIT):
            while last != figures:
                await asyncio.sleep(0.01)
                now = await health(server)
                last = {name: now[name] for name in figures}
    except TimeoutError:
        assert last == figures  # says both


def _get(server: AsrServer) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(server.url.replace("ws:", "http:") + "/healthz", timeout=LIMIT) as answer:
        return bytes(answer.read())


class Raw:
    """A client that does what no library would: the handshake, then any bytes, then silence or a reset."""

    def __init__(self, server: AsrServer) -> None:
        self._port = int(server.url.rpartition(":")[2])

    async def __aenter__(self) -> Raw:
        self.reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        await self.send(
            b"GET / HTTP/1.1\r\nHost: asr\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), LIMIT)
        assert b" 101 " in head
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reset()

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def reset(self) -> None:
        """As a machine that was switched off and on again: RST, no goodbye."""
        channel = self._writer.get_extra_info("socket")
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


def frame(payload: bytes, opcode: int = 2, *, length: int | None = None) -> bytes:
    """A client's frame (RFC 6455 5.2), masked with noughts; `length`: what it says of itself."""
    size = len(payload) if length is None else length
    return struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size) + bytes(4) + payload
