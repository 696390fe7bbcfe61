"""One TCP or TLS connection that carries SIP (RFC 3261 §18): bytes framed, pings answered, time watched.

Knows its socket, its framer and how long it may keep us waiting. What the messages are, and which connection
is whose, is for `sip_streams`.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol, cast

from bridge.adapters.sip_tls import TlsPipe, TlsRefused
from bridge.sip.framing import PING, PONG, Framer, Message, Ping, Pong
from bridge.sip.message import Address

FIRST_SECONDS: Final = 10.0
"""From the connection to its first whole message, TLS included; as long again for each message begun.
A phone needs a tenth of it; who sends a byte a second (slowloris) is out after this."""
PING_SECONDS: Final = 60.0
"""Silence after which we ping where we opened the connection: NATs and firewalls forget TCP after minutes."""
PONG_SECONDS: Final = 10.0
"""RFC 5626 §4.4.1: a pong that takes longer means the connection is dead. Only for peers that ever sent one.
"""
MAX_UNSENT: Final = 1024 * 1024
"""Bytes the peer has not taken from us: some 800 messages. One that reads no more is let go of."""
MAX_WAITING: Final = 64
"""Messages that wait for a connection to stand. One more is not sent, and its transaction times out."""


class House(Protocol):
    """Who owns connections."""

    def message(self, data: bytes, connection: Connection) -> None:
        """A whole message came."""

    def ended(self, connection: Connection, why: str, detail: str) -> None:
        """The connection is no more."""


class Connection(asyncio.Protocol):
    """address: the far end, by which it is known. opened: by us."""

    def __init__(
        self, house: House, address: Address, tls: TlsPipe | None, now: float, *, opened: bool
    ) -> None:
        self.address, self.opened = address, opened
        self._house, self._tls, self._framer = house, tls, Framer()
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self._why, self._detail = "closed", ""
        self._deadline, self._silent_since, self._ponged = now + FIRST_SECONDS, now, False
        self.stood = False

    @property
    def names(self) -> frozenset[str]:
        """What the peer's certificate proves."""
        return self._tls.names if self._tls is not None else frozenset()

    # --- the loop's calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there; TLS may still have to say its words."""
        self._transport = cast(asyncio.Transport, transport)
        if self._tls is None:
            self._stand()
        elif self.opened:
            self._tls.begin()
            self._flush()

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer."""
        now = asyncio.get_running_loop().time()
        self._silent_since = now
        if self._tls is not None:
            plain = self._decrypt(self._tls, data)
            if plain is None:
                return
            data = plain
        if data:
            self._take(data, now)
        if self._tls is not None and self._tls.over:
            self.close("closed")

    def connection_lost(self, _exc: Exception | None) -> None:
        """The socket is gone."""
        self._transport = None
        self._house.ended(self, self._why, self._detail)

    # --- the house's calls ---

    def send(self, data: bytes) -> bool:
        """Write one message, at once or when the connection stands. False: it cannot be."""
        if not self.stood:
            if len(self._waiting) < MAX_WAITING:
                self._waiting.append(data)
                return True
            return False
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        self._write(data)
        if transport.get_write_buffer_size() > MAX_UNSENT:
            self.drop("deaf", "it takes nothing from us")
        return True

    def close(self, why: str, detail: str = "") -> None:
        """Send what is to be sent, then end."""
        if self._transport is None or self._transport.is_closing():
            return
        self._why, self._detail = why, detail
        if self._tls is not None and self._tls.ready:
            self._tls.close()
        self._flush()
        self._transport.close()

    def drop(self, why: str, detail: str = "") -> None:
        """End at once."""
        if self._transport is not None:
            self._why, self._detail = why, detail
            self._transport.abort()

    def look(self, now: float, idle: float) -> None:
        """Time has passed: end what takes too long, ping what is silent. idle: seconds of silence allowed."""
        if now >= self._deadline:
            self.drop("slow", "no whole message in time")
        elif self._pinging and now - self._silent_since > PING_SECONDS + PONG_SECONDS and self._ponged:
            self.drop("unanswered-ping", "no pong")
        elif now - self._silent_since > idle:
            self.close("idle")
        elif self.opened and not self._pinging and now - self._silent_since > PING_SECONDS:
            self._pinging = True
            self._framer.pinged()
            self._write(PING)

    _pinging = False

    # --- within ---

    def _decrypt(self, tls: TlsPipe, data: bytes) -> bytes | None:
        try:
            plain = tls.received(data)
        except TlsRefused as refusal:
            self._flush()  # the alert that tells the peer why
            self.close(refusal.why, str(refusal))
            return None
        if tls.ready and not self.stood:
            self._stand()
        self._flush()
        return plain

    def _stand(self) -> None:
        """Ready for messages: those that waited go first."""
        self.stood = True
        if self.opened:
            self._deadline = float("inf")  # it is for the peer to speak, and not its duty
        waiting, self._waiting = self._waiting, []
        for data in waiting:
            self._write(data)

    def _take(self, data: bytes, now: float) -> None:
        for frame in self._framer.feed(data):
            if isinstance(frame, Ping):
                self._write(PONG)
            elif isinstance(frame, Pong):
                self._pinging, self._ponged = False, True
            else:
                self._deadline = float("inf")
                self._message(frame)
            if self._transport is None or self._transport.is_closing():
                return
        if not self._framer.begun:
            self._pinging = False
        elif self._deadline == float("inf"):
            self._deadline = now + FIRST_SECONDS

    def _message(self, frame: Message) -> None:
        self._house.message(frame.data, self)
        if frame.last:
            self.close("unreadable", "no end of message to be found")

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._tls is None:
            self._transport.write(data)
            return
        self._tls.write(data)
        self._flush()

    def _flush(self) -> None:
        if self._tls is None or self._transport is None:
            return
        data = self._tls.outgoing()
        if data and not self._transport.is_closing():
            self._transport.write(data)
