"""Bytes of a stream -> SIP messages and keep-alives (RFC 3261 §18.3, RFC 5626 §3.5.1).

A message ends where its Content-Length says. One that has none, or a size nobody may ask us to hold, is
handed out as far as it can be read and marked: nothing after it can be told apart, so the connection ends
with it. Knows nothing of sockets or of what a message means; how the bytes were cut on their way changes
nothing.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from bridge.sip.parser import MAX_MESSAGE

MAX_HEAD: Final = 32 * 1024
"""Bytes of start line and headers that may wait for their empty line; a call through twenty proxies has some
8 KiB."""
PING: Final = b"\r\n\r\n"
PONG: Final = b"\r\n"

_LENGTH: Final = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(?:\r\n[ \t]+)?([0-9]{1,10})[ \t]*(?=\r\n)", re.I
)


class Message(NamedTuple):
    """One message. last: the stream cannot be read any further."""

    data: bytes
    last: bool = False


class Ping(NamedTuple):
    """A double CRLF: to be answered with `PONG`."""


class Pong(NamedTuple):
    """A single CRLF after `pinged`."""


Frame = Message | Ping | Pong


class Framer:
    """One stream. At most MAX_HEAD and MAX_MESSAGE bytes wait in it."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._seen = 0
        self._needed = 0
        self._pinged = False
        self._over = False

    @property
    def begun(self) -> bool:
        """Whether a part of a message waits for the rest."""
        return len(self._buffer) > len(PONG)

    def pinged(self) -> None:
        """We sent a `PING`: the next single CRLF is its answer."""
        self._pinged = True

    def feed(self, data: bytes) -> list[Frame]:
        """What these bytes complete, in order. After a last message, nothing any more."""
        self._buffer += data
        frames: list[Frame] = []
        while not self._over and (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        if self._needed == 0:
            keepalive = self._line_ends()
            if keepalive is not None:
                return keepalive
            end = self._buffer.find(b"\r\n\r\n", self._seen)
            if end < 0:
                self._seen = max(0, len(self._buffer) - 3)
                return self._end(len(self._buffer)) if len(self._buffer) > MAX_HEAD else None
            lengths = _LENGTH.findall(self._buffer, 0, end + 2)
            size = end + 4 + int(lengths[0]) if len(set(lengths)) == 1 else 0
            if not 0 < size <= MAX_MESSAGE or end > MAX_HEAD:
                return self._end(end + 4)
            self._needed = size
        return self._take() if len(self._buffer) >= self._needed else None

    def _line_ends(self) -> Ping | Pong | None:
        """Line ends before a message (RFC 3261 §7.5), which may be keep-alives. One alone waits: it may be
        half a ping."""
        buffer = self._buffer
        while buffer.startswith(PONG):
            if self._pinged:
                self._pinged = False
                del buffer[:2]
                return Pong()
            if buffer.startswith(PING):
                del buffer[:4]
                return Ping()
            if len(buffer) < 3 or (len(buffer) == 3 and buffer.endswith(b"\r")):
                return None
            del buffer[:2]
        return None

    def _take(self) -> Message:
        data = bytes(self._buffer[: self._needed])
        del self._buffer[: self._needed]
        self._seen = self._needed = 0
        return Message(data)

    def _end(self, size: int) -> Message:
        self._over = True
        data = bytes(self._buffer[:size])
        self._buffer.clear()
        return Message(data, last=True)
