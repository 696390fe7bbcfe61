"""Linear sound (s16le mono): frames, 8 kHz to 16 kHz for recognisers that want it, any rate to 8 kHz for
sounds.

Strategy: doubling the rate is a half-band FIR: the old samples stay as they are, the new ones between them
are a windowed-sinc interpolation. Any rate to 8 kHz is the same with one set of taps for each phase. Knows
nothing of codecs or packets.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from bridge.media.g711 import FRAME, RATE, Samples

HALF_TAPS = 24
"""Old samples used on either side of a new one: 3 ms; images above 4.6 kHz are 60 dB down."""


def _interpolator() -> NDArray[np.float32]:
    """Windowed sinc (Kaiser, beta 6) at the half-way points, scaled to unit gain at 0 Hz."""
    at = np.arange(-HALF_TAPS, HALF_TAPS) + 0.5
    taps = np.sinc(at) * np.kaiser(2 * HALF_TAPS, 6.0)
    return np.asarray(taps / taps.sum(), dtype=np.float32)


_TAPS = _interpolator()


class Upsampler:
    """8 kHz to 16 kHz for sound that comes in pieces; the seams are inaudible. Delay: `HALF_TAPS` samples (3
    ms)."""

    def __init__(self) -> None:
        self._past: NDArray[np.float32] = np.zeros(2 * HALF_TAPS - 1, dtype=np.float32)

    def feed(self, pcm: bytes) -> bytes:
        """Twice as many samples as `pcm` (s16le) holds."""
        if not pcm:
            return b""
        line = np.concatenate([self._past, np.frombuffer(pcm, dtype="<i2").astype(np.float32)])
        self._past = line[-(2 * HALF_TAPS - 1) :]
        between = np.convolve(line, _TAPS, "valid")
        out = np.empty(2 * between.size, dtype=np.float32)
        out[0::2] = line[HALF_TAPS - 1 : HALF_TAPS - 1 + between.size]
        out[1::2] = between
        return np.clip(np.rint(out), -32768, 32767).astype("<i2").tobytes()


def upsample_8k_to_16k(pcm: bytes) -> bytes:
    """A whole recording (s16le) at twice the rate, without delay: sample 2n of the result is sample n of
    `pcm`.

    For sound that comes in pieces use `Upsampler`, which remembers the seam.
    """
    tail = b"\0\0" * HALF_TAPS
    return Upsampler().feed(pcm + tail)[4 * HALF_TAPS :]


CROSSINGS = 24
"""Zero crossings of the sinc used on either side when a sound is brought to 8 kHz."""
BAND_EDGE = 0.92
"""Of 4 kHz: where the low-pass has fallen by half; 3.4 kHz passes whole."""


def to_8k(samples: NDArray[np.float32], rate: int) -> Samples:
    """A whole sound of `rate` Hz (at least 8000) at 8 kHz, clipped to 16 bits."""
    if rate != RATE:
        samples = _resampled(samples, rate)
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def _resampled(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Output n lies at n·rate/8000 of the input; that has 8000/gcd phases, each with its own taps."""
    up, down = RATE // gcd(rate, RATE), rate // gcd(rate, RATE)
    half = -(-CROSSINGS * rate // RATE)
    padded = np.concatenate([np.zeros(half, np.float32), samples, np.zeros(half + 1, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    out = np.empty(max(1, samples.size * up // down), dtype=np.float32)
    for phase in range(min(up, out.size)):
        begin, offset = divmod(phase * down, up)
        count = len(range(phase, out.size, up))
        out[phase::up] = windows[begin::down][:count] @ _low_pass(rate, half, offset / up)
    return out


def _low_pass(rate: int, half: int, offset: float) -> NDArray[np.float32]:
    """Windowed sinc of unit gain, its centre `offset` samples after the middle tap."""
    at = np.arange(-half, half + 1) - offset
    width = BAND_EDGE * RATE / rate
    window = np.kaiser(2 * half + 1, 8.0)
    taps = np.sinc(at * width) * window
    return np.asarray(taps / taps.sum(), dtype=np.float32)


def frames(samples: Samples) -> NDArray[np.int16]:
    """Shape (n, 160): 20 ms frames at 8 kHz, the last one filled up with silence."""
    missing = -samples.size % FRAME
    return np.concatenate([samples, np.zeros(missing, dtype=np.int16)]).reshape(-1, FRAME)
