"""The committed demo model, measured: speech made by espeak-ng now, through telephone lines, counted.

A bounded sample (fixed seeds, about 200 sentences); the whole tables are in the model's card.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from asr.audio import Clip
from asr.evaluate.cer import Counts, total
from asr.evaluate.corpus import load as load_corpus
from asr.evaluate.line import Line
from asr.evaluate.run import Way, evaluate, measure
from asr.offline import transcribe
from asr.samples import resample, through_alaw, to_float, to_int16
from asr.training.grammar import load
from asr.training.sentences import held_out_by_hand, held_out_drawn
from asr.training.speech import telephone_clip
from asr.training.spoken_sets import Spoken, nobody_speaks, speak
from asr.training.voices import HELD_OUT, TRAINING
from asr.vosk_engine import VoskEngine

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "tests" / "data" / "speech"
EMPTY = dict(nobody_speaks())
GOOD = Line("phone")

Need = Callable[..., str]


@pytest.fixture(scope="module")
def engine(demo_model: Path) -> VoskEngine:
    return VoskEngine(demo_model)


def said(voices: Sequence[str], sentences: Sequence[str], per_voice: int) -> list[Spoken]:
    spoken = speak(voices, sentences, per_voice)
    assert len(spoken) >= 0.9 * len(voices) * per_voice, "espeak-ng left sentences unsaid"
    return spoken


def heard(engine: VoskEngine, spoken: list[Spoken], line: Line) -> Counts:
    way = Way(line)
    return total([measure(engine, one.clip, one.text, way, name=one.text).counts for one in spoken])


@pytest.fixture(scope="module")
def unseen() -> list[str]:
    return held_out_drawn(load())


def test_unseen_sentences_by_training_voices(need: Need, engine: VoskEngine, unseen: list[str]) -> None:
    need("espeak-ng", debian="espeak-ng")
    counts = heard(engine, said(TRAINING[::4], unseen, 6), GOOD)
    assert counts.characters > 900
    assert (counts.rate or 0) <= 0.01, str(counts)


def test_unseen_sentences_by_held_out_voices(need: Need, engine: VoskEngine, unseen: list[str]) -> None:
    need("espeak-ng", debian="espeak-ng")
    counts = heard(engine, said(HELD_OUT, unseen, 10), GOOD)
    assert (counts.rate or 0) <= 0.02, str(counts)


def test_hand_written_sentences_stay_readable(need: Need, engine: VoskEngine) -> None:
    """Sentences no rule makes: the honest measure of the language model, and well above the grammar's own."""
    need("espeak-ng", debian="espeak-ng")
    counts = heard(engine, said(["", *HELD_OUT[:4]], held_out_by_hand(), 8), GOOD)
    assert (counts.rate or 0) <= 0.08, str(counts)


@pytest.mark.parametrize("name", EMPTY)
def test_nobody_speaking_gives_no_text(engine: VoskEngine, name: str) -> None:
    assert transcribe(engine, telephone_clip(EMPTY[name])) == ""


@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
@pytest.mark.parametrize("scene", ["a", "b"])
def test_the_demos_calls_are_understood(engine: VoskEngine, scene: str, codec: str) -> None:
    entries = [entry for entry in load_corpus(SPEECH) if entry.name.startswith(f"{scene}_")]
    assert len(entries) == 6
    way = Way(Line("phone", codec))  # type: ignore[arg-type]
    counts = total([result.counts for result in evaluate(engine, entries, way)])
    assert (counts.rate or 0) <= 0.02, str(counts)


def test_sixteen_kilohertz_audio_works_too(engine: VoskEngine) -> None:
    (entry,) = [entry for entry in load_corpus(SPEECH) if entry.name == "a_caller_2.wav"]
    samples = through_alaw(to_float(np.frombuffer(entry.clip().pcm, "<i2")))
    twice = Clip(16_000, to_int16(resample(samples, 2.0)).astype("<i2").tobytes())
    assert measure(engine, twice, entry.text, Way()).counts.errors <= 1
