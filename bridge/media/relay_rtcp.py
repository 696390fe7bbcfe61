"""RTCP of every leg: reports out at their time, the far end's in (RFC 3550 §6).

Strategy: one heap of due times, looked at every 100 ms, so that the reports of hundreds of legs never come
at once before a packet of voice. A report comes every 5 to 7.5 s, by chance (§6.2: 5 s at least, and two
ends must not fall into step). What comes from another host than the leg's voice, is malformed, or under SRTP
does not authenticate, is counted as refused and believed in nothing.
"""

from __future__ import annotations

import heapq
import random
import secrets
import time
from collections.abc import Callable
from contextlib import suppress

from bridge.errors import MalformedRtcp
from bridge.media import rtcp
from bridge.media.g711 import RATE
from bridge.media.plan import MediaEvent
from bridge.media.relay_leg import Leg
from bridge.media.rtp import HEADER_SIZE

INTERVAL = 5.0
"""Seconds between two reports at least (RFC 3550 §6.2)."""
SPREAD = 0.5
"""Of the interval, added by chance."""
READS = 4
"""Datagrams read from one leg's control port in one turn: a flood of them is the kernel's to drop."""


class Reports:
    """The legs whose reports are due in turn. `tell` gets a `Quality` with every report."""

    def __init__(self, tell: Callable[[MediaEvent], None]) -> None:
        self._tell = tell
        self._due: list[tuple[float, int, Leg]] = []
        self._serial = 0
        # RFC 7022 §4.2: a name without meaning, as long-lived as this process.
        self._cname = secrets.token_urlsafe(12).encode()

    def add(self, leg: Leg, now: float) -> None:
        """A leg opens: its first report comes after half the time (§6.2)."""
        self._plan(leg, now + self._interval() / 2)

    def remove(self, leg: Leg, now: float) -> None:
        """A leg closes: a last report with BYE (§6.6). Its place in the heap lapses by itself."""
        self._send(leg, now, bye=True)

    def turn(self, now: float) -> None:
        """Sends the reports that are due."""
        while self._due and self._due[0][0] <= now:
            leg = heapq.heappop(self._due)[2]
            if leg.closed:
                continue
            self._send(leg, now)
            if leg.packets_in or leg.stream.packets:
                self._tell(leg.quality())
            self._plan(leg, now + self._interval())

    def receive(self, leg: Leg, now: float) -> None:
        """Reads what waits at a leg's control port."""
        for _ in range(READS):
            try:
                datagram, source = leg.pair.rtcp.recvfrom(2048)
            except OSError:  # nothing there, or the ICMP answer to a report of ours
                return
            self._take(leg, datagram, source, now)

    def _take(self, leg: Leg, datagram: bytes, source: tuple[str, int], now: float) -> None:
        if source[0] != leg.host:
            leg.refused += 1
            return
        try:
            plain = leg.cipher.open_rtcp(datagram) if leg.cipher is not None else datagram
            compound = rtcp.parse(plain or b"")
        except MalformedRtcp:
            leg.refused += 1
            return
        first, leg.rtcp.source = leg.rtcp.source is None, source
        leg.rtcp.take(compound, leg.stream.ssrc, rtcp.ntp(time.time()), now)
        if first and leg.packets_in:  # it does report: pages need not wait for our own next one
            self._tell(leg.quality())

    def _send(self, leg: Leg, now: float, *, bye: bool = False) -> None:
        to = leg.rtcp.source or leg.rtcp_address
        if to is None:
            return
        block = None
        if leg.packets_in:
            seq = (leg.next_seq - 1) & 0xFFFF
            block = leg.rtcp.block(leg.ssrc, seq, (leg.packets_in, leg.lost), leg.jitter, now)
        packet = rtcp.build(leg.stream.ssrc, _sender(leg, now), block, self._cname, bye=bye)
        sealed = leg.cipher.close_rtcp(packet) if leg.cipher is not None else packet
        if sealed is not None:
            with suppress(OSError):  # nobody there, or no room: the next one may be luckier
                leg.pair.rtcp.sendto(sealed, to)

    def _plan(self, leg: Leg, at: float) -> None:
        self._serial += 1
        heapq.heappush(self._due, (at, self._serial, leg))

    def _interval(self) -> float:
        return INTERVAL * (1 + SPREAD * random.random())  # noqa: S311 - spreads, hides nothing


def _sender(leg: Leg, now: float) -> rtcp.Sender | None:
    """What we sent; None (an RR then, §6.4) while that is nothing."""
    stream = leg.stream
    if not stream.packets:
        return None
    timestamp = (stream.timestamp + round((now - stream.sent_at) * RATE)) & 0xFFFFFFFF
    octets = max(0, stream.octets - HEADER_SIZE * stream.packets)
    return rtcp.Sender(rtcp.ntp(time.time()), timestamp, stream.packets, octets)
