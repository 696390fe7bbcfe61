"""SIP messages as values: a request, a response, their headers, and the bytes they become (RFC 3261 §7).

Knows how a message is held and written. Reading bytes is `parser`'s work, what a header means `grammar`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from bridge.errors import MalformedSip
from bridge.frozen import quick

COMPACT: Final = {
    "i": "call-id", "m": "contact", "e": "content-encoding", "l": "content-length", "c": "content-type",
    "f": "from", "s": "subject", "k": "supported", "t": "to", "v": "via", "r": "refer-to", "b": "referred-by",
    "o": "event", "u": "allow-events", "x": "session-expires", "d": "request-disposition",
    "a": "accept-contact", "j": "reject-contact", "y": "identity",
}  # fmt: skip
"""Compact header names (RFC 3261 §7.3.3 and the IANA registry) -> the long name, lower case."""


class Address(NamedTuple):
    """Where a message came from or goes to: a numeric host, a port, the transport's name in lower case.

    flow: the far end of a connection that was opened to us (RFC 5626 calls it a flow): it can be written to
    as long as it stands, and not be called anew."""

    host: str
    port: int
    transport: str = "udp"
    flow: bool = False


class Headers:
    """An ordered list of (name, value): looked up by long name in any case, written as given."""

    __slots__ = ("_index", "_items")

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items = list(items)
        self._index: dict[str, list[str]] | None = None

    @classmethod
    def indexed(cls, items: list[tuple[str, str]], index: dict[str, list[str]]) -> Headers:
        """Of lines whose reader has made the index too (long lower-case name -> values): both are kept, not
        copied."""
        made = cls.__new__(cls)
        made._items, made._index = items, index
        return made

    def first(self, name: str) -> str | None:
        """The first value of the header, or None."""
        index = self._index or self._lookup()
        values = index.get(name)
        if values is None and not name.islower():  # most ask in lower case, and for what is not there
            values = index.get(name.lower())
        return values[0] if values else None

    def only(self, name: str) -> str | None:
        """The value of a header that is there once; None for none, and for more than one. name: in lower
        case."""
        values = (self._index or self._lookup()).get(name)
        return values[0] if values is not None and len(values) == 1 else None

    def all(self, name: str) -> list[str]:
        """Every value of the header in order, one element a header line (not split at commas)."""
        index = self._index or self._lookup()
        values = index.get(name)
        if values is None and not name.islower():
            values = index.get(name.lower())
        return values[:] if values else []

    def add(self, name: str, value: str) -> None:
        """Append one header line."""
        self._items.append((name, value))
        self._index = None

    def without(self, *names: str) -> Headers:
        """A copy lacking these headers."""
        gone = {name.lower() for name in names}
        return Headers(item for item in self._items if long_name(item[0]) not in gone)

    def _lookup(self) -> dict[str, list[str]]:
        if self._index is None:
            index: dict[str, list[str]] = {}
            for name, value in self._items:
                index.setdefault(long_name(name), []).append(value)
            self._index = index
        return self._index

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._items == other._items

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Headers({self._items!r})"


@lru_cache(1024)
def long_name(name: str) -> str:
    """The long form of a header's name, in lower case."""
    lower = name.lower()
    return COMPACT.get(lower, lower)


@quick
@dataclass(frozen=True, slots=True)
class Request:
    """A request; `uri` is the Request-URI as written, `body` the bytes Content-Length counts."""

    method: str
    uri: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    def encode(self) -> bytes:
        """The bytes on the wire; Content-Length is written from the body, whatever the headers say.

        Raises MalformedSip if a value would break out of its line.
        """
        return _encode(f"{self.method} {self.uri} SIP/2.0\r\n", self.headers, self.body)


@quick
@dataclass(frozen=True, slots=True)
class Response:
    """A response; `status` 100..699."""

    status: int
    reason: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    def encode(self) -> bytes:
        """The bytes on the wire; Content-Length is written from the body, whatever the headers say.

        Raises MalformedSip if a value would break out of its line.
        """
        return _encode(f"SIP/2.0 {self.status} {self.reason}\r\n", self.headers, self.body)


Message = Request | Response


def _encode(start: str, headers: Headers, body: bytes) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in headers if long_name(name) != "content-length"]
    head = f"{start}{''.join(lines)}Content-Length: {len(body)}\r\n\r\n"
    breaks = len(lines) + 3
    if head.count("\r") != breaks or head.count("\n") != breaks:
        raise MalformedSip("a line break in a value to be written", "line-end")
    return head.encode() + body
