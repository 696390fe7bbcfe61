"""A leg's plain side: one pair of UDP ports next to the media process, RTP on the even one (RFC 3550 §11).

It is the leg's for as long as the leg lives, whatever becomes of its browser: the media process never has to
learn a new address because a page was loaded anew.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

TRIES: Final = 64
"""Pairs looked for; the system gives ports at random, half of them odd."""
AT_ONCE: Final = 16
"""Packets read at one go: other legs get their turn."""
LONGEST: Final = 1500

Taker = Callable[[bytes], None]


class Plug:
    """near: our address there. on_packet, on_report: RTP and RTCP of the media process. Raises OSError when
    no pair of ports is to be had."""

    def __init__(self, near: str, on_packet: Taker, on_report: Taker) -> None:
        self._near, self._loop = near, asyncio.get_running_loop()
        self._rtp, self._rtcp = _pair(near)
        self.port = int(self._rtp.getsockname()[1])
        self._aimed = False
        for sock, take in ((self._rtp, on_packet), (self._rtcp, on_report)):
            sock.setblocking(False)
            self._loop.add_reader(sock.fileno(), _reader(sock, take))

    def aim(self, port: int) -> None:
        """The media process's RTP port; from then on the kernel drops everybody else's packets."""
        self._rtp.connect((self._near, port))
        self._rtcp.connect((self._near, port + 1))
        self._aimed = True

    def send(self, packet: bytes) -> None:
        """RTP to the media process; lost before it is known where that is, or when it is gone."""
        if self._aimed:
            with suppress(OSError):
                self._rtp.send(packet)

    def report(self, compound: bytes) -> None:
        """RTCP to the media process."""
        if self._aimed and compound:
            with suppress(OSError):
                self._rtcp.send(compound)

    def close(self) -> None:
        """Give the ports back; twice is harmless."""
        for sock in (self._rtp, self._rtcp):
            if sock.fileno() >= 0:
                self._loop.remove_reader(sock.fileno())
                sock.close()


def _reader(sock: socket.socket, take: Taker) -> Callable[[], None]:
    def read() -> None:
        for _ in range(AT_ONCE):
            try:
                data = sock.recv(LONGEST)
            except OSError:  # nothing more, or the port we send to is closed
                return
            take(data)

    return read


def _pair(near: str) -> tuple[socket.socket, socket.socket]:
    for _ in range(TRIES):
        first = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        second = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            first.bind((near, 0))
            port = first.getsockname()[1]
            if port % 2 == 0:
                second.bind((near, port + 1))
                return first, second
        except OSError:
            pass
        first.close()
        second.close()
    raise OSError(f"no pair of UDP ports free at {near}")
