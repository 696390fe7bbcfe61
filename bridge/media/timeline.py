"""The strips of a conversation's legs on one time line: in come strips in any order, out come stereo blocks.

Strategy: sample n of the file is n/8000 s after its first, whoever speaks or is silent; so a word's time is
its place in the file. Left and right are interleaved G.711 octets of one law (the first strip's); a leg of
the other law is transcoded octet by octet, and only where two legs speak on one side at once are they
decoded, added and encoded. Knows no clock, no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from bridge.media import g711
from bridge.media.g711 import RATE
from bridge.media.mixer import mix
from bridge.media.plan import Codec
from bridge.media.strip import Strip
from bridge.media.takes import LEFT, RIGHT

HOLD: Final = 0.6
"""Seconds a sample waits for the other side: a leg's first strip comes a quarter of a second after it was
said, later ones half a second."""
STALE: Final = 2.0
"""Seconds after which a leg is no longer waited for: it is gone, or the machine is late."""
LEAP: Final = 6 * 3600 * RATE
"""Samples a strip may lie ahead of what was taken: longer silences end a recording, so it is a mistake."""


class _Line:
    """One leg's octets from sample `start` on, in the file's law."""

    __slots__ = ("number", "octets", "start")

    def __init__(self, start: int) -> None:
        self.start, self.octets, self.number = start, bytearray(), -1

    def put(self, at: int, octets: bytes, silence: bytes) -> None:
        """Octets at sample `at`; what lies before `start` is dropped."""
        place = at - self.start
        if place < 0:
            octets, place = octets[-place:], 0
        if place > len(self.octets):
            self.octets += silence * (place - len(self.octets))
        self.octets[place : place + len(octets)] = octets

    def take(self, until: int) -> bytes:
        """The octets up to sample `until`; fewer when they end before."""
        count = until - self.start
        taken = bytes(self.octets[:count])
        del self.octets[:count]
        self.start = until
        return taken


class Timeline:
    """One file's time line. `missing`: seconds lost on the way, by the strips' numbers."""

    def __init__(self, first: Strip) -> None:
        self.law: Codec = first.law
        self.began = first.at
        self._silence = bytes([g711.SILENCE[first.law]])
        self._lines: dict[str, _Line] = {}
        self._taken = 0
        self._waiting: list[Strip] = []
        self._settled = False
        self.missing = 0.0

    def put(self, strip: Strip) -> None:
        """One leg's next half second."""
        if not self._settled:  # the beginning is the earliest strip that comes within HOLD
            self._waiting.append(strip)
            self.began = min(self.began, strip.at)
        else:
            self._lay(strip)

    def block(self, now: float, channels: Mapping[str, int]) -> tuple[int, bytes]:
        """The number of the first sample, and the samples that are complete by `now` (CLOCK_MONOTONIC) and
        not taken yet, left and right in turn. channels: leg -> LEFT or RIGHT; others are not heard."""
        if now - self.began < HOLD:
            return self._taken, b""
        self._settle()
        ends = [self.began + (line.start + len(line.octets)) / RATE for line in self._lines.values()]
        fresh = [end for end in ends if now - end < STALE]
        until = min([now - HOLD, *fresh] if fresh else [now - STALE])
        return self._cut(round((until - self.began) * RATE), channels)

    def rest(self, channels: Mapping[str, int]) -> tuple[int, bytes]:
        """What is left, to the last octet said."""
        self._settle()
        ends = [line.start + len(line.octets) for line in self._lines.values()]
        return self._cut(max(ends, default=0), channels)

    def _settle(self) -> None:
        self._settled = True
        for strip in self._waiting:
            self._lay(strip)
        self._waiting.clear()

    def _lay(self, strip: Strip) -> None:
        at = round((strip.at - self.began) * RATE)
        if at - self._taken > LEAP:
            self.missing += len(strip.octets) / RATE
            return
        line = self._lines.get(strip.leg)
        if line is None:
            line = self._lines[strip.leg] = _Line(self._taken)
        if line.number >= 0:  # a lost strip is as long as its neighbours
            self.missing += max(0, min(strip.number - line.number - 1, 1000)) * len(strip.octets) / RATE
        line.number = strip.number
        self.missing += max(0, min(self._taken - at, len(strip.octets))) / RATE
        table = g711.transcoder(strip.law, self.law)
        line.put(at, strip.octets.translate(table) if table else strip.octets, self._silence)

    def _cut(self, until: int, channels: Mapping[str, int]) -> tuple[int, bytes]:
        first, count = self._taken, max(0, until - self._taken)
        if count == 0:
            return first, b""
        self._taken = until
        sides: tuple[list[bytes], list[bytes]] = ([], [])
        for leg, line in list(self._lines.items()):
            octets = line.take(until)
            if octets and leg in channels:
                sides[channels[leg]].append(octets)
        stereo = np.empty((count, 2), dtype=np.uint8)
        for side in (LEFT, RIGHT):
            stereo[:, side] = np.frombuffer(self._side(sides[side], count), dtype=np.uint8)
        return first, stereo.tobytes()

    def _side(self, heard: list[bytes], count: int) -> bytes:
        whole = [octets + self._silence * (count - len(octets)) for octets in heard]
        if len(whole) > 1:
            return g711.encode(self.law, mix([g711.decode(self.law, octets) for octets in whole]))
        return whole[0] if whole else self._silence * count
