"""One outgoing RTP stream: our SSRC, numbers and times that never break, whatever feeds it.

Strategy: in direct relay a source's sequence numbers and timestamps are moved by a constant, so its losses
stay visible as gaps; at a change of source the constants are chosen so that the stream goes on, with the
marker set. Frames we make ourselves (tones, mixes) simply count on. The relay's hot path does the moving in
place with the public attributes; everything that decides is here. Knows no clock, no randomness, no socket:
all come in as arguments.
"""

from __future__ import annotations

from bridge.media.g711 import FRAME, RATE
from bridge.media.rtp import seq_diff, timestamp_diff

MAX_STEP = 3000
"""Sequence numbers a source may leap forward before it counts as a restart (RFC 3550 A.1, MAX_DROPOUT)."""
MAX_LEAP = 10 * RATE
"""Timestamp units a source may leap forward within its stream: a longer silence is a new beginning."""


class Stream:
    """Attributes: `seq`, `timestamp` are those of the newest packet sent; `seq_shift`, `timestamp_shift` move
    the present source's; `first` is the number at the last change of source; `sent_at` and `longest_gap` are
    seconds; `octets` counts headers too (twelve in each packet)."""

    __slots__ = (
        "_event_from",
        "_event_to",
        "first",
        "longest_gap",
        "mark",
        "octets",
        "packets",
        "sent_at",
        "seq",
        "seq_shift",
        "ssrc",
        "timestamp",
        "timestamp_shift",
    )

    def __init__(self, ssrc: int, seq: int, timestamp: int) -> None:
        self.ssrc = ssrc
        self.seq = self.first = seq & 0xFFFF
        self.timestamp = timestamp & 0xFFFFFFFF
        self.seq_shift = self.timestamp_shift = 0
        self.packets = self.octets = 0
        self.sent_at = 0.0
        self.longest_gap = 0.0
        self.mark = True
        self._event_from: int | None = None
        self._event_to = 0

    def switch(self, seq: int, timestamp: int, now: float) -> None:
        """A source whose next packet has these numbers takes over: it follows on what was sent last."""
        self.first = (self.seq + 1) & 0xFFFF
        self.seq_shift = self.first - seq
        self.timestamp_shift = self.timestamp + self._elapsed(now) - timestamp
        self.mark = True

    def _elapsed(self, now: float) -> int:
        """Timestamp units since the last packet: whole frames, at least one, nearest to the real time."""
        if not self.packets:
            return FRAME
        return FRAME * max(1, round((now - self.sent_at) * RATE / FRAME))

    def follows(self, seq: int, timestamp: int) -> bool:
        """Whether a packet of the present source fits behind what it sent; False: it restarted, so switch."""
        step = seq_diff(seq + self.seq_shift, self.seq)
        leap = timestamp_diff(timestamp + self.timestamp_shift, self.timestamp)
        return -MAX_STEP < step < MAX_STEP and -MAX_LEAP < leap < MAX_LEAP

    def relay(self, seq: int, timestamp: int, now: float) -> tuple[int, int] | None:
        """The numbers a packet of the present source goes out with; None: a straggler from before the
        switch."""
        out_seq, out_timestamp = (
            (seq + self.seq_shift) & 0xFFFF,
            (timestamp + self.timestamp_shift) & 0xFFFFFFFF,
        )
        if seq_diff(out_seq, self.first) < 0:
            return None
        if seq_diff(out_seq, self.seq) > 0 or not self.packets:
            self.seq, self.timestamp = out_seq, out_timestamp
        self._sent(now)
        return out_seq, out_timestamp

    def absorb(self) -> None:
        """A packet of the source is kept back: the next one takes its number, so that no loss appears."""
        self.seq_shift -= 1
        self.mark = True

    def frame(self, now: float, frames: int = 1) -> tuple[int, int]:
        """Numbers for a frame of our own, `frames` × 20 ms after the last."""
        self.seq = (self.seq + 1) & 0xFFFF
        self.timestamp = (self.timestamp + FRAME * frames) & 0xFFFFFFFF
        self._sent(now)
        return self.seq, self.timestamp

    def event(self, timestamp: int, now: float) -> tuple[int, int]:
        """Numbers for a telephone-event packet between our own frames: all packets of one press (one source
        timestamp) share one timestamp (RFC 4733 §2.2.1)."""
        if timestamp != self._event_from:
            self._event_from, self._event_to = timestamp, self.timestamp
        self.seq = (self.seq + 1) & 0xFFFF
        self._sent(now)
        return self.seq, self._event_to

    def take_mark(self) -> bool:
        """Whether the packet about to go needs the marker; asking clears it."""
        mark, self.mark = self.mark, False
        return mark

    def _sent(self, now: float) -> None:
        if self.packets and now - self.sent_at > self.longest_gap:
            self.longest_gap = now - self.sent_at
        self.packets += 1
        self.sent_at = now
