"""Phone events to frame labels, on an utterance made by hand."""

from __future__ import annotations

import numpy as np

from asr.training.espeak import Phone, Utterance
from asr.training.labels import frame_labels, segments
from asr.training.lexicon import phones_of

CLASSES = {"SIL": 0, "a": 1, "t": 2, "@r1": 3, "@r2": 4}
MS = 22.05
"""Samples a millisecond."""


def utterance(*phones: tuple[str, int], length: int = 1000) -> Utterance:
    events = tuple(Phone(name, round(at * MS), 0) for name, at in phones)
    return Utterance("", np.zeros(round(length * MS), np.int16), events)


def runs(spoken: Utterance) -> list[tuple[int, int]]:
    found = segments(spoken, CLASSES)
    return [
        (round(start / MS), int(number)) for start, number in zip(found.starts, found.classes, strict=True)
    ]


def test_a_short_gap_is_the_next_phones_closure() -> None:
    assert runs(utterance(("a", 0), ("_|", 100), ("t", 140), ("_:", 300)))[1:] == [(0, 1), (100, 2), (300, 0)]


def test_a_long_gap_is_silence() -> None:
    assert runs(utterance(("a", 0), ("_|", 100), ("t", 180), ("_:", 300)))[1:] == [
        (0, 1),
        (100, 0),
        (180, 2),
        (300, 0),
    ]


def test_a_gap_before_silence_is_silence() -> None:
    assert runs(utterance(("a", 0), ("_|", 100), ("_:", 120)))[1:] == [(0, 1), (100, 0), (120, 0)]


def test_er_is_split_in_halves() -> None:
    spoken = utterance(("@r", 0), ("_:", 200))
    assert runs(spoken)[1:] == [(0, 3), (100, 4), (200, 0)]
    assert phones_of(spoken.phones) == ("@r1", "@r2")


def test_labels_stand_where_the_sound_is() -> None:
    spoken = segments(utterance(("a", 0), ("t", 300), ("_:", 600)), CLASSES)
    labels = frame_labels(spoken, 8000 / 22050, lead=800, frames=40)
    # Frame k's centre is 30k + 12.5 ms; speech begins at 100 ms.
    expected = [0 if t < 100 or t >= 700 else 1 if t < 400 else 2 for t in (30 * k + 12.5 for k in range(40))]
    assert labels.tolist() == expected
