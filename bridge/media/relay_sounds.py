"""Every sound a plan may name, loaded before the first call: voice must never wait for a disk.

The tones come from `tones`, prompts from `<folder>/<name>.wav`. A file that is no 8 kHz mono 16-bit WAV is
logged and left out.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import structlog

from bridge.media.g711 import RATE, Samples
from bridge.media.tones import Sound, sound, tones

log = structlog.get_logger(__name__)

MAX_SECONDS = 120
"""A longer prompt is a mistake; it would sit in memory three times over."""


def load_sounds(prompts: Path) -> dict[str, Sound]:
    """By the names plans use: "ringback", "busy", "hold", "prompt:<name>"."""
    sounds = tones()
    for path in sorted(prompts.glob("*.wav")):
        try:
            sounds[f"prompt:{path.stem}"] = sound(_read(path), loops=False)
        except (wave.Error, EOFError, ValueError, OSError) as error:
            log.warning("prompt left out", file=str(path), error=str(error))
    return sounds


def _read(path: Path) -> Samples:
    """The samples of a WAV. Raises ValueError when it is not 8 kHz, mono, 16 bits, and not too long."""
    with wave.open(str(path), "rb") as file:
        shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        if shape != (RATE, 1, 2):
            raise ValueError(f"want 8000 Hz, 1 channel, 2 bytes; found {shape}")
        if not 0 < file.getnframes() <= MAX_SECONDS * RATE:
            raise ValueError(f"want up to {MAX_SECONDS} s of sound")
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
