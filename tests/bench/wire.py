"""One thread that is every peer's wire: UDP sockets with the kernel's receive timestamps, and voice every
20 ms.

A datagram's time is the moment it reached the socket (SO_TIMESTAMPNS), a sent one's the moment before it
was handed to the kernel; both are CLOCK_REALTIME nanoseconds. So what this process does late does not count
against the bridge, except that late voice is late voice: `latest` tells how late it was.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable

Address = tuple[str, int]
OnDatagram = Callable[[bytes, Address, int], None]
"""data, source, CLOCK_REALTIME nanoseconds of arrival."""

FRAME = 0.02
_SO_TIMESTAMPNS = 35  # Linux; not in the socket module before 3.14
_TIMESPEC = struct.Struct("@qq")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_BATCH = 64


class Missing(RuntimeError):
    """What had to happen did not."""


class Wire:
    """All sockets. Nothing happens but inside `until` and `run`."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._hear: dict[int, tuple[socket.socket, OnDatagram]] = {}
        self._due: dict[Callable[[], None], float] = {}
        self.latest = 0.0
        """Seconds by which the latest frame of voice missed its time."""

    def close(self) -> None:
        """Close every socket."""
        for sock, _ in self._hear.values():
            sock.close()
        self._epoll.close()

    def open(self, bind: Address, on_datagram: OnDatagram) -> socket.socket:
        """A socket; every datagram is told."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.setblocking(False)
        sock.bind(bind)
        self._hear[sock.fileno()] = sock, on_datagram
        self._epoll.register(sock.fileno(), select.EPOLLIN)
        return sock

    def every_frame(self, send: Callable[[], None]) -> None:
        """Call now and every 20 ms."""
        self._due[send] = time.monotonic()

    def no_more(self, send: Callable[[], None]) -> None:
        """Stop calling."""
        self._due.pop(send, None)

    def run(self, seconds: float) -> None:
        """Go on for so long."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            self._turn(end - now)

    def until(self, done: Callable[[], object], what: str, seconds: float = 5.0) -> None:
        """Go on until `done`. Raises Missing, with what it was that did not happen in time."""
        end = time.monotonic() + seconds
        while not done():
            left = end - time.monotonic()
            if left <= 0:
                raise Missing(f"no {what} within {seconds:g} s")
            self._turn(left)

    def _turn(self, at_most: float) -> None:
        now = time.monotonic()
        for send, due in list(self._due.items()):
            if due <= now:
                self.latest = max(self.latest, now - due)
                send()
                self._due[send] = due + FRAME
        soonest = min(self._due.values(), default=now + at_most)
        for fd, _ in self._epoll.poll(max(0.0, min(at_most, soonest - time.monotonic())), _BATCH):
            self._read(*self._hear[fd])

    def _read(self, sock: socket.socket, on_datagram: OnDatagram) -> None:
        for _ in range(_BATCH):
            try:
                data, ancillary, _, source = sock.recvmsg(65536, _ANCILLARY)
            except BlockingIOError:
                return
            except OSError:  # the ICMP answer to something sent before: the next datagram may be good
                continue
            seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2][: _TIMESPEC.size])
            on_datagram(data, source, seconds * 10**9 + nanoseconds)
