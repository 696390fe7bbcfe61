"""The sounds a plan may name, as 20 ms frames ready to send: call-progress tones and loaded prompts.

Strategy: a `Sound` is computed once, in linear samples (for mixing) and in both laws (for sending as it is).
Cadences are what callers in China know: 450 Hz, ring-back 1 s on and 4 s off, busy 0.35 s on and off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.media import g711, pcm
from bridge.media.g711 import RATE, Samples
from bridge.media.plan import Codec

TONE_HZ = 450.0
TONE_PEAK = 7200.0
"""-10 dBm0: a full-scale sine is +3.14 dBm0 in A-law (G.711 table 5)."""
HOLD_PEAK = 1500.0
"""-24 dBm0: says "still connected" without hurting an ear pressed to the phone."""
COMFORT_RMS = 50.0
"""-50 dBm0: an open line and nothing more. Silence would be a dead line, and anything louder is heard by who
stands beside the caller."""
_COMFORT_SEED = 12345
"""The same noise every time: chance has no business here."""
_RAMP = 0.005
"""Seconds of fade at each edge of a tone: without it every edge is a click."""


@dataclass(frozen=True, slots=True)
class Sound:
    """frames: shape (n, 160) linear. octets: the same in each law. loops: begins again at its end."""

    frames: NDArray[np.int16]
    octets: dict[Codec, tuple[bytes, ...]]
    loops: bool


def sound(samples: Samples, *, loops: bool) -> Sound:
    """8 kHz samples as a Sound; the last frame is filled up with silence."""
    shaped = pcm.frames(samples)
    laws: tuple[Codec, ...] = ("PCMA", "PCMU")
    octets = {codec: tuple(g711.encode(codec, frame) for frame in shaped) for codec in laws}
    return Sound(shaped, octets, loops)


class Cadence(NamedTuple):
    """A tone as a country's exchanges play it: pitch in Hz, seconds on and off."""

    hertz: float
    on: float
    off: float


RINGBACK: Final = Cadence(TONE_HZ, 1.0, 4.0)
"""China's (GF 002): the default."""
_BUSY: Final = Cadence(TONE_HZ, 0.35, 0.35)


def join(parts: Sequence[Sound]) -> Sound:
    """Sounds (at least one) one after the other, as one that does not loop."""
    if len(parts) == 1:
        return parts[0]
    frames = np.concatenate([part.frames for part in parts])
    laws: tuple[Codec, ...] = ("PCMA", "PCMU")
    octets = {law: tuple(frame for part in parts for frame in part.octets[law]) for law in laws}
    return Sound(frames, octets, loops=False)


def _burst(hertz: float, seconds: float, peak: float, ramp: float = _RAMP) -> NDArray[np.float64]:
    count = round(seconds * RATE)
    fade = np.minimum(1.0, (np.minimum(np.arange(count), np.arange(count)[::-1]) + 1) / (ramp * RATE))
    return np.asarray(peak * fade * np.sin(2 * np.pi * hertz / RATE * np.arange(count)))


def _pause(seconds: float) -> NDArray[np.float64]:
    return np.zeros(round(seconds * RATE))


def _comfort(seconds: float) -> NDArray[np.float64]:
    return np.random.default_rng(_COMFORT_SEED).normal(0.0, COMFORT_RMS, round(seconds * RATE))


def _loop(*parts: NDArray[np.float64]) -> Sound:
    return sound(np.concatenate(parts).astype(np.int16), loops=True)


def _cadence(tone: Cadence) -> Sound:
    return _loop(_burst(tone.hertz, tone.on, TONE_PEAK), _pause(tone.off))


def tones(ringback: Cadence = RINGBACK) -> dict[str, Sound]:
    """The sounds of our own making by the names plans use: all loop but "prompt:hush", which stands in for an
    announcement on a line where nothing may be heard."""
    soft = (_burst(523.25, 0.3, HOLD_PEAK, 0.1), _burst(659.25, 0.5, HOLD_PEAK, 0.2))
    return {
        "ringback": _cadence(ringback),
        "busy": _cadence(_BUSY),
        "hold": _loop(*soft, _pause(3.2)),
        "comfort": _loop(_comfort(2.0)),
        "prompt:hush": sound(_comfort(4.0).astype(np.int16), loops=False),
    }
