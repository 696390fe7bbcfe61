"""What legs say, taken off the line every 100 ms: decoded to the recogniser, as it came to the recorder.

Strategy: heard legs are spread over twenty 5 ms slots; in its turn a leg gives what its jitter buffer has
due. Both get the same samples, so words and recording are on one clock. The recorder's strips are gathered to
0.3 s each: a file does not get better by being told of it more often. The first goes at once, so that it is
known early who is there. How datagrams leave, or are
lost, is the outlets' affair.
"""

from __future__ import annotations

import select
from pathlib import Path

from bridge.media import g711
from bridge.media.g711 import RATE
from bridge.media.relay_leg import Leg
from bridge.media.relay_outlet import Outlet
from bridge.media.strip import Strip, encode_strip
from bridge.media.tap import encode_tap

GROUPS = 20
MAX_CHUNK = RATE // 2
"""Samples in one tap at most; normally 100 ms."""
STRIP = RATE // 4
"""A strip goes out when it holds more samples than this: after the third chunk."""
MAX_TAPS = 512
"""Taps waiting for control: five seconds of ten calls, 800 KB. Older speech is no live caption any more."""
MAX_STRIPS = 2048
"""Strips waiting for the recorder: three seconds of a hundred calls, 5 MB."""


class _Reel:
    """What of one leg is gathered for the recorder. `at`: of its first sample; `end`: after its last."""

    __slots__ = ("at", "end", "law", "number", "octets")

    def __init__(self, leg: Leg) -> None:
        self.octets, self.law, self.number = bytearray(), leg.law, 0
        self.at = self.end = 0.0


class Taps:
    """The heard legs and the two ways out. A path that is None: nobody there, nothing is taken for it."""

    def __init__(self, epoll: select.epoll, taps: Path | None, strips: Path | None = None) -> None:
        self._tap = Outlet(epoll, taps, "taps", MAX_TAPS) if taps is not None else None
        self._strip = Outlet(epoll, strips, "recordings", MAX_STRIPS) if strips is not None else None
        self._groups: tuple[dict[str, Leg], ...] = tuple({} for _ in range(GROUPS))
        self._reels: dict[str, _Reel] = {}

    def __len__(self) -> int:
        return sum(len(group) for group in self._groups)

    @property
    def dropped(self) -> tuple[int, int]:
        """Taps and strips that found no room or nobody there."""
        return (self._tap.dropped if self._tap else 0), (self._strip.dropped if self._strip else 0)

    def wanted(self, leg: Leg) -> bool:
        """Whether anybody is there for what this leg's plan says."""
        plan = leg.plan
        return (plan.tap and self._tap is not None) or (plan.record and self._strip is not None)

    def follow(self, leg: Leg) -> None:
        """The leg's plan may have changed."""
        group = self._groups[leg.plan.port // 2 % GROUPS]
        if self.wanted(leg):
            group[leg.id] = leg
        else:
            group.pop(leg.id, None)
        if not leg.plan.record:
            self._cut(leg.id)

    def remove(self, leg: Leg) -> None:
        """The leg closes: its last words go out at once."""
        if self._groups[leg.plan.port // 2 % GROUPS].pop(leg.id, None) and leg.tap_buffer is not None:
            leg.sort_out()
            self._take(leg, leg.tap_buffer.held)
        self._cut(leg.id)
        self._flush()

    def turn(self, group: int, now: float) -> None:
        """Takes what a group of legs has due."""
        for leg in self._groups[group].values():
            if leg.tap_buffer is not None:
                leg.sort_out()
                self._take(leg, leg.tap_buffer.due(now))
        self._flush()

    def serve(self, fd: int) -> None:
        """A descriptor of ours has room again."""
        for outlet in (self._tap, self._strip):
            if outlet is not None and outlet.fileno == fd:
                outlet.flush()

    def close(self) -> None:
        """Closes both ways; what waits is lost."""
        for outlet in (self._tap, self._strip):
            if outlet is not None:
                outlet.close()

    def _flush(self) -> None:
        if self._tap is not None and self._tap.waiting:
            self._tap.flush()
        if self._strip is not None and self._strip.waiting:
            self._strip.flush()

    def _take(self, leg: Leg, samples: int) -> None:
        buffer, plan = leg.tap_buffer, leg.plan
        while samples > 0 and buffer is not None:
            at, count = buffer.time, min(samples, MAX_CHUNK)
            octets = buffer.take(count)
            if plan.tap and self._tap is not None:
                self._tap.queue(encode_tap(leg.id, at, g711.decode(leg.law, octets)))
            if plan.record and self._strip is not None:
                self._gather(leg, at, octets)
            samples -= count

    def _gather(self, leg: Leg, at: float, octets: bytes) -> None:
        reel = self._reels.get(leg.id)
        if reel is None:
            reel = self._reels[leg.id] = _Reel(leg)
        # A new jitter buffer (the sender changed its law) begins a new line: what was gathered goes first.
        if reel.octets and (reel.law != leg.law or abs(reel.end - at) > 0.5 / RATE):
            self._send(leg.id, reel)
        if not reel.octets:
            reel.at, reel.law = at, leg.law
        reel.octets += octets
        reel.end = at + len(octets) / RATE
        if len(reel.octets) > STRIP or reel.number == 0:
            self._send(leg.id, reel)

    def _send(self, leg: str, reel: _Reel) -> None:
        if self._strip is not None:
            self._strip.queue(encode_strip(Strip(leg, reel.number, reel.at, reel.law, bytes(reel.octets))))
        reel.number += 1
        reel.octets.clear()

    def _cut(self, leg: str) -> None:
        """Nothing more of this leg is recorded: what was gathered goes out."""
        reel = self._reels.pop(leg, None)
        if reel is not None and reel.octets:
            self._send(leg, reel)
