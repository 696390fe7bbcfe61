"""The gate costs no accuracy: the shipped model hears with it what it hears without, at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from asr.training.audio import to_int16
from asr.training.evaluate import noisy_alaw, speak

from asr.audio import Clip
from asr.offline import finals
from asr.training.grammar import load
from asr.training.sentences import held_out_drawn
from asr.training.text import edit_distance
from asr.training.voices import HELD_OUT, TRAINING
from asr.vosk_engine import VoskEngine
from asr.words import Word
from tests.asr.spoken import SPEECH, spoken

Need = Callable[..., str]
Said = tuple[str, bytes]


@pytest.fixture(scope="module")
def engine(demo_model: Path) -> VoskEngine:
    return VoskEngine(demo_model)


def words(engine: VoskEngine, pcm: bytes, *, gated: bool) -> list[Word]:
    return [word for speech in finals(engine, Clip(8000, pcm), gated=gated) for word in speech.words]


def errors(engine: VoskEngine, said: list[Said], *, gated: bool) -> int:
    return sum(
        edit_distance(text, "".join(word.text for word in words(engine, pcm, gated=gated)))
        for text, pcm in said
    )


def recordings() -> Iterator[Said]:
    for path in sorted(SPEECH.glob("*.wav")):
        one = spoken(path.stem)
        yield one.text, one.clip.pcm


def test_one_call_of_all_recordings_with_pauses_of_every_length(engine: VoskEngine) -> None:
    said = list(recordings())
    pauses = np.random.default_rng(7).uniform(0.2, 6.0, len(said))
    pcm = b"".join(bytes(2 * int(8000 * pause)) + each for pause, (_, each) in zip(pauses, said, strict=True))
    text = "".join(text for text, _ in said)
    plain, gated = words(engine, pcm, gated=False), words(engine, pcm, gated=True)
    assert edit_distance(text, "".join(word.text for word in gated)) <= edit_distance(
        text, "".join(word.text for word in plain)
    )
    matcher = SequenceMatcher(None, [w.text for w in plain], [w.text for w in gated], autojunk=False)
    pairs = [
        (plain[a + number], gated[b + number])
        for a, b, size in matcher.get_matching_blocks()
        for number in range(size)
    ]
    assert len(pairs) >= 0.95 * len(plain)
    # One frame of the decoder is 0.03 s, and where its frames begin is another matter with each utterance; a
    # word misheard by one of the two has its edge elsewhere.
    apart = sorted(max(abs(a.start - b.start), abs(a.end - b.end)) for a, b in pairs)
    assert apart[int(0.98 * len(apart))] <= 0.1
    assert apart[-1] <= 0.3


def test_unseen_sentences_on_a_noisy_line(need: Need, engine: VoskEngine) -> None:
    need("espeak-ng", debian="espeak-ng")
    spoken_ = speak([*HELD_OUT[::3], *TRAINING[::20]], held_out_drawn(load()), 3)
    chance = np.random.default_rng(11)
    said = [(each.text, to_int16(noisy_alaw(each.samples, chance)).tobytes()) for each in spoken_]
    assert sum(len(text) for text, _ in said) > 200
    assert errors(engine, said, gated=True) <= errors(engine, said, gated=False)
