"""Adding voices: N frames of linear samples become one, saturated where they would overflow.

Saturation and not scaling: with two people talking at once nobody becomes quieter, and real overflow is rare.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.media.g711 import Samples


def mix(frames: Sequence[Samples]) -> Samples:
    """The sum of one or more frames of equal length, clipped to 16 bits."""
    if len(frames) == 1:
        return frames[0]
    total = frames[0].astype(np.int32)
    for frame in frames[1:]:
        total += frame
    return np.clip(total, -32768, 32767).astype(np.int16)
