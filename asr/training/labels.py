"""Which phone is spoken in which frame, straight from espeak-ng's events: no alignment, no guess.

Pure. Times are samples of the espeak utterance until `frame_labels` maps them to the network's output frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.training.espeak import SAMPLE_RATE, Utterance
from asr.training.lexicon import ER, GAP, fold, is_silence

OUTPUT_SHIFT: Final = 240
"""Samples (8 kHz) between two output frames: 30 ms, every third 10 ms feature frame; Vosk counts on 3."""

OUTPUT_CENTRE: Final = 100
"""Middle of the first 25 ms feature window, in samples (8 kHz)."""

_LONG_GAP: Final = round(0.07 * SAMPLE_RATE)
"""A syllable gap of 70 ms is a pause; a shorter one is the closure of the next stop."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Class `classes[i]` from sample `starts[i]` (22 050 Hz) to the next start."""

    starts: NDArray[np.int64]
    classes: NDArray[np.int64]


def segments(utterance: Utterance, classes: dict[str, int]) -> Segments:
    """The utterance as runs of classes; raises KeyError for a phone the lexicon never used."""
    runs = [(0, 0), *_runs(utterance, classes)]
    starts = np.array([start for start, _ in runs], np.int64)
    return Segments(starts, np.array([number for _, number in runs], np.int64))


def _runs(utterance: Utterance, classes: dict[str, int]) -> Iterator[tuple[int, int]]:
    phones = utterance.phones
    ends = [phone.sample for phone in phones[1:]] + [len(utterance.samples)]
    closure = -1
    for index, phone in enumerate(phones):
        start = phone.sample if closure < 0 else closure
        closure = -1
        if phone.name == GAP and _is_closure(utterance, index, ends[index] - phone.sample):
            closure = phone.sample
        elif is_silence(phone.name):
            yield start, 0
        elif phone.name == "@r":
            yield start, classes[ER[0]]
            yield (start + ends[index]) // 2, classes[ER[1]]
        else:
            yield start, classes[fold(phone.name)]


def _is_closure(utterance: Utterance, index: int, length: int) -> bool:
    follows = utterance.phones[index + 1 : index + 2]
    return length < _LONG_GAP and bool(follows) and not is_silence(follows[0].name)


def frame_labels(spoken: Segments, ratio: float, lead: int, frames: int) -> NDArray[np.uint8]:
    """The class of each output frame.

    The utterance's sample s stands at sample lead + s * ratio of the 8 kHz audio; `frames` output frames
    are wanted. Frames before the speech are silence; the last segment goes on to the end (it is silence too).
    """
    centres = (np.arange(frames) * OUTPUT_SHIFT + OUTPUT_CENTRE - lead) / ratio
    index = np.searchsorted(spoken.starts, centres, side="right") - 1
    return np.where(index < 0, 0, spoken.classes[np.maximum(index, 0)]).astype(np.uint8)
