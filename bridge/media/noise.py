"""Comfort noise (RFC 3389): the payload that describes it, and noise of that level to hear.

Only the level is read and written; the spectrum's coefficients may be left out (§3) and are passed over.
The noise is the same each time: chance has no business here. Pure.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.errors import MalformedRtp
from bridge.media.g711 import FRAME, Samples

LEVEL: Final = 56
"""-dBov of what we describe ourselves: an open line and nothing more."""
_FRAMES: Final = 50
"""Frames of noise before it repeats: a second, in which nobody hears a period."""
_SEED: Final = 3389
_UNIT: Final = np.random.default_rng(_SEED).normal(0.0, 1.0, (_FRAMES, FRAME))


def payload(level: int = LEVEL) -> bytes:
    """level: 0..127 -dBov."""
    return bytes([level & 0x7F])


def level(data: bytes) -> int:
    """-dBov, 0..127, from a payload. Raises MalformedRtp when it is empty."""
    if not data:
        raise MalformedRtp("comfort noise without a level")
    return data[0] & 0x7F


class Noise:
    """Noise of one level, frame after frame."""

    def __init__(self, minus_dbov: int) -> None:
        # 0 dBov is a square wave at full scale (§3): its rms is its peak. Louder than -30 it is no comfort.
        rms = 32768 * 10 ** (-max(minus_dbov, 30) / 20)
        self._frames = np.clip(_UNIT * rms, -32768, 32767).astype(np.int16)
        self._at = 0

    def frame(self) -> Samples:
        """The next 20 ms."""
        self._at = (self._at + 1) % _FRAMES
        frame: Samples = self._frames[self._at]
        return frame
