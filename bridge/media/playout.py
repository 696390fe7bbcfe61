"""An adaptive jitter buffer for a voice that is mixed: packets in any order in, one frame out whenever asked.

Strategy: pieces of voice wait under the place their timestamp names; each turn plays the next 20 ms. How long
a piece waits follows the network: each packet's lateness against the fastest one is measured, the worst of
the last seconds is the target. The delay grows at once, by saying concealment where nothing has come yet; it
shrinks slowly, by leaving out a quiet frame. Lost voice is concealed and its time passes, so the line of time
stays exact; no piece is ever played twice or out of order. Knows no clock (time is an argument) and no RTP
headers.
"""

from __future__ import annotations

import numpy as np

from bridge.media import g711
from bridge.media.conceal import Concealer
from bridge.media.g711 import FRAME, RATE, Samples
from bridge.media.noise import Noise
from bridge.media.plan import Codec
from bridge.media.rtp import timestamp_diff

FIRST = 0.04
"""Seconds of delay before anything is known of the network."""
LEAST, MOST = 0.02, 0.2
"""Seconds between which the delay stays: less than a frame cannot be played, more is no conversation."""
FORGET = 0.005
"""Of what the worst lateness exceeds the present one, forgotten with each packet: a burst is remembered for
some ten seconds."""
DRIFT = 0.001
"""The same for the fastest packet, so that a slow clock or a longer path becomes the rule."""
SHRINK_EVERY = 25
"""Frames between two that are left out: a word loses 4 % of its length at most."""
LOOK_AGAIN = 5
"""Frames until the next look whether the voice pauses: a look costs as much as a mix."""
QUIET = 200
"""Peak of a frame that may be left out unheard (-44 dBm0)."""
TOO_LATE = 4
"""Packets in a row that came too late before we believe that the path is another one, and begin anew."""
LEAP = RATE
"""Timestamp units a sender may be off from its place: more, either way, is a new beginning."""
MAX_PIECES = 64
"""Pieces that may wait: a burst of more than a second."""


