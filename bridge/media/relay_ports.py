"""The pool of bound port pairs (RTP even, RTCP the next), so that a new leg never waits for a bind.

Strategy: `spare` pairs are bound ahead of need; plans take them by number; closed numbers come back last,
because the range is walked round and round, so that a late packet of an old call does not fall into a new
one. It must not scan a whole busy range in one go: voice is waiting.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import NamedTuple

RTP_BUFFER = 32 * 1024
"""SO_RCVBUF of a leg (the kernel doubles it): about 80 packets, 1.5 s. Older voice is not worth sending on.
"""
RTCP_BUFFER = 4 * 1024
EXPEDITED = 0xB8
"""DSCP EF (RFC 3246): voice goes first in every network that knows it."""
ATTEMPTS = 64
"""Ports tried in one refill: bounds the time voice waits when the range is full of strangers."""


class Pair(NamedTuple):
    """The two bound sockets of a leg."""

    rtp: socket.socket
    rtcp: socket.socket

    def close(self) -> None:
        """Gives the ports back to the system."""
        self.rtp.close()
        self.rtcp.close()


def _bind(address: str, port: int, buffer: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, EXPEDITED)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def _bind_pair(address: str, port: int) -> Pair:
    rtp = _bind(address, port, RTP_BUFFER)
    try:
        return Pair(rtp, _bind(address, port + 1, RTCP_BUFFER))
    except OSError:
        rtp.close()
        raise


class PortPool:
    """Bound pairs not used yet. `first` and `last` are RTP ports, both even; `spare` is how many to keep."""

    def __init__(self, address: str, ports: tuple[int, int], spare: int) -> None:
        self._address = address
        self.first, self.last = ports[0] + ports[0] % 2, (ports[1] - 1) & ~1
        self._wanted = min(spare, (self.last - self.first) // 2 + 1)
        self._spare: dict[int, Pair] = {}
        self._used: set[int] = set()
        self._next = self.first

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port on offer."""
        return tuple(self._spare)

    def take(self, port: int) -> Pair:
        """The pair of that port, bound now if it was not on offer. Raises OSError when somebody has it."""
        pair = self._spare.pop(port, None) or _bind_pair(self._address, port)
        self._used.add(port)
        return pair

    def release(self, port: int) -> None:
        """The leg on that port closed its sockets."""
        self._used.discard(port)

    def refill(self, attempts: int = ATTEMPTS) -> tuple[int, ...]:
        """Binds until `spare` pairs are on offer or `attempts` were made; the new ones."""
        new = []
        while len(self._spare) < self._wanted and attempts > 0:
            attempts -= 1
            port = self._advance()
            if port in self._used or port in self._spare:
                continue
            with suppress(OSError):  # somebody else's: the next one then
                self._spare[port] = _bind_pair(self._address, port)
                new.append(port)
        return tuple(new)

    def fill(self) -> None:
        """The first filling, which may walk the whole range."""
        self.refill((self.last - self.first) // 2 + 1)

    def _advance(self) -> int:
        port = self._next
        self._next = self.first if port >= self.last else port + 2
        return port

    def close(self) -> None:
        """Gives all ports on offer back to the system."""
        for pair in self._spare.values():
            pair.close()
        self._spare.clear()
