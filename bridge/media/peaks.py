"""The picture of a recording's sound: how loud each moment is, per channel.

Pure. Fed the WAV's samples piece by piece, so that an hour costs no memory; a picture of some thousand points
is what a screen shows.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.media.g711 import decode
from bridge.media.plan import Codec

CHANNELS: Final = 2
FULL: Final = 32_768.0


class Peaks:
    """samples: how many there are of one channel; points: of the picture, at most as many."""

    def __init__(self, law: Codec, samples: int, points: int) -> None:
        self._law, self._samples = law, max(1, samples)
        self._points = max(1, min(points, self._samples))
        self._found: NDArray[np.float32] = np.zeros((self._points, CHANNELS), dtype=np.float32)
        self._at = 0

    def take(self, octets: bytes) -> None:
        """The next samples, both channels in turn; a whole number of pairs."""
        pairs = np.abs(decode(self._law, octets).astype(np.float32)).reshape(-1, CHANNELS)
        places = (np.arange(self._at, self._at + len(pairs)) * self._points) // self._samples
        self._at += len(pairs)
        places = np.minimum(places, self._points - 1)
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        if len(starts):
            loudest = np.maximum.reduceat(pairs, starts, axis=0)
            here = places[starts]
            self._found[here] = np.maximum(self._found[here], loudest)

    def channels(self) -> list[list[float]]:
        """Left and right, each point 0 to 1 in thousandths."""
        return [[round(float(each), 3) for each in self._found[:, side] / FULL] for side in range(CHANNELS)]
