"""Samples as telephones know them: rate change, G.711, levels, bands and noise, in numpy.

Pure; all chance comes from the generator passed in. Knows nothing of speech or files. Float samples are
-1..1. The one place of it in this house: what trains the demo model and what measures any model bend sound
alike.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

TELEPHONE_RATE: Final = 8000
"""Hz; G.711's sample rate and the model's."""

_FULL_SCALE: Final = 32768.0
_EDGE: Final = 64
"""Samples of silence around a block, so that the circular Fourier resampling does not join its end to its
start."""

_BLOCK: Final = 60
_OVERLAP: Final = 1
"""Seconds: long recordings are filtered and resampled in blocks, so that memory stays bounded."""

_ACTIVE_DB: Final = 15.9
"""ITU-T P.56's margin: what is this far below the active level is a pause, not speech."""
_FRAME: Final = 0.02

FloatSamples = NDArray[np.float32]
Noise = Literal["white", "pink", "hum", "bursts"]
NOISES: Final[tuple[Noise, ...]] = get_args(Noise)


def resample(samples: FloatSamples, ratio: float) -> FloatSamples:
    """The same sound with `ratio` times as many samples (band-limited, by Fourier transform)."""
    padded = np.pad(samples, _EDGE)
    wanted = max(1, round(len(padded) * ratio))
    spectrum = np.fft.rfft(padded)
    kept = np.zeros(wanted // 2 + 1, spectrum.dtype)
    common = min(len(spectrum), len(kept))
    kept[:common] = spectrum[:common]
    changed = np.fft.irfft(kept, wanted) * (wanted / len(padded))
    edge = round(_EDGE * ratio)
    return changed[edge : edge + round(len(samples) * ratio)].astype(np.float32)


def to_float(samples: NDArray[np.int16]) -> FloatSamples:
    """16-bit samples as -1..1."""
    return samples.astype(np.float32) / np.float32(_FULL_SCALE)


def to_int16(samples: FloatSamples) -> NDArray[np.int16]:
    """-1..1 as 16-bit samples, clipped."""
    clipped: NDArray[np.floating[Any]] = np.clip(np.rint(samples * _FULL_SCALE), -32768, 32767)
    return clipped.astype(np.int16)


def set_peak(samples: FloatSamples, dbfs: float) -> FloatSamples:
    """Scaled so that the loudest sample is at `dbfs` (0 = full scale); silence stays silence."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    return samples if peak == 0.0 else samples * np.float32(10 ** (dbfs / 20) / peak)


def _alaw_table() -> NDArray[np.float32]:
    """G.711 table 1: the 256 decoded A-law values, ascending, as -1..1."""
    code = np.arange(128)
    exponent, mantissa = code >> 4, code & 15
    positive = np.where(exponent == 0, mantissa * 2 + 1, (mantissa * 2 + 33) << np.maximum(exponent - 1, 0))
    positive = positive.astype(np.float32) * 8 / _FULL_SCALE
    return np.concatenate((-positive[::-1], positive)).astype(np.float32)


def _ulaw_table() -> NDArray[np.float32]:
    """G.711 table 2: the decoded µ-law values, ascending, as -1..1 (both zeros as one)."""
    code = np.arange(128)
    levels = ((((code & 15) << 3) + 0x84) << (code >> 4)) - 0x84
    positive = levels.astype(np.float32) / _FULL_SCALE
    return np.concatenate((-positive[:0:-1], positive)).astype(np.float32)


_ALAW: Final = _alaw_table()
_ULAW: Final = _ulaw_table()


def _nearest(table: NDArray[np.float32], samples: FloatSamples) -> FloatSamples:
    return table[np.searchsorted((table[1:] + table[:-1]) / 2, samples, side="right")]


def through_alaw(samples: FloatSamples) -> FloatSamples:
    """What is left after G.711 A-law encoding and decoding; pure silence becomes its idle ±8 of 32768."""
    return _nearest(_ALAW, samples)


def through_ulaw(samples: FloatSamples) -> FloatSamples:
    """What is left after G.711 µ-law encoding and decoding."""
    return _nearest(_ULAW, samples)


def to_rate(samples: FloatSamples, rate: int, wanted: int) -> FloatSamples:
    """The same sound at another rate (Hz), in bounded memory however long it is."""
    if rate == wanted:
        return samples
    block, edge = _BLOCK * rate, _OVERLAP * rate
    parts = []
    for start in range(0, len(samples), block):
        before = min(edge, start)
        piece = resample(samples[start - before : start + block + edge], wanted / rate)
        length = min(block, len(samples) - start) * wanted // rate
        parts.append(piece[before * wanted // rate :][:length])
    return np.concatenate(parts) if parts else samples


def band_pass(
    samples: FloatSamples, rate: int, low: float, high: float, orders: tuple[int, int]
) -> FloatSamples:
    """Butterworth magnitudes without delay: -3 dB at `low` and `high` (Hz), `orders` times 6 dB an octave
    outside."""
    padded = np.pad(samples, _EDGE)
    spectrum = np.fft.rfft(padded)
    pitch = np.maximum(np.fft.rfftfreq(len(padded), 1 / rate), 1.0)
    below, above = orders
    gain = 1 / np.sqrt((1 + (low / pitch) ** (2 * below)) * (1 + (pitch / high) ** (2 * above)))
    return np.fft.irfft(spectrum * gain, len(padded))[_EDGE : _EDGE + len(samples)].astype(np.float32)


def active_power(samples: FloatSamples, rate: int) -> float:
    """Mean power of what is not pauses: after ITU-T P.56, of all that is less than 15.9 dB below it."""
    size = max(1, round(rate * _FRAME))
    frames = np.pad(samples.astype(np.float64), (0, -len(samples) % size)).reshape(-1, size)
    if not len(frames):
        return 0.0
    power = np.mean(frames**2, axis=1)
    level = float(power.mean())
    for _ in range(20):  # rises from the mean of all, pauses and all, and settles after a few rounds
        heard = power[power >= level * 10 ** (-_ACTIVE_DB / 10)]
        raised = float(heard.mean())
        if raised <= level * 1.0001:
            break
        level = raised
    return level


def noise(kind: Noise, count: int, rate: int, chance: np.random.Generator) -> FloatSamples:
    """`count` samples of noise, of no particular level."""
    return coloured(chance.standard_normal(count).astype(np.float32), kind, rate, chance)


def coloured(white: FloatSamples, kind: Noise, rate: int, chance: np.random.Generator) -> FloatSamples:
    """White noise made pink, a mains hum with its harmonics, or bursts (steps, doors, a busy room)."""
    count = len(white)
    if kind == "pink":
        spectrum = np.fft.rfft(white)
        return np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), count).astype(np.float32)
    if kind == "hum":
        time = np.arange(count) / rate
        hum = sum(chance.uniform(0.1, 1) * np.sin(2 * np.pi * 50 * k * time) for k in range(1, 9))
        return np.asarray(hum + white * 0.3, np.float32)
    if kind == "bursts":
        length = rate // 10
        steps = chance.uniform(0, 1, count // length + 2) ** 3
        return white * np.interp(np.arange(count), np.arange(len(steps)) * length, steps).astype(np.float32)
    return white


def add_noise(samples: FloatSamples, hiss: FloatSamples, snr_db: float, rate: int) -> FloatSamples:
    """With `hiss` so loud that it is `snr_db` below the speech's active level; silence stays silence."""
    power = active_power(samples, rate)
    level = np.sqrt(power / 10 ** (snr_db / 10) / max(float(np.mean(hiss.astype(np.float64) ** 2)), 1e-12))
    return (samples + hiss * np.float32(level)).astype(np.float32)
