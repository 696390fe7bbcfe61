"""How much voice the acoustic model takes at a time: the model's own setting says it, and another may.

Kaldi computes nothing until `frames-per-chunk` are there (0.3 s in the shipped model, 0.2 to 0.5 s in
others), so an interim result is late by half of that before anything else. Smaller chunks cost CPU: the
weights are gone through once for each. What is computed is the same. The stock server has no such thing.
Pure; `asr.view` shows Vosk the setting.
"""

from __future__ import annotations

from typing import Final

FRAME: Final = 0.01
"""Seconds from one of Kaldi's frames to the next."""
STEP: Final = 3
"""Frames that make one of the decoder's, in every model Vosk can use."""
DEFAULT: Final = 0.18
"""Seconds: with the shipped model interim results come in little more than half of the time of 0.3 s, for
some 7 % more CPU; 0.12 s would make it less than half, for 14 %."""


def with_chunk(settings: str, seconds: float) -> str:
    """A model.conf's text with another chunk: of two, Kaldi takes the last."""
    return f"{settings.rstrip()}\n--frames-per-chunk={frames(seconds)}\n"


def frames(seconds: float) -> int:
    """Kaldi's frames nearest to so many seconds, in whole steps of the decoder; one at least."""
    return max(1, round(seconds / FRAME / STEP)) * STEP