class Playout:
    """One voice. Counts packets: `late` (dropped), `duplicates` (dropped), `restarts`. delay: seconds the
    voice waits at present, beyond the fastest packet."""

    def __init__(self, law: Codec) -> None:
        self._law: Codec = law
        self._pieces: dict[int, bytes] = {}
        self._ssrc = -1
        self._timestamp = self._place = 0
        self._next = self._newest = 0
        self._base: float | None = None
        self._worst = FIRST - LEAST
        self._late_run = 0
        self._playing = False
        self._since_shrink = 0
        self._concealer = Concealer()
        self._noise: Noise | None = None
        self.late = self.duplicates = self.restarts = 0
        self.delay = 0.0

    @property
    def concealed(self) -> int:
        """Milliseconds made up so far."""
        return self._concealer.ms

    @property
    def held(self) -> int:
        """Samples waiting."""
        return sum(map(len, self._pieces.values()))

    @property
    def target(self) -> float:
        """Seconds the voice should wait."""
        return min(MOST, max(LEAST, self._worst + LEAST))

    def push(self, ssrc: int, timestamp: int, payload: bytes, now: float) -> None:
        """A packet that arrived at `now`."""
        place = self._place + timestamp_diff(timestamp, self._timestamp)
        if ssrc != self._ssrc or self._base is None or abs(now * RATE - place - self._base * RATE) > LEAP:
            place = self._newest = self._begin(now)
        self._ssrc, self._timestamp, self._place = ssrc, timestamp, place
        self._measure(now - place / RATE)
        if place + len(payload) <= self._next:
            self._too_late(place, payload, now)
            return
        self._late_run, self._newest = 0, max(place, self._newest)
        if place < self._next:  # its beginning is past
            payload, place = payload[self._next - place :], self._next
        self._noise = None
        if place in self._pieces:
            self.duplicates += 1
        elif len(self._pieces) < MAX_PIECES:
            self._pieces[place] = payload

    def hush(self, level: int) -> None:
        """Its sender is silent, and described the silence: noise of that level (-dBov) fills it."""
        self._noise = Noise(level)

    def frame(self, now: float, steps: int = 1) -> Samples | None:
        """The next 20 ms; None: silence. steps: frames the clock has moved on, all but the last of which
        nobody hears."""
        if not self._playing:
            if self._base is None or now < self._next / RATE + self._base + self.target:
                return None
            self._playing = True
        if steps > 1:
            self._skip(FRAME * (steps - 1))
        self.delay = now - self._next / RATE - (self._base or 0.0)
        self._since_shrink += 1
        if self.delay > self.target + LEAST:
            self._shrink()
        frame = self._play()
        if self._noise is None or (frame is not None and not self._concealer.in_gap):
            return frame
        return self._noise.frame()

    def _begin(self, now: float) -> int:
        """A new sender, or a leap of its clock: what it says follows on what was said."""
        if self._base is not None:
            self.restarts += 1
        end = max((at + len(piece) for at, piece in self._pieces.items()), default=self._next)
        self._base = now - end / RATE
        self._late_run = 0
        return end

    def _measure(self, transit: float) -> None:
        """transit: seconds, from an origin that stays the same while the sender does."""
        base = self._base if self._base is not None else transit
        late = transit - base
        if late < 0:
            self._base = transit
            late = 0.0
        else:
            self._base = base + late * DRIFT
        if late > self._worst:
            self._worst = min(late, MOST)
        else:
            self._worst += (late - self._worst) * FORGET

    def _too_late(self, place: int, payload: bytes, now: float) -> None:
        """Nothing that was played, or given up, is played again: only packets newer than all before count for
        the belief that the path got longer."""
        self.late += 1
        self._late_run += place > self._newest
        self._newest = max(place, self._newest)
        if self._late_run >= TOO_LATE and not self._pieces:
            self._place = self._newest = self._begin(now)
            self._pieces[self._place] = payload

    def _play(self) -> Samples | None:
        piece = self._pieces.pop(self._next, None)
        if piece is not None and len(piece) == FRAME:
            self._next += FRAME
            return self._concealer.heard(g711.decode(self._law, piece))
        if piece is not None or any(at < self._next + FRAME for at in self._pieces):
            return self._patchwork(piece)
        wait = self.delay + LEAST <= self.target if self._pieces else self.delay < self.target
        if not wait:  # it is lost, and its time passes
            self._next += FRAME
        return self._concealer.missing()

    def _patchwork(self, piece: bytes | None) -> Samples:
        """A frame from pieces of other lengths than ours; what is missing in it is made up."""
        known = np.zeros(FRAME, dtype=bool)
        octets = bytearray(FRAME)
        if piece is not None:
            self._pieces[self._next] = piece
        for at in sorted(at for at in self._pieces if at < self._next + FRAME):
            piece, offset = self._pieces.pop(at), at - self._next
            taken = piece[: FRAME - offset]
            octets[offset : offset + len(taken)] = taken
            known[offset : offset + len(taken)] = True
            if len(taken) < len(piece):
                self._pieces.setdefault(at + len(taken), piece[len(taken) :])
        self._next += FRAME
        frame = g711.decode(self._law, octets)
        if not known.all():
            made_up = self._concealer.missing()
            frame = np.where(known, frame, 0 if made_up is None else made_up).astype(np.int16)
        return self._concealer.heard(frame)

    def _shrink(self) -> None:
        """Leaves out one frame, when it is quiet or nothing, not too often."""
        if self._since_shrink < SHRINK_EVERY:
            return
        piece = self._pieces.get(self._next)
        if piece is not None and np.abs(g711.decode(self._law, piece)).max() > QUIET:
            self._since_shrink -= LOOK_AGAIN
            return
        self._since_shrink = 0
        self._skip(FRAME)

    def _skip(self, samples: int) -> None:
        """The clock moves on; what belongs to the time left out is left out."""
        self._next += samples
        for at in [at for at in self._pieces if at < self._next]:
            rest = self._pieces.pop(at)[self._next - at :]
            if rest:
                self._pieces.setdefault(self._next, rest)
