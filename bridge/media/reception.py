"""What RTCP needs to remember of one leg: its reports about us, ours about it (RFC 3550 §6.4, §A.3).

Pure: counts come in as arguments, time too. `now` is CLOCK_MONOTONIC, NTP times are `rtcp.ntp`'s.
"""

from __future__ import annotations

from bridge.media.g711 import RATE
from bridge.media.rtcp import Block, Compound, middle, round_trip

_CYCLE = 1 << 16


class Reception:
    """One leg. heard: when its last RTCP came; rtt: seconds, None while unknown; source: where its RTCP came
    from, so that ours goes there (RFC 3550 says port + 1, NAT says otherwise); bye: it said it leaves."""

    __slots__ = (
        "_cycles",
        "_expected",
        "_last",
        "_last_at",
        "_lost",
        "_remote_jitter",
        "_remote_lost",
        "_seq",
        "bye",
        "heard",
        "rtt",
        "source",
    )

    def __init__(self, now: float) -> None:
        self.heard = now
        self.rtt: float | None = None
        self.source: tuple[str, int] | None = None
        self.bye = False
        self._last, self._last_at = 0, 0.0
        self._expected = self._lost = 0
        self._cycles = self._seq = 0
        self._remote_lost: int | None = None
        self._remote_jitter = 0

    def take(self, compound: Compound, ours: int, ntp_now: int, now: float) -> None:
        """A compound of the far end; ours: our SSRC towards it."""
        self.heard, self.bye = now, compound.bye
        if compound.sender is not None:
            self._last, self._last_at = middle(compound.sender.ntp), now
        for block in compound.blocks:
            if block.ssrc == ours:
                self._remote_lost, self._remote_jitter = max(0, block.total), block.jitter
                trip = round_trip(block, middle(ntp_now))
                self.rtt = self.rtt if trip is None else trip

    def block(self, ssrc: int, seq: int, counts: tuple[int, int], jitter: float, now: float) -> Block:
        """Our report about its stream. seq: the highest so far; counts: packets received and lost (by number)
        since the beginning; jitter in timestamp units. Call it at least every 32768 packets: cycles are
        counted here."""
        received, lost = counts
        if self._seq - seq > _CYCLE // 2:
            self._cycles += 1
        self._seq = seq
        expected = received + lost
        newly, gone = expected - self._expected, lost - self._lost
        self._expected, self._lost = expected, lost
        share = min(255, 256 * gone // newly) if newly > 0 and gone > 0 else 0
        since = round((now - self._last_at) * 65536) if self._last else 0
        return Block(ssrc, share, lost, self._cycles << 16 | seq, round(jitter), self._last, since)

    def figures(self, sent: int) -> tuple[float | None, float | None, float | None]:
        """Round trip in ms, the share of our `sent` packets it lost, jitter in ms of what reaches it; None:
        it has not said."""
        rtt = None if self.rtt is None else round(self.rtt * 1000, 2)
        if self._remote_lost is None:
            return rtt, None, None
        share = min(1.0, self._remote_lost / sent) if sent else 0.0
        return rtt, round(share, 4), round(self._remote_jitter * 1000 / RATE, 2)
