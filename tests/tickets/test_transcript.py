"""Transcripts: whatever order the recogniser answers in, nothing said is lost and time order holds."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bridge.tickets import transcript as rules
from bridge.tickets.transcript import Transcript, Utterance, transcript_of


def said(text: str, start: float = 0, end: float = 1, *, leg: str = "a", final: bool = True) -> Utterance:
    return Utterance("caller" if leg == "a" else "12345", leg, start, end, text, final)


def test_a_final_takes_the_place_of_its_legs_interim() -> None:
    heard = transcript_of(
        [said("有", final=False), said("有人", final=False), said("好", 0.5, leg="b", final=False)]
    )
    assert [item.text for item in heard.interims] == ["有人", "好"]
    heard = heard.hear(said("有人打架", 0, 2))
    assert [(item.text, item.final) for item in heard.utterances] == [("有人打架", True), ("好", False)]


def test_an_empty_final_keeps_the_last_words() -> None:
    heard = transcript_of([said("救命", 1, 2, final=False), said("", 1, 3)])
    assert heard.finals == (said("救命", 1, 3),)
    assert heard.interims == ()


def test_a_final_of_another_name_leaves_the_words_that_wait() -> None:
    talking = replace(said("有人打", final=False), id="a-1")
    heard = transcript_of([talking, replace(said("（按键 1：是）"), id="a-key-1")])
    assert heard.interims == (talking,)
    assert [item.id for item in heard.settle().finals] == ["a-key-1", "a-1"]


def test_an_empty_partial_does_not_wipe_words_that_wait() -> None:
    heard = Transcript().hear(said("救命", final=False))
    assert heard.hear(said("", final=False)) is heard


def test_settle_makes_last_words_final() -> None:
    heard = transcript_of([said("救命", final=False), said("您好", leg="b", final=False)]).settle()
    assert [(item.text, item.final) for item in heard.finals] == [("救命", True), ("您好", True)]
    assert heard.settle() is heard


def test_the_same_final_twice_is_one() -> None:
    heard = Transcript().hear(said("您好"))
    assert heard.hear(said("您好")) is heard


def test_a_late_final_finds_its_place() -> None:
    heard = transcript_of([said("二", 5, 6), said("一", 1, 2, leg="b"), said("三", 7, 8)])
    assert heard.said_by("caller") == ("二", "三")
    assert [item.text for item in heard.utterances] == ["一", "二", "三"]


def test_full_transcript_says_that_it_is_truncated() -> None:
    full = Transcript(tuple(said(str(n), n, n) for n in range(rules.MAX_UTTERANCES)))
    more = full.hear(said("还有", 1e6, 1e6))
    assert more.truncated
    assert len(more.finals) == rules.MAX_UTTERANCES
    assert not full.truncated


def test_one_utterance_is_bounded_and_its_end_not_before_its_start() -> None:
    item = Transcript().hear(said("啊" * 9999, 5, 4)).finals[0]
    assert (len(item.text), item.end) == (rules.MAX_TEXT, 5)


UTTERANCES = st.builds(
    Utterance,
    speaker=st.sampled_from(["caller", "12345", "110"]),
    leg=st.sampled_from("abc"),
    start=st.floats(0, 100),
    end=st.floats(0, 100),
    text=st.sampled_from(["", "有人", "打架", "快来", "好"]),
    final=st.booleans(),
)


@given(st.lists(UTTERANCES, max_size=30))
def test_any_order_keeps_time_order_and_one_interim_a_leg(heard: list[Utterance]) -> None:
    result = transcript_of(heard)
    assert list(result.finals) == sorted(result.finals, key=lambda item: (item.start, item.end))
    assert all(item.final and item.text for item in result.finals)
    legs = [item.leg for item in result.interims]
    assert len(set(legs)) == len(legs)
    assert not any(item.final or not item.text for item in result.interims)


@given(st.lists(UTTERANCES, max_size=30))
def test_no_final_words_are_lost_and_none_invented(heard: list[Utterance]) -> None:
    result = transcript_of(heard).settle()
    texts = {item.text for item in heard if item.text}
    assert {item.text for item in result.finals} <= texts
    for item in heard:
        if item.final and item.text:
            assert any((u.text, u.start, u.leg) == (item.text, item.start, item.leg) for u in result.finals)


@given(st.lists(UTTERANCES, max_size=30))
def test_hearing_everything_again_adds_no_final_words(heard: list[Utterance]) -> None:
    finals = [item for item in heard if item.final and item.text]
    once = transcript_of(finals)
    assert transcript_of([*finals, *finals]) == once
