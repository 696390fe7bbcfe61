"""Vosk itself, with the shipped model and real (synthetic) speech."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asr.audio import Clip, read_wav
from asr.errors import ModelError
from asr.offline import finals, transcribe
from asr.session import Options
from asr.vosk_engine import VoskEngine
from asr.words import parse_speech
from tests.asr.speech import Say, at_rate

SENTENCE = "我要报警,有人打架"
WRITTEN = "我要报警有人打架"


@pytest.fixture(scope="module")
def engine(demo_model: Path) -> VoskEngine:
    return VoskEngine(demo_model)


@pytest.fixture(scope="module")
def clip(say: Say) -> Clip:
    return read_wav(say(SENTENCE).read_bytes())


def test_a_sentence_word_for_word(engine: VoskEngine, clip: Clip) -> None:
    assert transcribe(engine, clip) == WRITTEN


@pytest.mark.parametrize("rate", [8000, 11025, 16000])
def test_at_any_rate_from_the_telephones_up(engine: VoskEngine, clip: Clip, rate: int) -> None:
    assert transcribe(engine, at_rate(clip, rate)) == WRITTEN


def test_below_it_words_come_out_all_the_same(engine: VoskEngine, clip: Clip) -> None:
    assert set(transcribe(engine, at_rate(clip, 6000))) & set(WRITTEN)


def test_word_times_lie_in_the_clip_and_in_order(engine: VoskEngine, clip: Clip) -> None:
    words = [word for speech in finals(engine, clip) for word in speech.words]
    assert "".join(word.text for word in words) == WRITTEN
    edges = [edge for word in words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert 0 <= edges[0] < edges[-1] <= clip.seconds + 0.1
    assert all(0 < word.conf <= 1 for word in words)


def test_after_a_reset_times_go_on_from_the_streams_beginning(engine: VoskEngine, clip: Clip) -> None:
    recogniser = engine.recogniser(Options(clip.rate))
    starts = []
    for _ in range(2):
        recogniser.accept(clip.pcm)
        starts.append(parse_speech(recogniser.finish()).words[0].start)
    assert starts[1] - starts[0] == pytest.approx(clip.seconds, abs=0.15)


@pytest.mark.parametrize(
    "phrases",
    [
        ("我 要 报警", "有人 打架"),
        ("没有这个词的词",),
        ("",),
        ("   ",),
        ("[unk]",),
        ('"', "\\", "]"),
        ("\0",),
        ("我 " * 90,),
    ],
)
def test_any_phrase_list_leaves_a_recogniser_that_works(
    engine: VoskEngine, clip: Clip, phrases: tuple[str, ...]
) -> None:
    recogniser = engine.recogniser(Options(clip.rate, phrases=phrases))
    recogniser.accept(clip.pcm)
    assert parse_speech(recogniser.finish()).kind == "final"


def test_a_phrase_list_narrows_what_is_heard(engine: VoskEngine, clip: Clip) -> None:
    recogniser = engine.recogniser(Options(clip.rate, phrases=("一", "二")))
    recogniser.accept(clip.pcm)
    assert set(parse_speech(recogniser.finish()).text) <= {"一", "二"}


def test_alternatives(engine: VoskEngine, clip: Clip) -> None:
    recogniser = engine.recogniser(Options(clip.rate, max_alternatives=3))
    recogniser.accept(clip.pcm)
    heard = json.loads(recogniser.finish())["alternatives"]
    assert 1 <= len(heard) <= 3
    assert "".join(heard[0]["text"].split()) == WRITTEN


def test_nothing_and_odd_orders_do_no_harm(engine: VoskEngine) -> None:
    recogniser = engine.recogniser(Options())
    assert parse_speech(recogniser.finish()).text == ""
    assert parse_speech(recogniser.accept(b"")).text == ""
    assert parse_speech(recogniser.accept(b"\0\0")).text == ""
    assert parse_speech(recogniser.finish()).text == ""
    assert parse_speech(recogniser.finish()).text == ""


def test_silence_is_silence(engine: VoskEngine) -> None:
    assert transcribe(engine, Clip(8000, bytes(16_000 * 5))) == ""


def test_a_model_that_vosk_cannot_load(demo_model: Path, tmp_path: Path) -> None:
    for path in demo_model.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(demo_model)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (tmp_path / "am" / "final.mdl").write_bytes(b"\0B<TransitionModel> broken")
    with pytest.raises(ModelError, match="Vosk 无法载入"):
        VoskEngine(tmp_path)
