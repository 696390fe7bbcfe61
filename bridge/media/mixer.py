"""Adding voices: N frames of linear samples become one, saturated where they would overflow.

Saturation and not scaling: with two people talking at once nobody becomes quieter, and real overflow is rare.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.media import g711
from bridge.media.g711 import Samples
from bridge.media.plan import Codec


def mix_encoded(codec: Codec, frames: Sequence[Samples]) -> bytes:
    """The same as G.711 octets, at a quarter of the price: what a conference does for each of its parties."""
    if len(frames) == 1:
        return g711.encode(codec, frames[0])
    total = np.add(frames[0], frames[1], dtype=np.int32)
    for frame in frames[2:]:
        total += frame
    return g711.encode_sum(codec, total)


def mix(frames: Sequence[Samples]) -> Samples:
    """The sum of one or more frames of equal length, clipped to 16 bits."""
    if len(frames) == 1:
        return frames[0]
    total = frames[0].astype(np.int32)
    for frame in frames[1:]:
        total += frame
    return np.clip(total, -32768, 32767).astype(np.int16)
