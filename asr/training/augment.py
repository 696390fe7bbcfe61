"""Makes a clean utterance what a telephone delivers: other voices, levels, lines, noise, tones, codecs.

Pure; all chance comes from the generator passed in. Samples are 8 kHz floats of -1..1 unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from asr import samples as sound
from asr.samples import (
    NOISES,
    TELEPHONE_RATE,
    FloatSamples,
    resample,
    set_peak,
    through_alaw,
    through_ulaw,
)
from asr.training.espeak import SAMPLE_RATE

PEAK_DBFS: Final = (-28.0, -1.0)
SNR_DB: Final = (8.0, 45.0)
WARP: Final = (0.8, 1.22)
"""Time, pitch and formants stretched together: makes a small child and a deep bass of the same voice."""

_DTMF: Final = ((697, 770, 852, 941), (1209, 1336, 1477, 1633))
_CALL_TONE: Final = 450.0
"""Hz of China's dial, ring-back and busy tone."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What arrives: audio, and where the utterance's sample s (22 050 Hz) is in it: lead + s * ratio."""

    samples: FloatSamples
    ratio: float
    lead: int


def telephone_call(clean: FloatSamples, chance: np.random.Generator) -> Heard:
    """The clean utterance (22 050 Hz) as heard at the far end of some telephone line."""
    warp = chance.uniform(*WARP) if chance.random() < 0.65 else 1.0
    ratio = TELEPHONE_RATE / SAMPLE_RATE * warp
    speech = set_peak(resample(clean, ratio), 0.0)
    with_tones = chance.random() < 0.18
    before = _edge(chance, with_tones)
    after = _edge(chance, with_tones)
    samples = np.concatenate((before, speech, after))
    return Heard(degrade(samples, chance), ratio, len(before))


def nobody(chance: np.random.Generator, seconds: float = 4.0) -> FloatSamples:
    """A line on which no one speaks: tones, noise or nothing at all."""
    count = round(seconds * TELEPHONE_RATE)
    kind = chance.integers(3)
    if kind == 0:
        return degrade(set_peak(tones(count, chance), 0.0), chance)
    quiet = np.zeros(count, np.float32)
    if kind == 1:
        return through_alaw(quiet) if chance.random() < 0.5 else quiet
    hiss = set_peak(noise(count, chance), chance.uniform(-60, -6))
    return _codec(hiss, chance)


def degrade(samples: FloatSamples, chance: np.random.Generator) -> FloatSamples:
    """Line, noise, level and codec, each as often as experience says."""
    samples = _shape(samples, chance)
    if chance.random() < 0.75:
        samples = add_noise(samples, chance.uniform(*SNR_DB), chance)
    return _codec(set_peak(samples, chance.uniform(*PEAK_DBFS)), chance)


def add_noise(samples: FloatSamples, snr_db: float, chance: np.random.Generator) -> FloatSamples:
    """With noise of some kind, `snr_db` below the speech."""
    return sound.add_noise(samples, noise(len(samples), chance), snr_db, TELEPHONE_RATE)


def noise(count: int, chance: np.random.Generator) -> FloatSamples:
    """White, pink, mains hum or bursts."""
    white = chance.standard_normal(count).astype(np.float32)
    return sound.coloured(white, NOISES[chance.integers(4)], TELEPHONE_RATE, chance)


def tones(count: int, chance: np.random.Generator) -> FloatSamples:
    """Call progress tones, keys, a chord, a melody or a sweep, peak about 1."""
    kind = chance.integers(6)
    time = np.arange(count) / TELEPHONE_RATE
    if kind <= 1:
        on, off = ((1.0, 4.0), (0.35, 0.35), (0.7, 0.7), (count, 0.0), (0.4, 0.04))[chance.integers(5)]
        pitch = _CALL_TONE if kind == 0 else chance.uniform(300, 1400)
        gate = (time + chance.uniform(0, 1)) % (on + off) < on
        return (np.sin(2 * np.pi * pitch * time) * gate).astype(np.float32)
    if kind == 5:
        low, high = chance.uniform(200, 600), chance.uniform(800, 3000)
        sweep: FloatSamples = np.sin(2 * np.pi * (low + (high - low) * time / time[-1] / 2) * time)
        return sweep.astype(np.float32)
    return _notes(time, chance, int(kind))


def _notes(time: np.ndarray, chance: np.random.Generator, kind: int) -> FloatSamples:
    """Keys (kind 2), a chord (3), a melody with overtones (4)."""
    sound = np.zeros(len(time))
    length = chance.uniform(0.08, 0.4) if kind != 3 else 99.0
    for note in range(int(time[-1] / length) + 1):
        inside = (time >= note * length) & (time < (note + (0.6 if kind == 2 else 0.95)) * length)
        if kind == 2:
            pitches = [float(chance.choice(row)) for row in _DTMF]
        else:
            base = 220 * 2 ** (chance.integers(0, 25) / 12)
            pitches = [base, base * 1.26, base * 1.5] if kind == 3 else [base, base * 2, base * 3]
        for number, pitch in enumerate(pitches):
            sound += inside * np.sin(2 * np.pi * pitch * time) / (1 + (number if kind == 4 else 0))
    return np.asarray(sound, np.float32)


def _edge(chance: np.random.Generator, with_tones: bool) -> FloatSamples:
    quiet = np.zeros(round(chance.uniform(0.1, 0.9) * TELEPHONE_RATE), np.float32)
    if not with_tones:
        return quiet
    sound = tones(round(chance.uniform(0.4, 1.6) * TELEPHONE_RATE), chance)
    sound = set_peak(sound, chance.uniform(-12, 0))
    return np.concatenate(
        (quiet, sound, np.zeros(round(chance.uniform(0.1, 0.5) * TELEPHONE_RATE), np.float32))
    )


def _shape(samples: FloatSamples, chance: np.random.Generator) -> FloatSamples:
    """A telephone's band-pass (35 %) and a tilt of up to 6 dB an octave-ish either way (30 %)."""
    band, tilt = chance.random() < 0.35, chance.random() < 0.3
    if not (band or tilt):
        return samples
    if band:
        low, high = chance.uniform(150, 350), chance.uniform(3000, 3700)
        samples = sound.band_pass(samples, TELEPHONE_RATE, low, high, (3, 6))
    if tilt:
        samples = _tilted(samples, chance.uniform(-0.6, 0.6))
    return samples


def _tilted(samples: FloatSamples, slope: float) -> FloatSamples:
    spectrum = np.fft.rfft(samples)
    pitch = np.fft.rfftfreq(len(samples), 1 / TELEPHONE_RATE)
    return np.fft.irfft(spectrum * (np.maximum(pitch, 60) / 800) ** slope, len(samples)).astype(np.float32)


def _codec(samples: FloatSamples, chance: np.random.Generator) -> FloatSamples:
    return through_alaw(samples) if chance.random() < 0.75 else through_ulaw(samples)
