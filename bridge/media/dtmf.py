"""Telephone events (RFC 4733): packets -> keys, and a key -> packets.

Strategy: an event is known by the RTP timestamp of its beginning, which all its packets share. The key is
reported at the first packet with the end bit; repetitions, stragglers and packets of older events change
nothing; when every end packet is lost, the next event or a short silence ends it. Knows no clock: time is an
argument.
"""

from __future__ import annotations

import struct

from bridge.errors import MalformedRtp
from bridge.media.rtp import timestamp_diff

KEYS = "0123456789*#ABCD"
"""Events 0–15 (RFC 4733 §3.2). Higher events are no keys and are ignored."""
LOST_END = 0.12
"""Seconds without a packet after which a begun event is over: senders repeat every 20 to 50 ms."""
_EVENT = struct.Struct("!BBH")
_END = 0x80
_ONE_PACKET = 400
"""Timestamp units (50 ms) between two packets of one press at most; no finger begins a second press sooner.
"""
_LONGEST = 0xFFFF
"""Duration at which a sender must begin a new segment of the same event (RFC 4733 §2.5.1.3)."""


class DtmfDecoder:
    """The keys of one sender. Feed it every telephone-event packet; call `lapse` now and then."""

    def __init__(self) -> None:
        self._begun: int | None = None
        self._key = ""
        self._duration = 0
        self._open = False
        self._seen = 0.0

    def feed(self, timestamp: int, payload: bytes, now: float) -> str:
        """A packet's keys: "" mostly, one when an event ended, two when it also ends one whose end was lost.

        Raises MalformedRtp when the payload is no event.
        """
        if len(payload) < _EVENT.size:
            raise MalformedRtp(f"a telephone event of {len(payload)} octets")
        event, flags, duration = _EVENT.unpack_from(payload)
        if event >= len(KEYS) or self._is_older(timestamp):
            return ""
        keys = ""
        if timestamp != self._begun:
            if not self._goes_on(timestamp, KEYS[event], duration):
                keys = self._end()
                self._open = True
            self._begun, self._key = timestamp, KEYS[event]
        self._duration, self._seen = max(duration, 1), now
        return keys + (self._end() if flags & _END else "")

    def lapse(self, now: float) -> str:
        """The key whose end packets were all lost, once its time is over; else ""."""
        return self._end() if self._open and now - self._seen > LOST_END else ""

    def _is_older(self, timestamp: int) -> bool:
        return self._begun is not None and timestamp_diff(timestamp, self._begun) < 0

    def _goes_on(self, timestamp: int, key: str, duration: int) -> bool:
        """A further segment of one long press, or a sender that wrongly moves the timestamp within a
        press."""
        if not self._open or key != self._key or self._begun is None:
            return False
        moved = timestamp_diff(timestamp, self._begun)
        return moved == _LONGEST or (moved <= _ONE_PACKET and duration > self._duration)

    def _end(self) -> str:
        key = self._key if self._open else ""
        self._open = False
        return key


def encode(key: str, duration: int, *, end: bool = False, volume: int = 10) -> bytes:
    """A payload: `key` of `KEYS`, duration in timestamp units (0–65535), volume in -dBm0 (0–63)."""
    return _EVENT.pack(KEYS.index(key), (_END if end else 0) | volume, duration)


def press(key: str, frames: int = 5, step: int = 160) -> list[bytes]:
    """A whole press: `frames` growing packets, then the end three times (RFC 4733 §2.5.1.4). All share one
    timestamp."""
    growing = [encode(key, step * (index + 1)) for index in range(frames)]
    return [*growing, *[encode(key, step * (frames + 1), end=True)] * 3]
