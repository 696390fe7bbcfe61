"""rtpengine's NG protocol, bytes <-> values: a cookie, a space, and one bencoded dictionary in a datagram.

Pure. Knows the five commands a call passed on needs, and of the answers what we act on. A cookie names one
question: the daemon answers a repeated one with the same words and does nothing twice, so asking again is
harmless. What cannot be read is MalformedNg, whatever the octets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.errors import MalformedNg

MAX_DATAGRAM: Final = 65_507
"""Octets: the most a UDP datagram holds (IPv4)."""
MAX_DEPTH: Final = 12
"""Dictionaries and lists within each other: the answer to `query` needs eight."""
MAX_COOKIE: Final = 64
MAX_DIGITS: Final = 20
"""Of a number: 64 bits and a sign."""

Value = int | bytes | Sequence["Value"] | Mapping[bytes, "Value"]
"""What bencode can say."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Whether it lives."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The offer of the leg `sender`, to be passed on; the answer has it with rtpengine's address instead."""

    call: str
    sender: str
    sdp: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the leg `answerer` answers to it."""

    call: str
    sender: str
    answerer: str
    sdp: bytes


@dataclass(frozen=True, slots=True)
class Delete:
    """The call is over, or needs rtpengine no more."""

    call: str
    sender: str


@dataclass(frozen=True, slots=True)
class Query:
    """What it knows of a call."""

    call: str


Command = Ping | Offer | Answer | Delete | Query


@dataclass(frozen=True, slots=True)
class Reply:
    """What it said. result: "ok", "pong", "error" …; sdp: the description to go on with, b"" for none."""

    cookie: str
    result: str
    sdp: bytes = b""
    reason: str = ""

    @property
    def well(self) -> bool:
        """Whether it did what it was asked."""
        return self.result in {"ok", "pong"}


_PLAIN: Final[dict[bytes, Value]] = {
    b"ICE": b"remove",
    b"transport-protocol": b"RTP/AVP",
    b"replace": [b"session-connection"],
}
"""Telephones by plain RTP, whatever else they could do; no address of one shall reach the other."""
_CODECS: Final[dict[bytes, Value]] = {
    b"codec": {b"strip": [b"all"], b"except": [b"PCMA", b"PCMU", b"telephone-event"]}
}
"""Only what our own relay understands too: the voice must be able to come home at any moment."""


def write(cookie: str, command: Command) -> bytes:
    """A question, ready to be sent."""
    return cookie.encode() + b" " + encode(_words(command))


def read(datagram: bytes) -> Reply:
    """An answer. Raises MalformedNg."""
    cookie, space, body = datagram[:MAX_DATAGRAM].partition(b" ")
    if not space or not cookie or len(cookie) > MAX_COOKIE or not cookie.isascii():
        raise MalformedNg("an answer without a cookie")
    said = decode(body)
    if not isinstance(said, Mapping) or not isinstance(said.get(b"result"), bytes):
        raise MalformedNg("an answer without a result")
    sdp = said.get(b"sdp", b"")
    return Reply(
        cookie.decode(), _text(said[b"result"]), sdp if isinstance(sdp, bytes) else b"",
        _text(said.get(b"error-reason", b"")),
    )  # fmt: skip


def _words(command: Command) -> dict[bytes, Value]:
    match command:
        case Ping():
            return {b"command": b"ping"}
        case Offer(call, sender, sdp):
            return {b"command": b"offer", **_names(call, sender), b"sdp": sdp, **_PLAIN, **_CODECS}
        case Answer(call, sender, answerer, sdp):
            to = {b"to-tag": answerer.encode()}
            return {b"command": b"answer", **_names(call, sender), **to, b"sdp": sdp, **_PLAIN}
        case Delete(call, sender):
            # At once: it would keep the call for half a minute otherwise, in case it was a branch's.
            return {b"command": b"delete", **_names(call, sender), b"delete-delay": 0}
        case Query(call):
            return {b"command": b"query", b"call-id": call.encode()}


def _names(call: str, sender: str) -> dict[bytes, Value]:
    return {b"call-id": call.encode(), b"from-tag": sender.encode()}


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


# --- bencode ------------------------------------------------------------------------------------------------


def encode(value: Value) -> bytes:
    """As octets; keys of dictionaries in order, as bencode has it."""
    if isinstance(value, bytes):
        return b"%d:%b" % (len(value), value)
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, Mapping):
        return b"d" + b"".join(encode(key) + encode(value[key]) for key in sorted(value)) + b"e"
    return b"l" + b"".join(map(encode, value)) + b"e"


def decode(data: bytes) -> Value:
    """The one value these octets are. Raises MalformedNg: cut off, too deep, or followed by more."""
    value, end = _value(data, 0, MAX_DEPTH)
    if end != len(data):
        raise MalformedNg("octets after the end")
    return value


def _value(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    if depth == 0:
        raise MalformedNg("too deep")
    match data[at : at + 1]:
        case b"i":
            return _number(data, at + 1, b"e")
        case b"l":
            items, end = _items(data, at + 1, depth)
            return items, end
        case b"d":
            return _dictionary(data, at + 1, depth)
        case _:
            return _string(data, at)


def _number(data: bytes, at: int, ends: bytes) -> tuple[int, int]:
    end = data.find(ends, at, at + MAX_DIGITS + 1)
    digits = data[at:end] if end >= 0 else b""
    if not digits.removeprefix(b"-").isdigit():
        raise MalformedNg("no number")
    return int(digits), end + 1


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    length, begins = _number(data, at, b":")
    if length < 0 or begins + length > len(data):
        raise MalformedNg("a string cut off")
    return data[begins : begins + length], begins + length


def _items(data: bytes, at: int, depth: int) -> tuple[list[Value], int]:
    items = []
    while data[at : at + 1] != b"e":
        item, at = _value(data, at, depth - 1)
        items.append(item)
    return items, at + 1


def _dictionary(data: bytes, at: int, depth: int) -> tuple[dict[bytes, Value], int]:
    words: dict[bytes, Value] = {}
    while data[at : at + 1] != b"e":
        key, at = _string(data, at)
        words[key], at = _value(data, at, depth - 1)
    return words, at + 1
