"""The time line behind the gate, exact to the sample, and when an interim result is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.answers import SAME, read
from asr.errors import AsrError
from asr.gate import Begin, End, Event, Voice
from asr.listener import Listener, pieces
from asr.options import Options
from tests.asr.fake_engine import FakeEngine, spoken

DIGITS = "零一二三四五六七八九"


def listener(engine: FakeEngine, rate: int = 8000, *, gated: bool = True, interval: float = 0.0) -> Listener:
    return Listener(engine, Options(rate), gated=gated, interval=lambda: interval)


def talk(ear: Listener, messages: list[bytes]) -> list[str]:
    return [ear.hear(ear.listen(message)) for message in messages] + [ear.hear(ear.finish())]


def words(answers: list[str]) -> list[dict[str, Any]]:
    return [word for answer in answers if answer for word in read(answer).get("result", ())]


PARTS = st.lists(
    st.tuples(st.integers(1, 9), st.floats(0.1, 0.5), st.floats(0.06, 2.5)), min_size=1, max_size=6
)


@settings(max_examples=30, deadline=None)
@given(
    lead=st.floats(0, 6), parts=PARTS, chunk=st.floats(0.02, 3.0), rate=st.sampled_from([8000, 16_000]),
    gated=st.booleans(),
)  # fmt: skip
def test_whatever_is_not_heard_every_word_keeps_its_time(
    lead: float, parts: list[tuple[int, float, float]], chunk: float, rate: int, gated: bool
) -> None:
    pcm, expected = bytes(2 * round(lead * rate)), []
    for digit, length, gap in parts:
        said = spoken(DIGITS[digit], rate, word=length, pause=0.0)
        expected.append((DIGITS[digit], len(pcm) / 2 / rate, (len(pcm) + len(said)) / 2 / rate))
        pcm += said + bytes(2 * round(gap * rate))
    size = 2 * round(chunk * rate)
    ear = listener(FakeEngine(rate), rate, gated=gated)
    answers = talk(ear, [pcm[at : at + size] for at in range(0, len(pcm), size)])
    heard = words(answers)
    assert [word["word"] for word in heard] == [word for word, _, _ in expected]
    assert [word["start"] for word in heard] == pytest.approx([start for _, start, _ in expected], abs=1e-9)
    assert [word["end"] for word in heard] == pytest.approx([end for _, _, end in expected], abs=1e-9)


def test_who_is_silent_holds_no_recogniser() -> None:
    engine = FakeEngine()
    ear = listener(engine)
    talk(ear, [bytes(1600)] * 600)
    assert (len(engine.made), engine.bytes) == (0, 0)
    talk(ear, [spoken("一"), bytes(16_000), bytes(16_000)])
    assert (len(engine.made), engine.given_back) == (1, 1)


def test_a_final_comes_with_the_message_in_which_the_voice_was_over() -> None:
    ear = listener(FakeEngine())
    answers = [ear.hear(ear.listen(piece)) for piece in [spoken("一", pause=0.0), *[bytes(1600)] * 7]]
    assert [read(answer).get("text") for answer in answers if answer] == [None] * 5 + ["一"]
    assert answers[6:] == [SAME, SAME]


def test_several_utterances_in_one_message_are_one_answer() -> None:
    ear = listener(FakeEngine())
    answer = ear.hear(ear.listen(spoken("一 二 三 ")))
    assert read(answer)["text"] == "一 二 三"


@pytest.mark.parametrize(("interval", "shown"), [(0.0, 10), (0.2, 5), (0.5, 2), (9.0, 0)])
def test_interim_results_are_thinned_and_finals_are_not(interval: float, shown: int) -> None:
    ear = listener(FakeEngine(), interval=interval)
    pcm = spoken("一", word=1.0, pause=0.0)
    answers = talk(ear, [pcm[at : at + 1600] for at in range(0, len(pcm), 1600)])
    assert len([answer for answer in answers[:-1] if answer != SAME]) == shown
    assert read(answers[-1])["text"] == "一"


def test_n_best_lists_are_not_cut_into() -> None:
    ear = Listener(FakeEngine(), Options(max_alternatives=3), gated=True, interval=lambda: 0.0)
    assert ear.listen(bytes(1600)) == [Begin(0), Voice(bytes(1600))]


def test_a_minute_at_once_is_cut_into_seconds_and_loses_nothing() -> None:
    events: list[Event] = [Begin(0), Voice(bytes(range(250)) * 800), End(), Begin(5), Voice(b"\1\0"), End()]
    runs = list(pieces(events, 8000))
    assert all(sum(len(e.pcm) for e in run if isinstance(e, Voice)) <= 16_000 for run in runs)
    assert len(runs) == 13
    flat = [event for run in runs for event in run]
    assert b"".join(e.pcm for e in flat if isinstance(e, Voice)) == bytes(range(250)) * 800 + b"\1\0"
    assert [e for e in flat if not isinstance(e, Voice)] == [Begin(0), End(), Begin(5), End()]


@pytest.mark.parametrize("event", [Voice(b"\0\0"), End()])
def test_an_utterance_that_has_not_begun_is_our_own_mistake(event: Event) -> None:
    with pytest.raises(AsrError):
        listener(FakeEngine()).hear([event])
