"""The committed demo model, measured: speech made by espeak-ng now, through a noisy A-law line, counted.

A bounded sample (fixed seeds, about 200 sentences); the whole table is `python -m asr.training evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import vosk

from asr.training.audio import read_wav, resample, through_alaw, through_ulaw
from asr.training.evaluate import (
    Score,
    Spoken,
    clean_alaw,
    nobody_speaks,
    noisy_alaw,
    recognise,
    score,
    speak,
)
from asr.training.grammar import load
from asr.training.sentences import held_out_by_hand, held_out_drawn
from asr.training.text import edit_distance
from asr.training.voices import HELD_OUT, TRAINING

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "asr" / "models" / "demo"
SPEECH = ROOT / "tests" / "data" / "speech"
EMPTY = dict(nobody_speaks())

Need = Callable[..., str]


@pytest.fixture(scope="module")
def model() -> Any:
    vosk.SetLogLevel(-1)
    return vosk.Model(str(MODEL))


def total(scores: dict[str, Score]) -> Score:
    return sum(scores.values(), Score())


def said(voices: Sequence[str], sentences: Sequence[str], per_voice: int) -> list[Spoken]:
    spoken = speak(voices, sentences, per_voice)
    assert len(spoken) >= 0.9 * len(voices) * per_voice, "espeak-ng left sentences unsaid"
    return spoken


@pytest.fixture(scope="module")
def unseen() -> list[str]:
    return held_out_drawn(load())


def test_unseen_sentences_by_training_voices(need: Need, model: Any, unseen: list[str]) -> None:
    need("espeak-ng", debian="espeak-ng")
    heard = total(score(model, said(TRAINING[::4], unseen, 6), noisy_alaw))
    assert heard.characters > 900
    assert heard.rate <= 0.01, str(heard)


def test_unseen_sentences_by_held_out_voices(need: Need, model: Any, unseen: list[str]) -> None:
    need("espeak-ng", debian="espeak-ng")
    scores = score(model, said(HELD_OUT, unseen, 10), noisy_alaw)
    assert total(scores).rate <= 0.02, {voice: str(one) for voice, one in scores.items()}


def test_hand_written_sentences_stay_readable(need: Need, model: Any) -> None:
    """Sentences no rule makes: the honest measure of the language model, and well above the grammar's own."""
    need("espeak-ng", debian="espeak-ng")
    heard = total(score(model, said(["", *HELD_OUT[:4]], held_out_by_hand(), 8), clean_alaw))
    assert heard.rate <= 0.08, str(heard)


@pytest.mark.parametrize("name", EMPTY)
def test_nobody_speaking_gives_no_text(model: Any, name: str) -> None:
    assert recognise(model, EMPTY[name]) == ""


@pytest.mark.parametrize("codec", [through_alaw, through_ulaw])
@pytest.mark.parametrize("scene", ["a", "b"])
def test_the_demos_calls_are_understood(model: Any, scene: str, codec: Callable[..., Any]) -> None:
    files = sorted(SPEECH.glob(f"{scene}_*.wav"))
    errors = characters = 0
    for path in files:
        samples, rate = read_wav(path)
        text = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
        errors += edit_distance(text, recognise(model, codec(samples), rate))
        characters += len(text)
    assert len(files) == 6
    assert errors / characters <= 0.02


def test_sixteen_kilohertz_audio_works_too(model: Any) -> None:
    samples, rate = read_wav(SPEECH / "a_caller_2.wav")
    text = (SPEECH / "a_caller_2.txt").read_text(encoding="utf-8").strip()
    assert edit_distance(text, recognise(model, resample(samples, 2.0), 2 * rate)) <= 1
