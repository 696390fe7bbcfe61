"""The messages of each call as they went over the wire, kept in memory to be looked at afterwards.

Written on the way of every message, so it only keeps references: nothing is parsed here but the Call-ID.
Bounded in every direction; what makes room, and when, is said at each limit. Knows neither clock nor socket.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from bridge.sip.message import Address

MAX_FRESH: Final = 256
"""Flows nobody has claimed for a call: strangers' attempts, mostly. One more puts out the oldest."""
MAX_MESSAGES: Final = 400
"""Messages of one flow; later ones are only counted."""
MAX_BYTES: Final = 32 * 1024 * 1024
"""Of calls that are over, all together: some 2,500. Beyond it the oldest goes, but no call in progress."""

_CALL_ID: Final = re.compile(rb"\r\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]*)", re.I)
_USUAL: Final = b"\r\nCall-ID: "


class Seen(NamedTuple):
    """One message. at: seconds of the caller's clock; out: from us; peer: the far end."""

    at: float
    out: bool
    peer: Address
    data: bytes


class Flow:
    """The messages of one Call-ID. kept: them as bare tuples, which cost a tenth to make."""

    __slots__ = ("kept", "left_out", "size")

    def __init__(self) -> None:
        self.kept: list[tuple[float, bool, Address, bytes]] = []
        self.size = self.left_out = 0

    @property
    def messages(self) -> list[Seen]:
        """In order."""
        return [Seen(*each) for each in self.kept]


class Trace:
    """All flows. calls: how many calls are kept after their end."""

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self._flows: dict[bytes, Flow] = {}
        self._fresh: dict[bytes, None] = {}
        self._key_of: dict[str, bytes] = {}
        self._over: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._bytes = 0

    def note(self, at: float, peer: Address, data: bytes, *, out: bool) -> None:
        """A message went by. A flow begins with an INVITE; anything else of no known flow is nobody's."""
        start = data.find(_USUAL)
        if start >= 0:
            key = data[start + 11 : data.find(b"\r", start + 11)]
        else:
            found = _CALL_ID.search(data)
            key = found[1].rstrip() if found else b""
        flow = self._flows.get(key)
        if flow is None:
            if not data.startswith(b"INVITE "):
                return
            flow = self._begin(key)
        if len(flow.kept) < MAX_MESSAGES:
            flow.kept.append((at, out, peer, data))
            flow.size += len(data)
        else:
            flow.left_out += 1

    def name(self, leg: str, call_id: str) -> None:
        """The leg's messages are those of this Call-ID."""
        self._key_of[leg] = key = call_id.encode()
        if key not in self._flows:
            self._begin(key)
        if len(self._key_of) > 4 * (MAX_FRESH + len(self._flows)):  # legs whose flows are gone
            self._key_of = {leg: key for leg, key in self._key_of.items() if key in self._flows}

    def claim(self, leg: str) -> None:
        """The leg is of a call: its flow stays until that is `over`, and then some."""
        self._fresh.pop(self._key_of.get(leg, b""), None)

    def over(self, call: str, legs: tuple[str, ...]) -> list[str]:
        """The call of these legs has ended. The calls that are not kept any more, to be forgotten."""
        size = sum(flow.size for leg in legs if (flow := self.of(leg)) is not None)
        self._over[call] = size, legs
        self._bytes += size
        gone = []
        while len(self._over) > self._calls or (self._bytes > MAX_BYTES and self._over):
            oldest = next(iter(self._over))
            gone.append(oldest)
            self._drop(*self._over.pop(oldest))
        return gone

    def of(self, leg: str) -> Flow | None:
        """The leg's messages, as far as they are kept."""
        return self._flows.get(self._key_of.get(leg, b""))

    def _begin(self, key: bytes) -> Flow:
        flow = self._flows[key] = Flow()
        self._fresh[key] = None
        if len(self._fresh) > MAX_FRESH:
            oldest = next(iter(self._fresh))
            del self._fresh[oldest], self._flows[oldest]
        return flow

    def _drop(self, size: int, legs: tuple[str, ...]) -> None:
        self._bytes -= size
        for leg in legs:
            self._flows.pop(self._key_of.pop(leg, b""), None)
