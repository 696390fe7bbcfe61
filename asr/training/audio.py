"""Samples as telephones know them: rate change, G.711, levels and WAV files, in numpy.

Pure but for the two functions that touch a WAV file. Knows nothing of speech. Float samples are -1..1.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

TELEPHONE_RATE: Final = 8000
"""Hz; G.711's sample rate and the model's."""

_FULL_SCALE: Final = 32768.0
_EDGE: Final = 64
"""Samples of silence around a block, so that the circular Fourier resampling does not join its end to its
start."""

FloatSamples = NDArray[np.float32]


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


def write_wav(path: Path, samples: FloatSamples, rate: int = TELEPHONE_RATE) -> None:
    """Mono 16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(to_int16(samples).astype("<i2").tobytes())


def read_wav(path: Path) -> tuple[FloatSamples, int]:
    """Samples and rate (Hz) of a mono 16-bit file; raises ValueError on any other, wave.Error on no WAV."""
    with wave.open(str(path), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{path}: not mono 16-bit PCM")
        return to_float(np.frombuffer(file.readframes(file.getnframes()), "<i2")), file.getframerate()
