"""Keys we press ourselves towards one leg, as telephone events on its 20 ms clock (RFC 4733).

Strategy: while keys go out, the leg is on the mixer's clock and each turn sends one event packet in place of
a frame of voice, as a telephone does; then its voice goes on. Knows no socket and no other leg.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from bridge.media.dtmf import press

MAX_WAITING = 32
"""Keys waiting to go out; more in a row nobody dials, and a stranger's flood ends here."""
PAUSE_FRAMES = 3
"""Frames of voice between two keys: 60 ms, so that equal keys are told apart."""


class EventPacket(NamedTuple):
    """One packet. timestamp: of the key's beginning, which all its packets share (RFC 4733 §2.2.1); begins:
    it is the first of them."""

    payload: bytes
    timestamp: int
    begins: bool


class Typing:
    """The keys a leg is still to get."""

    __slots__ = ("_at", "_began", "_keys", "_packets", "_pause", "dropped")

    def __init__(self) -> None:
        self._keys: deque[str] = deque()
        self._packets: list[bytes] = []
        self._at = self._pause = self._began = self.dropped = 0

    def add(self, key: str) -> None:
        """One key of `dtmf.KEYS` more; beyond MAX_WAITING it is dropped and counted."""
        if len(self._keys) >= MAX_WAITING:
            self.dropped += 1
        else:
            self._keys.append(key)

    @property
    def over(self) -> bool:
        """Nothing is left to send."""
        return not self._keys and self._at >= len(self._packets)

    def step(self, timestamp: int) -> EventPacket | None:
        """This turn's packet; None: a frame of voice is due. timestamp: what that frame would carry."""
        if self._at >= len(self._packets):
            if self._pause > 0 or not self._keys:
                self._pause -= 1
                return None
            self._packets, self._at, self._began = press(self._keys.popleft()), 0, timestamp
        packet = EventPacket(self._packets[self._at], self._began, self._at == 0)
        self._at += 1
        if self._at == len(self._packets):
            self._pause = PAUSE_FRAMES
        return packet
