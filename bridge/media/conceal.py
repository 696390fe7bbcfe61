"""Hiding lost voice: the last pitch period said again, fading, as ITU-T G.711 appendix I does.

Strategy: the concealer keeps the last frames that were played. When one is missing it looks for the pitch
(5 to 15 ms) in them and repeats that period, two and three of them as the gap grows, so that it does not
buzz; from 10 ms on it fades, and after `LIMIT` there is silence: a made-up voice that goes on is worse than
none. The first frame after a gap is faded into from what would have come.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bridge.media.g711 import FRAME, RATE, Samples

LIMIT = 0.06
"""Seconds made up in one gap at most (appendix I §2.7: 60 ms)."""
_LOWEST, _HIGHEST = 40, 120
"""Pitch periods looked for, in samples: 200 Hz down to 66 Hz, as appendix I has them."""
_HISTORY = 4
"""Frames remembered: three periods of the lowest pitch and the template that is looked for."""
_SEAM = 32
"""Samples over which the end of a gap is faded: 4 ms."""
_LIMIT = round(LIMIT * RATE)
_HELD = RATE // 100
"""Samples at full strength before the fade: 10 ms."""
_UP = ((np.arange(_SEAM) + 1) / (_SEAM + 1)).astype(np.float32)
_DOWN = 1 - _UP


class Concealer:
    """One voice. `ms`: made up so far."""

    def __init__(self) -> None:
        self._frames: deque[Samples] = deque(maxlen=_HISTORY)
        self._periods: NDArray[np.float32] | None = None
        self._said = 0
        self.ms = 0

    @property
    def in_gap(self) -> bool:
        """Whether the last frame given was made up."""
        return self._periods is not None

    def heard(self, frame: Samples) -> Samples:
        """A frame that arrived, as it is to be played: after a gap its beginning is faded into."""
        if self._periods is not None:
            frame = self._seam(frame)
            self._periods, self._said = None, 0
        self._frames.append(frame)
        return frame

    def missing(self) -> Samples | None:
        """A frame in place of one that is missing; None: silence, nothing is known or the gap is too long."""
        if self._said >= _LIMIT or not self._frames:
            return None
        frame = self._made_up(FRAME).astype(np.int16)
        self._said += FRAME
        self.ms += FRAME * 1000 // RATE
        return frame

    def _seam(self, frame: Samples) -> Samples:
        """The beginning of a frame faded into from what the gap would have gone on with."""
        going_on = self._made_up(_SEAM) if self._said < _LIMIT else np.zeros(_SEAM, dtype=np.float32)
        seamed = frame.copy()
        seamed[:_SEAM] = (going_on * _DOWN + frame[:_SEAM] * _UP).astype(np.int16)
        return seamed

    def _made_up(self, samples: int) -> NDArray[np.float32]:
        if self._periods is None:
            self._periods = _periods(np.concatenate(self._frames).astype(np.float32))
        periods = self._periods
        at = np.arange(self._said, self._said + samples)
        fade = np.clip((_LIMIT - at) / (_LIMIT - _HELD), 0, 1).astype(np.float32)
        return np.asarray(periods[at % periods.size] * fade, dtype=np.float32)


def _periods(past: NDArray[np.float32]) -> NDArray[np.float32]:
    """The end of `past` as a piece that can be repeated: whole pitch periods, up to 20 ms of them, its two
    ends faded into each other."""
    pitch = _pitch(past)
    count = max(1, min(FRAME, past.size - pitch) // pitch) * pitch
    piece = past[-count:].copy()
    seam = min(pitch // 4, past.size - count)
    if seam > 0:  # the piece's last quarter period becomes, bit by bit, what came before the piece
        up = ((np.arange(seam) + 1) / (seam + 1)).astype(np.float32)
        piece[-seam:] = piece[-seam:] * (1 - up) + past[-count - seam : past.size - count] * up
    return piece


def _pitch(past: NDArray[np.float32]) -> int:
    """The lag at which the last 20 ms resemble what came before most (normalised correlation)."""
    if past.size < FRAME + _HIGHEST:
        return min(_HIGHEST, past.size)
    template = past[-FRAME:]
    earlier = sliding_window_view(past[-FRAME - _HIGHEST : -_LOWEST], FRAME)
    likeness = earlier @ template / np.sqrt((earlier * earlier).sum(axis=1) + 1.0)
    return _HIGHEST - int(likeness.argmax())
