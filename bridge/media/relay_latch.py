"""Whose packets a leg takes and where its own go: symmetric latching over one UDP socket.

Strategy: the SDP names an address, but behind NAT the packets come from another. While unlatched, a packet
from exactly the SDP's address latches at once; the first other sender is a candidate, is heard and
answered, and latches after `PROOF` packets in which the SDP's address did not speak. Latched means
connected: from then on the kernel drops strangers, and one `recv_into` replaces `recvfrom`. A new SDP
remote unlatches; the former sender is still heard, so that nobody falls silent, but needs `FORMER_PROOF`
packets to latch again.
"""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Callable
from contextlib import suppress

Address = tuple[str, int]
Send = Callable[[memoryview | bytes], int]

PROOF = 4
"""Packets a sender unknown to the SDP must send before it is believed for good: 80 ms."""
FORMER_PROOF = 50
"""The same for the sender from before a new SDP: packets in flight must not latch it again. 1 s."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_UNSPECIFIED = bytes(16)
"""A sockaddr of family AF_UNSPEC: connecting to it disconnects a UDP socket (connect(2)); Python has no
call for it."""


class Latch:
    """The address side of one leg. `send` is None while there is nobody to send to."""

    __slots__ = (
        "_candidate",
        "_former",
        "_former_run",
        "_remote",
        "_rival",
        "_rival_run",
        "_run",
        "_sock",
        "latched",
        "send",
        "settled",
    )

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._remote: Address | None = None
        self._candidate: Address | None = None
        self._former: Address | None = None
        self._rival: Address | None = None
        self._run = self._rival_run = self._former_run = 0
        self.latched: Address | None = None
        self.settled = False
        """Connected, and every packet queued before the connect has been read."""
        self.send: Send | None = None

    def drain(self) -> None:
        """Throws away what strangers sent to the port before a leg had it."""
        with suppress(OSError):
            for _ in range(4096):
                self._sock.recv(1)

    def aim(self, remote: Address | None) -> None:
        """The SDP says this. The same address again changes nothing."""
        if remote == self._remote:
            return
        known, self._remote = self._remote, remote
        if self.latched is not None and not self._still_right(known):
            self._unlatch()
        if self.latched is None:
            self._candidate = self._rival = None
            self._former_run = 0
            self.send = self._sender(remote)

    def _still_right(self, known: Address | None) -> bool:
        """Latched before any SDP was known, to the host the SDP now names (another port of it: NAT), or
        exact."""
        if self._remote is None or self.latched is None:
            return False
        return self.latched == self._remote or (known is None and self.latched[0] == self._remote[0])

    def admit(self, source: Address) -> bool:
        """Whether a usable packet from `source` counts; may latch."""
        if self.latched is not None:
            return source == self.latched
        if source == self._remote:
            self._connect(source)
            return True
        if source == self._former:
            self._former_run += 1
            return self._believe(source, self._former_run >= FORMER_PROOF)
        if source != self._candidate and self._candidate is not None:
            return self._contend(source)
        if self._candidate is None:
            self._propose(source)
        self._run, self._rival = self._run + 1, None
        return self._believe(source, self._run >= PROOF)

    def _propose(self, source: Address) -> None:
        self._candidate, self._rival, self._run = source, None, 0
        self.send = self._sender(source)

    def _contend(self, source: Address) -> bool:
        """A second stranger: refused, unless the candidate is silent while `PROOF` of its packets come. One
        stray packet must not deafen a leg."""
        self._rival_run = self._rival_run + 1 if source == self._rival else 1
        self._rival = source
        if self._rival_run < PROOF:
            return False
        self._propose(source)
        return True

    def _believe(self, source: Address, proven: bool) -> bool:
        if proven:
            self._connect(source)
        return True

    def _connect(self, source: Address) -> None:
        try:
            self._sock.connect(source)
        except OSError:  # an address we cannot send to either (port 0, no route)
            return
        self.latched, self._former, self.settled = source, None, False
        self.send = self._sock.send

    def _unlatch(self) -> None:
        if _LIBC.connect(self._sock.fileno(), _UNSPECIFIED, len(_UNSPECIFIED)) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self._former, self.latched, self.settled = self.latched, None, False

    def _sender(self, address: Address | None) -> Send | None:
        if address is None:
            return None
        sock = self._sock
        return lambda view: sock.sendto(view, address)
