"""Vosk itself, with the shipped model and recordings."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import pytest

from asr.audio import Clip
from asr.errors import ModelError
from asr.offline import finals, transcribe
from asr.options import Options
from asr.vosk_engine import RETIRED, SPARE, Kaldi, VoskEngine, VoskRecogniser
from asr.words import Speech, parse_speech
from tests.asr.spoken import Spoken, raised


@pytest.fixture(scope="module")
def engine(demo_model: Path) -> VoskEngine:
    return VoskEngine(demo_model)


@pytest.fixture(scope="module")
def clip(greeting: Spoken) -> Clip:
    return greeting.clip


def test_it_says_which_model_and_which_vosk(engine: VoskEngine, demo_model: Path) -> None:
    assert engine.sha256 == hashlib.sha256((demo_model / "am" / "final.mdl").read_bytes()).hexdigest()
    assert engine.software == f"vosk {version('vosk')}"


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100])
def test_at_any_rate_from_the_telephones_up(engine: VoskEngine, greeting: Spoken, rate: int) -> None:
    assert greeting.heard_in(transcribe(engine, raised(greeting.clip, rate)))


class Counting:
    """Stands for a KaldiRecognizer and counts the samples it is given."""

    def __init__(self) -> None:
        self.samples = 0

    def AcceptWaveform(self, pcm: bytes) -> int:  # noqa: N802
        self.samples += len(pcm) // 2
        return 0

    def PartialResult(self) -> str:  # noqa: N802
        return '{"partial": ""}'

    def FinalResult(self) -> str:  # noqa: N802
        return '{"text": ""}'


@pytest.mark.parametrize(("rate", "model_rate"), [(8000, 16_000), (8000, 8000), (16_000, 8000)])
def test_only_a_rate_below_the_models_is_raised(rate: int, model_rate: int) -> None:
    kaldi = Counting()
    recogniser = VoskRecogniser(Kaldi(kaldi), Options(rate), model_rate, 0)
    for _ in range(10):
        recogniser.accept(bytes(2 * rate // 10))
    recogniser.finish()
    assert kaldi.samples == max(rate, model_rate)


def test_vosk_takes_what_was_raised(engine: VoskEngine, greeting: Spoken) -> None:
    recogniser = engine.recogniser(Options(6000))
    recogniser.accept(greeting.clip.pcm)
    assert parse_speech(recogniser.partial()).kind == "partial"
    assert parse_speech(recogniser.finish()).kind == "final"


def test_word_times_lie_in_the_clip_and_in_order(engine: VoskEngine, greeting: Spoken) -> None:
    words = [word for speech in finals(engine, greeting.clip) for word in speech.words]
    assert greeting.heard_in("".join(word.text for word in words))
    edges = [edge for word in words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert 0 <= edges[0] < edges[-1] <= greeting.clip.seconds + 0.1
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
        ("您好 这里 是", "热线"),
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


def test_a_warm_recogniser_hears_like_a_new_one_and_on_the_streams_own_time(
    engine: VoskEngine, clip: Clip
) -> None:
    def said(at: int) -> Speech:
        recogniser = engine.recogniser(Options(clip.rate, words=True), at)
        recogniser.accept(clip.pcm)
        speech = parse_speech(recogniser.finish())
        engine.give_back(recogniser)
        return speech

    first, again, later = said(0), said(0), said(100 * clip.rate)
    assert again == first
    assert [word.text for word in later.words] == [word.text for word in first.words]
    assert [word.start - 100 for word in later.words] == pytest.approx(
        [w.start for w in first.words], abs=2e-3
    )


def test_recognisers_are_shared_only_by_those_who_want_the_same(engine: VoskEngine) -> None:
    plain, other = Options(), Options(words=False)
    one = engine.recogniser(plain)
    engine.give_back(one)
    two = engine.recogniser(other)
    three = engine.recogniser(plain)
    assert two.kaldi is not one.kaldi
    assert three.kaldi is one.kaldi
    assert engine.recogniser(plain).kaldi is not one.kaldi


def test_a_recogniser_retires_and_few_are_kept(engine: VoskEngine) -> None:
    old = engine.recogniser(Options())
    old.kaldi.seconds = RETIRED
    engine.give_back(old)
    assert engine.recogniser(Options()).kaldi is not old.kaldi
    many = [engine.recogniser(Options()) for _ in range(SPARE + 3)]
    for each in many:
        engine.give_back(each)
    again = [engine.recogniser(Options()).kaldi for _ in many]
    assert len([kaldi for kaldi in again if kaldi in [each.kaldi for each in many]]) == SPARE


def test_a_phrase_list_narrows_what_is_heard(engine: VoskEngine, clip: Clip) -> None:
    recogniser = engine.recogniser(Options(clip.rate, phrases=("一", "二")))
    recogniser.accept(clip.pcm)
    assert set(parse_speech(recogniser.finish()).text) <= {"一", "二"}


def test_a_name_is_heard_that_the_lexicon_has_only_in_pieces(engine: VoskEngine, clip: Clip) -> None:
    assert engine.phrases
    recogniser = engine.recogniser(Options(clip.rate, phrases=("没有这个冢", "您好这里是", "热线")))
    recogniser.accept(clip.pcm)
    words = parse_speech(recogniser.finish()).words
    assert {word.text for word in words} <= {"您好", "这里", "是", "这里是", "热线"}


def test_a_recogniser_with_phrases_of_its_own_is_nobody_elses(engine: VoskEngine) -> None:
    wanted = Options(phrases=("一",))
    one = engine.recogniser(wanted)
    engine.give_back(one)
    assert engine.recogniser(wanted).kaldi is not one.kaldi


def test_alternatives(engine: VoskEngine, greeting: Spoken) -> None:
    recogniser = engine.recogniser(Options(max_alternatives=3))
    recogniser.accept(greeting.clip.pcm)
    heard = json.loads(recogniser.finish())["alternatives"]
    assert 1 <= len(heard) <= 3
    assert greeting.heard_in(heard[0]["text"])


def test_nothing_and_odd_orders_do_no_harm(engine: VoskEngine) -> None:
    recogniser = engine.recogniser(Options())
    assert parse_speech(recogniser.finish()).text == ""
    assert recogniser.accept(b"") == ""
    assert recogniser.accept(b"\0\0") == ""
    assert parse_speech(recogniser.partial()).text == ""
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


def test_streams_made_used_and_ended_in_many_threads_at_once(engine: VoskEngine, greeting: Spoken) -> None:
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(lambda _: transcribe(engine, greeting.clip), range(24)))
    assert len(set(heard)) == 1
    assert greeting.heard_in(heard[0])
