"""One UDP socket for SIP, read in batches, with the ICMP errors the kernel keeps for it (RFC 3261 §18).

Carries bytes and knows nothing of SIP. Datagrams are read straight from the socket: asyncio's own datagram
transport reads one a turn, and tells of an ICMP error but not whom it is about.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import select
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import structlog

from bridge.adapters import metrics
from bridge.sip.message import Address

RECEIVE_BUFFER: Final = 8 * 1024 * 1024
"""Bytes (SO_RCVBUF). With the default of 208 KiB packets were dropped at 500 calls/s; 8 MiB rides out a pause
of a second."""
BATCH: Final = 64
"""Datagrams read in one turn of the loop, so that a flood leaves room for the other things the loop
carries."""
AHEAD: Final = 1024
"""Datagrams looked at in one turn when more wait than it serves: what belongs to calls in progress is found
among them and goes first."""
MAX_LATER: Final = 2048
"""New calls put off meanwhile, a second's work. One more is dropped and counted: its sender repeats it."""
MAX_DATAGRAM: Final = 65_535
IP_RECVERR: Final = 11
IPV6_RECVERR: Final = 25
"""From linux/in.h and linux/in6.h; Python's socket module has no names for them."""
SO_RCVBUFFORCE: Final = 33
"""From asm-generic/socket.h: beyond net.core.rmem_max, for root."""
UNREACHABLE: Final = frozenset({errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EPROTO})

log = structlog.get_logger(__name__)

OnDatagram = Callable[[bytes, Address], None]
OnUnreachable = Callable[[Address], None]


class SipUdp:
    """on_datagram(data, source) hears every datagram; on_unreachable(to) that nobody listens where we sent
    to. Both are called from the loop and must not raise."""

    def __init__(self, bind: Address, on_datagram: OnDatagram, on_unreachable: OnUnreachable) -> None:
        self._bind, self._on_datagram, self._on_unreachable = bind, on_datagram, on_unreachable
        self._socket: socket.socket | None = None
        self._watch: select.epoll | None = None
        self._later: deque[tuple[bytes, Address]] = deque()
        self._catching_up = False
        self.behind = 0
        """Turns in a row that left datagrams for the next one; 0 as soon as nothing waits: after a pause of
        the machine a few such turns make up for it."""

    async def start(self) -> Address:
        """Bind and listen; the address bound (with the real port, where 0 was asked for). Raises OSError."""
        bound = _bound_socket(self._bind)
        self._socket = bound
        # The loop watches an epoll that watches the socket: an ICMP error raises EPOLLERR, at which libuv
        # (and so uvloop) stops watching a descriptor for good, and the bridge would be deaf after one dead
        # target.
        self._watch = select.epoll()
        self._watch.register(bound, select.EPOLLIN)
        asyncio.get_running_loop().add_reader(self._watch, self._readable)
        host, port = bound.getsockname()[:2]
        return Address(host, port)

    async def stop(self) -> None:
        """Close the socket. Harmless when repeated."""
        bound, self._socket = self._socket, None
        watch, self._watch = self._watch, None
        if bound is not None and watch is not None:
            asyncio.get_running_loop().remove_reader(watch)
            watch.close()
            bound.close()

    def send(self, data: bytes, to: Address) -> None:
        """Send one datagram. What can't be sent is counted, and left to SIP's retransmissions."""
        bound = self._socket
        if bound is None:
            return
        for _attempt in range(2):
            try:
                bound.sendto(data, (to.host, to.port))
            except (BlockingIOError, InterruptedError):
                metrics.SIP_UNSENT.labels("full").inc()
                return
            except OSError as error:
                # A pending ICMP error of an earlier datagram is told here; it says nothing about this one.
                if not self._read_errors(bound):
                    self._unsent(error, to)
                    return
            else:
                return

    def _unsent(self, error: OSError, to: Address) -> None:
        name = errno.errorcode.get(error.errno or 0, "unknown")
        metrics.SIP_UNSENT.labels(name).inc()
        log.warning("sip.unsent", error=name)
        if error.errno in UNREACHABLE:
            asyncio.get_running_loop().call_soon(self._on_unreachable, to)

    def _readable(self) -> None:
        if self._later:  # who came first is served first
            self._look_ahead()
            return
        for count in range(BATCH):
            bound = self._socket
            if bound is None:  # stopped by what a datagram led to
                return
            try:
                data, source = bound.recvfrom(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                self.behind = 0
                if not count:  # woken by no datagram: by an error; one that comes later wakes us again
                    self._read_errors(bound)
                return
            except OSError:
                self._read_errors(bound)
                continue
            self._on_datagram(data, Address(source[0], source[1]))
        self._look_ahead()

    def _look_ahead(self) -> None:
        """More waits than a turn serves: new calls are put off, everything else is not."""
        empty = False
        for _ in range(AHEAD):
            bound = self._socket
            if bound is None:
                return
            try:
                data, source = bound.recvfrom(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                empty = True
                break
            except OSError:
                self._read_errors(bound)
                continue
            address = Address(source[0], source[1])
            if not data.startswith(b"INVITE "):
                self._on_datagram(data, address)
            elif len(self._later) < MAX_LATER:
                self._later.append((data, address))
            else:
                metrics.SIP_REFUSED.labels("overload").inc()
        self.behind = 0 if empty and not self._later else self.behind + 1
        if self._later and not self._catching_up:
            self._catching_up = True
            asyncio.get_running_loop().call_soon(self._catch_up)

    def _catch_up(self) -> None:
        """New calls that were put off, as many as one turn serves."""
        for _ in range(min(BATCH, len(self._later))):
            if self._socket is not None and self._later:
                self._on_datagram(*self._later.popleft())
        self._catching_up = bool(self._later) and self._socket is not None
        self.behind = self.behind + 1 if self._later else 0
        if self._catching_up:
            asyncio.get_running_loop().call_soon(self._catch_up)

    def _read_errors(self, bound: socket.socket) -> int:
        """Empty the error queue (ip(7), IP_RECVERR); how many there were. Each names the address we sent
        to."""
        count = 0
        while True:
            try:
                _data, extra, _flags, to = bound.recvmsg(0, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return count
            count += 1
            if to and _errno(extra) in UNREACHABLE:
                # Later: we may be in the middle of a send the user agent asked for.
                asyncio.get_running_loop().call_soon(self._on_unreachable, Address(to[0], to[1]))


def _bound_socket(bind: Address) -> socket.socket:
    six = ipaddress.ip_address(bind.host).version == 6
    bound = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        _widen(bound)
        if six:
            bound.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            bound.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        bound.bind((bind.host, bind.port))
    except OSError:
        bound.close()
        raise
    return bound


def _widen(bound: socket.socket) -> None:
    try:
        bound.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    got = bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)  # the kernel doubles what it grants
    if got < RECEIVE_BUFFER:
        log.warning(
            "sip.small_receive_buffer", bytes=got, remedy=f"sysctl net.core.rmem_max={RECEIVE_BUFFER}"
        )


def _errno(extra: list[tuple[int, int, Any]]) -> int:
    """ee_errno, the first word of sock_extended_err."""
    for _level, kind, data in extra:
        if kind in {IP_RECVERR, IPV6_RECVERR} and len(data) >= 4:
            return int(struct.unpack_from("=I", data)[0])
    return 0
