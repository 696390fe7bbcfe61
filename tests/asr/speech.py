"""Synthetic Mandarin for tests with the real model: espeak-ng's voice at any rate."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

from asr.audio import Clip, Upsampler

Say = Callable[[str], Path]


def speak(espeak: str, text: str, path: Path) -> Path:
    """Writes `text` as a 22 050 Hz WAV file; plain `cmn` reads Hanzi wrongly in Debian 12."""
    command = [espeak, "-v", "cmn-latn-pinyin", "-s", "160", "-w", str(path), text]
    subprocess.run(command, check=True, timeout=30)
    return path


def at_rate(clip: Clip, rate: int) -> Clip:
    """The clip at a lower rate: smoothed over one new sample and read off between the old ones."""
    up = Upsampler(clip.rate, clip.rate * 2)
    fine = np.frombuffer(up.feed(clip.pcm) + up.flush(), "<i2").astype(float)
    box = int(clip.rate * 2 / rate)
    smooth = np.convolve(fine, np.hanning(2 * box + 1) / box, "same")
    where = np.arange(int(len(fine) * rate / clip.rate / 2)) * clip.rate * 2 / rate
    return Clip(rate, bytes(np.interp(where, np.arange(len(smooth)), smooth).astype("<i2")))
