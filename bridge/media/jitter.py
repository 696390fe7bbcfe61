"""A fixed-delay jitter buffer for G.711: packets in any order go in, one unbroken line of samples comes out.

Strategy: a time line of octets that begins at the next sample to be taken and is silence where nothing
arrived. A packet is written at the place its timestamp names, so order, duplicates and losses need no cases
of their own. The line's clock never stops and never jumps: sample n is n/8000 s after the first packet's
arrival, whatever the sender does with its timestamps; so the recogniser's time is the call's time. It is for
taps and mixes only: a relayed packet never waits here. Knows no clock (time is an argument) and no RTP
headers.
"""

from __future__ import annotations

from bridge.media.g711 import RATE
from bridge.media.rtp import timestamp_diff

PATIENCE = 0.2
"""Seconds for which everything may come too late before we believe that the path got longer, and start
anew. A mix, where people wait, has less."""
EARLY = 0.3
"""Seconds a packet may be ahead of its arrival before we believe in a jump of the sender's clock."""


class JitterBuffer:
    """One sender's voice on one clock.

    silence: the octet of digital silence. delay: seconds a sample waits for its neighbours.
    Counts packets: `late` (dropped), `duplicates` (dropped), `restarts` (of the sender's clock; the line goes
    on).
    """

    def __init__(self, silence: int, delay: float, patience: float = PATIENCE) -> None:
        self._silence = bytes([silence])
        self._delay = delay
        self._patience = patience
        self._line = bytearray()
        self._places: set[int] = set()
        self._start: float | None = None
        self._taken = 0
        self._ssrc = self._base_timestamp = self._base_place = 0
        self._late_since: float | None = None
        self._next = -1
        """Timestamp of a packet that would follow on the line's end; -1: none is known."""
        self.late = self.duplicates = self.restarts = 0

    @property
    def time(self) -> float:
        """CLOCK_MONOTONIC of the next sample to be taken; 0.0 before the first packet."""
        return 0.0 if self._start is None else self._start + self._taken / RATE

    @property
    def held(self) -> int:
        """Samples up to the end of the newest packet."""
        return len(self._line)

    def push(self, ssrc: int, timestamp: int, payload: bytes, now: float) -> None:
        """A packet that arrived at `now`."""
        if ssrc == self._ssrc and timestamp == self._next and self._lately(now):
            # The common packet: right behind the one before it.
            self._places.add(self._taken + len(self._line))
            self._line += payload
            self._next = (timestamp + len(payload)) & 0xFFFFFFFF
            self._late_since = None
            return
        if self._start is None:
            self._start = now
            self._anchor(ssrc, timestamp, now)
        place = self._place(ssrc, timestamp, now)
        if place in self._places:
            self.duplicates += 1
        elif place < self._taken and self._is_late(now):
            self.late += 1
        else:
            self._write(self._restart(ssrc, timestamp, now) if place < self._taken else place, payload)

    def _lately(self, now: float) -> bool:
        """Whether the end of the line is where a packet arriving now may belong (see `_place`)."""
        behind = (now - (self._start or 0.0)) * RATE - self._taken - len(self._line)
        return bool(self._line) and -EARLY * RATE <= behind <= RATE

    def due(self, now: float) -> int:
        """How many samples' time has come (0 before the first packet)."""
        if self._start is None:
            return 0
        return max(0, self._now_place(now - self._delay) - self._taken)

    def take(self, samples: int) -> bytes:
        """The next `samples` octets; silence where nothing arrived in time."""
        octets = bytes(self._line[:samples])
        del self._line[:samples]
        self._taken += samples
        if self._places:
            self._places = {place for place in self._places if place >= self._taken}
        return octets + self._silence * (samples - len(octets))

    def _now_place(self, now: float) -> int:
        return round((now - (self._start or 0.0)) * RATE)

    def _place(self, ssrc: int, timestamp: int, now: float) -> int:
        """Where the packet belongs on the line; a new sender or a leap of its clock starts a new
        reckoning."""
        place = self._base_place + timestamp_diff(timestamp, self._base_timestamp)
        behind = self._now_place(now) - place
        if ssrc != self._ssrc or behind < -EARLY * RATE or behind > RATE:
            return self._restart(ssrc, timestamp, now)
        return place

    def _restart(self, ssrc: int, timestamp: int, now: float) -> int:
        self.restarts += 1
        self._places.clear()
        self._anchor(ssrc, timestamp, now)
        return self._base_place

    def _anchor(self, ssrc: int, timestamp: int, now: float) -> None:
        """From here on `timestamp` belongs to `now`, but never to a place already taken."""
        self._ssrc, self._base_timestamp, self._late_since = ssrc, timestamp, None
        self._base_place = max(self._now_place(now), self._taken)

    def _is_late(self, now: float) -> bool:
        if self._late_since is None:
            self._late_since = now
        return now - self._late_since <= self._patience

    def _write(self, place: int, payload: bytes) -> None:
        self._late_since = None
        self._places.add(place)
        offset = place - self._taken
        if offset > len(self._line):
            self._line.extend(self._silence * (offset - len(self._line)))
        self._line[offset : offset + len(payload)] = payload
        if offset + len(payload) == len(self._line):  # else an older one was put in its place
            self._next = self._base_timestamp + place + len(payload) - self._base_place & 0xFFFFFFFF
