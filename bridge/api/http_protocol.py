"""HTTP/1.1 from the wire: uvicorn's protocol over httptools (llhttp), with a bound to what precedes a body.

Over h11 a request costs ten times as much of the loop that the calls share. llhttp itself counts nothing: a
stranger who sends header after header would fill the memory.
"""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 16 * 1024
"""Octets of a request's first line and headers, unless they come in one piece (at most 256 KB, what the loop
reads at once)."""


class BoundedHttp(HttpToolsProtocol):
    """Answers 400 and hangs up on a head that does not end."""

    _head: int | None = None
    """Octets of a head that has begun and not ended."""

    def on_message_begin(self) -> None:
        """The first octet of a request."""
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The last octet before its body."""
        self._head = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Whatever has come."""
        super().data_received(data)
        if self._head is None or self.transport.is_closing():
            return
        self._head += len(data)
        if self._head > MAX_HEAD:
            self.send_400_response("Request head too long.")
