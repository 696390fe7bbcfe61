"""Callers who talk to a vosk-server in real time, many at once, and note when each of their words comes back.

A process of its own, so that what it costs is not the server's; its WebSocket is the least one there is
(RFC 6455, masked with zeros), so that it stays on time where a library would not. Every message carries
`chunk` seconds of voice and is sent when its last sample has been said. The orders come as JSON on stdin, the
figures go as JSON to stdout:

final_lag       from a message that ended an utterance to the answer with its final, s
final           from the end of an utterance's last word to its final, s
interim         from the end of a word to the first interim result (or final) that shows it, s
characters      heard per second of voice
late            the talkers' own latest message, s
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import struct
import sys
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvloop

RATE: Final = 8000
DRAIN: Final = 5.0
"""Seconds after the last word for which answers are waited for; later ones count as that late."""
OPEN: Final = 10.0
CONFIG: Final = json.dumps({"config": {"sample_rate": RATE, "words": 1}}).encode()
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@dataclass
class Orders:
    """What to do: `streams` talkers for `seconds`, from the s16le samples in `pcm`, to `port`."""

    port: int
    streams: int
    seconds: float
    chunk: float
    pcm: str


@dataclass
class Figures:
    """What was noted, of all talkers."""

    final_lag: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)
    interim: list[float] = field(default_factory=list)
    characters: int = 0
    answers: int = 0
    unanswered: int = 0
    late: float = 0.0


def frame(kind: int, payload: bytes) -> bytes:
    """A client's WebSocket frame; masking with zeros leaves the payload as it is."""
    size = len(payload)
    length = struct.pack("!B", 0x80 | size) if size < 126 else struct.pack("!BH", 0x80 | 126, size)
    return bytes([0x80 | kind]) + length + bytes(4) + payload


class Talker(asyncio.Protocol):
    """One caller: connects, talks on `talk`, and notes what comes back."""

    def __init__(self, figures: Figures) -> None:
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._figures = figures
        self._buffer = bytearray()
        self._due: deque[float] = deque()
        self._answered = asyncio.Event()
        self._answered.set()
        self._shown: list[tuple[float, list[str]]] = []
        self.began = 0.0

    # --- socket -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport  # uvloop's is no asyncio.Transport
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.open.done():
            head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head.split(b"\r\n", 1)[0], head
            self._buffer = bytearray(rest)
            self._transport.write(frame(TEXT, CONFIG))
            self.open.set_result(None)
        while (taken := _unframe(self._buffer)) is not None:
            self._on_frame(*taken)

    def _on_frame(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self._on_answer(asyncio.get_running_loop().time(), payload)
        elif kind == PING:
            self._transport.write(frame(PONG, payload))

    def connection_lost(self, reason: Exception | None) -> None:
        if not self.open.done():
            self.open.set_exception(ConnectionError("refused"))

    # --- voice ------------------------------------------------------------------------------------------

    async def talk(self, frames: list[bytes], chunk: float, first: int, messages: int) -> None:
        """Sends so many messages, each at its time."""
        loop = asyncio.get_running_loop()
        self.began = loop.time()
        for number in range(messages):
            due = self.began + (number + 1) * chunk
            await asyncio.sleep(due - loop.time())
            self._figures.late = max(self._figures.late, loop.time() - due)
            self._due.append(due)
            self._answered.clear()
            self._transport.write(frames[(first + number) % len(frames)])

    async def end(self, until: float) -> None:
        """Waits for the answers still due, then hangs up."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._answered.wait()
        self._figures.unanswered += len(self._due)
        self._figures.final_lag += [loop.time() - due for due in self._due]
        self._transport.abort()

    # --- what comes back --------------------------------------------------------------------------------

    def _on_answer(self, now: float, payload: bytes) -> None:
        due = self._due.popleft()
        if not self._due:
            self._answered.set()
        self._figures.answers += 1
        body = json.loads(payload)
        if "partial" in body:
            if body["partial"]:
                self._shown.append((now, body["partial"].split()))
        elif body.get("result"):
            self._figures.final_lag.append(now - due)
            self._on_final(now, body["result"])
        elif body.get("text"):  # a kept partial, without times
            self._figures.final_lag.append(now - due)

    def _on_final(self, now: float, words: list[dict[str, Any]]) -> None:
        """Each word was first seen in the earliest partial that begins with all words up to it."""
        self._figures.final.append(now - self.began - words[-1]["end"])
        self._figures.characters += sum(len(word["word"]) for word in words)
        said = [word["word"] for word in words]
        seen = iter([*self._shown, (now, said)])
        at, shown = next(seen)
        for count, word in enumerate(words, 1):
            while shown[:count] != said[:count]:
                at, shown = next(seen)
            self._figures.interim.append(at - self.began - word["end"])
        self._shown.clear()


def _unframe(buffer: bytearray) -> tuple[int, bytes] | None:
    """Takes a server's frame off the buffer, or None while it is not whole."""
    if len(buffer) < 2:
        return None
    size, at = buffer[1] & 0x7F, 2
    if size == 126:
        size, at = int.from_bytes(buffer[2:4], "big"), 4
    elif size == 127:
        size, at = int.from_bytes(buffer[2:10], "big"), 10
    if len(buffer) < at + size:
        return None
    kind, payload = buffer[0] & 0x0F, bytes(buffer[at : at + size])
    del buffer[: at + size]
    return kind, payload


async def talk(orders: Orders, pcm: bytes) -> Figures:
    """All talkers, spread over one sentence or so in time and over the whole clip in what they say."""
    loop, figures = asyncio.get_running_loop(), Figures()
    size = 2 * round(RATE * orders.chunk)
    frames = [frame(BINARY, pcm[at : at + size]) for at in range(0, len(pcm) - size + 1, size)]
    talkers = []
    for _ in range(orders.streams):
        _, talker = await loop.create_connection(lambda: Talker(figures), "127.0.0.1", orders.port)
        await asyncio.wait_for(talker.open, OPEN)
        talkers.append(talker)
    messages = round(orders.seconds / orders.chunk)
    async with asyncio.TaskGroup() as group:
        for number, talker in enumerate(talkers):
            first = number * len(frames) // len(talkers)
            loop.call_later(
                number * 0.997 / len(talkers),
                _begin,
                group,
                talker.talk(frames, orders.chunk, first, messages),
            )
        await asyncio.sleep(1.1)
    until = loop.time() + DRAIN
    await asyncio.gather(*(talker.end(until) for talker in talkers))
    return figures


def _begin(group: asyncio.TaskGroup, talk: Any) -> None:
    group.create_task(talk)


if __name__ == "__main__":
    told = Orders(**json.loads(sys.stdin.read()))
    print(json.dumps(vars(uvloop.run(talk(told, Path(told.pcm).read_bytes())))))
