"""What was missed: joined, cut into what a recording can give, and mended in so that no word is lost or
doubled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media.takes import LEFT, RIGHT
from bridge.tickets.missed import LONGEST, Missed, Portion, add, mend, portions, seconds, uncovered
from bridge.tickets.transcript import SpokenWord, Transcript, Utterance, transcript_of

BEGAN = 100.0
SIDES = {"in": LEFT, "agent": RIGHT, "desk": RIGHT}


def gone(start: float, end: float, leg: str = "in", speaker: str = "caller") -> Missed:
    return Missed("c1", leg, speaker, start, end)


def said(text: str, start: float, leg: str = "in", name: str = "") -> Utterance:
    """One word a character, each 0.3 s long."""
    words = tuple(
        SpokenWord(char, start + n * 0.3, start + n * 0.3 + 0.3, 0.9) for n, char in enumerate(text)
    )
    return Utterance("caller", leg, start, words[-1].end, text, True, name or f"{leg}-{start}", words)


def kept(text: str, start: float, end: float, name: str) -> Utterance:
    """An interim result that had to stand as final."""
    return Utterance("caller", "in", start, end, text, True, name)


def test_stretches_of_a_leg_that_touch_are_one_and_others_are_left() -> None:
    known = add((), [gone(5, 6), gone(1, 2), gone(2.3, 4), gone(2, 3, "agent")])
    assert known == (gone(2, 3, "agent"), gone(1, 4), gone(5, 6))
    assert seconds(known) == 5
    assert add(known, [gone(4, 5)]) == (gone(2, 3, "agent"), gone(1, 6))


def test_a_recording_gives_what_it_holds_side_by_side() -> None:
    missed = [gone(90, 103), gone(101, 104, "agent", "12345"), gone(100, 101, "other", "119")]
    found = portions(missed, SIDES, BEGAN, 103.5)
    assert [(p.channel, p.start, p.end, p.speaker) for p in found] == [
        (LEFT, 100.0, 103.0, "caller"),
        (RIGHT, 101.0, 103.5, "12345"),
    ]
    assert uncovered(missed, found) == pytest.approx(10 + 0.5 + 1)


def test_who_speaks_at_once_on_one_side_cannot_be_told_apart_and_is_not() -> None:
    missed = [gone(100, 106, "agent", "12345"), gone(104, 110, "desk", "110")]
    found = portions(missed, SIDES, BEGAN, 120)
    assert [(p.start, p.end, p.speaker) for p in found] == [
        (100, 104, "12345"), (104, 106, "12345/110"), (106, 110, "110"),
    ]  # fmt: skip
    assert uncovered(missed, found) == pytest.approx(0)


def test_an_hour_is_heard_in_pieces() -> None:
    found = portions([gone(100, 3700)], SIDES, BEGAN, 5000)
    assert len(found) > 3600 / LONGEST - 1
    assert all(p.end - p.start <= LONGEST for p in found)
    assert [p.end for p in found[:-1]] == pytest.approx([p.start for p in found[1:]])


def test_what_was_missed_stands_where_it_was_said() -> None:
    live = transcript_of([said("我要报", 1.0), said("谢谢", 9.0)])
    mended = mend(live, Portion(LEFT, 103, 108, (gone(103, 108),)), BEGAN, [said("警有人打架", 3.1)])
    assert mended.said_by("caller") == ("我要报", "警有人打架", "谢谢")


def test_words_beyond_the_edges_and_those_known_already_are_not_said_twice() -> None:
    live = transcript_of([said("我要报警", 1.0), said("谢谢", 6.0)])
    heard = [said("要报警有人打架谢", 1.3)]
    mended = mend(live, Portion(LEFT, 102.0, 103.4, (gone(102.0, 103.4),)), BEGAN, heard)
    assert [u.text for u in mended.finals] == ["我要报警", "有人打架", "谢谢"]
    assert (mended.finals[1].start, mended.finals[1].end) == (pytest.approx(2.2), pytest.approx(3.4))


def test_what_was_kept_of_an_unfinished_utterance_gives_its_place_and_name() -> None:
    live = transcript_of([kept("有人打", 3.0, 5.0, "in-2"), said("快来", 7.0, name="in-3")])
    heard = [said("有人打架", 3.0), said("在柳园路", 4.5)]
    mended = mend(live, Portion(LEFT, 102.5, 106.5, (gone(102.5, 106.5),)), BEGAN, heard)
    assert [(u.id, u.text) for u in mended.finals] == [
        ("in-2", "有人打架"), ("in-4.5", "在柳园路"), ("in-3", "快来"),
    ]  # fmt: skip


def test_a_key_that_was_pressed_and_the_other_speaker_stay() -> None:
    key = Utterance("caller", "in", 4.0, 4.0, "（按键 1：是）", id="in-key-4000")
    other = Utterance("12345", "agent", 4.0, 5.0, "您好", id="agent-1")
    live = transcript_of([key, other])
    mended = mend(live, Portion(LEFT, 103, 107, (gone(103, 107),)), BEGAN, [said("救命", 4.2)])
    assert {u.id for u in mended.finals} == {"in-key-4000", "agent-1", "in-4.2"}


def test_silence_changes_nothing() -> None:
    live = transcript_of([kept("有人打", 3.0, 5.0, "in-2")])
    portion = Portion(LEFT, 102.5, 106.5, (gone(102.5, 106.5),))
    assert mend(live, portion, BEGAN, []) is live
    assert mend(live, portion, BEGAN, [said("喂", 20.0)]) is live


SPEECH = st.lists(st.tuples(st.floats(0, 50), st.text("有人打架快来", min_size=1, max_size=4)), max_size=8)


@given(SPEECH, SPEECH, st.floats(0, 50), st.floats(0.1, 20))
def test_mending_loses_no_live_word_adds_none_outside_and_twice_is_once(
    live: list[tuple[float, str]], heard: list[tuple[float, str]], start: float, length: float
) -> None:
    before = transcript_of([said(text, at, name=f"live-{at}") for at, text in live])
    again = [said(text, at, name=f"again-{at}") for at, text in heard]
    since, until = BEGAN + start, BEGAN + start + length
    portion = Portion(LEFT, since, until, (gone(since, until),))
    after = mend(before, portion, BEGAN, again)
    assert set(before.finals) <= set(after.finals)
    new = [word for u in after.finals if u.id.startswith("again") for word in u.words]
    assert all(start <= (word.start + word.end) / 2 + 1e-9 < start + length + 2e-9 for word in new)
    assert mend(after, portion, BEGAN, again) == after
    assert list(after.finals) == sorted(after.finals, key=lambda u: (u.start, u.end))
    assert isinstance(after, Transcript)
