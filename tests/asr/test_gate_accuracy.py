"""The gate costs no accuracy: the shipped model hears with it what it hears without, at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from asr.audio import Clip
from asr.evaluate.cer import count
from asr.evaluate.line import Line, carry
from asr.offline import finals
from asr.samples import to_float, to_int16
from asr.training.grammar import load
from asr.training.sentences import held_out_drawn
from asr.training.spoken_sets import Spoken, speak
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


def wrong(text: str, heard: list[Word]) -> int:
    return count(text, "".join(word.text for word in heard)).errors


def errors(engine: VoskEngine, said: list[Said], *, gated: bool) -> int:
    return sum(wrong(text, words(engine, pcm, gated=gated)) for text, pcm in said)


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
    assert wrong(text, gated) <= wrong(text, plain)
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


def samples(each: Spoken) -> NDArray[np.int16]:
    return np.frombuffer(each.clip.pcm, "<i2")


def test_unseen_sentences_on_a_noisy_line(need: Need, engine: VoskEngine) -> None:
    need("espeak-ng", debian="espeak-ng")
    spoken_ = speak([*HELD_OUT[::3], *TRAINING[::20]], held_out_drawn(load()), 3)
    lines = [Line("phone", snr_db=snr, seed=11) for snr in (16.0, 24.0, 32.0)]
    said = [
        (each.text, to_int16(carry(line, to_float(samples(each)), 8000, each.text)[0]).tobytes())
        for each, line in zip(spoken_, cycle(lines), strict=False)
    ]
    assert sum(len(text) for text, _ in said) > 200
    assert errors(engine, said, gated=True) <= errors(engine, said, gated=False)
