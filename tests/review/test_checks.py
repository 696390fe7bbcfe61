"""Pre-checks: what the rules find in a talk, and the utterances they name for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.review.checks import MOST_EVIDENCE, Check, Finding, Kind, run
from bridge.review.talk import Line, Side, Talk, seats_of, talk_of
from bridge.tickets.stored import Said
from bridge.tickets.transcript import Utterance

SIDES: dict[str, Side] = {"话": "agent", "诉": "caller", "他": "other"}


def talk(*lines: tuple[float, float, str]) -> Talk:
    """Lines as (start, end, "话：…")."""
    return tuple(
        Line(number, SIDES[text[0]], start, end, text[2:]) for number, (start, end, text) in enumerate(lines)
    )


GREETING = Check("greeting", ("您好", "12345"), 5)
CLOSING = Check("closing", ("再见",), 10)
ASKED = Check("asked", ("贵姓", "怎么称呼"))
REPEATED = Check("repeated")
FORBIDDEN = Check("forbidden", ("不归我管", "随便你"))
SILENCE = Check("silence", (), 15)
RUSHED = Check("interruptions", (), 0.5, 1)


@pytest.mark.parametrize(
    ("check", "said", "verdict", "evidence"),
    [
        (GREETING, [(0, 1, "话：您好，请讲")], "pass", (0,)),
        (GREETING, [(0, 1, "诉：喂"), (2, 3, "话：幺二三四五热线")], "pass", (1,)),
        (GREETING, [(0, 1, "话：说"), (9, 10, "话：您好")], "fail", (1,)),
        (GREETING, [(0, 1, "话：说吧")], "fail", (0,)),
        (GREETING, [(0, 1, "他：您好"), (3, 4, "话：说吧")], "fail", (1,)),
        (GREETING, [(0, 1, "诉：您好")], "unsure", ()),
        (GREETING, [], "unsure", ()),
        (CLOSING, [(0, 1, "话：再见"), (30, 31, "诉：好的")], "fail", (0,)),
        (CLOSING, [(0, 1, "诉：好的"), (30, 31, "话：再 见")], "pass", (1,)),
        (ASKED, [(0, 1, "话：请问您怎么称呼")], "pass", (0,)),
        (ASKED, [(0, 1, "诉：您贵姓"), (1, 2, "话：嗯")], "fail", ()),
        (FORBIDDEN, [(0, 1, "话：这不归我管"), (2, 3, "话：随便你"), (4, 5, "诉：随便你")], "fail", (0, 1)),
        (FORBIDDEN, [(0, 1, "话：我帮您登记")], "pass", ()),
        (SILENCE, [(0, 1, "话：稍等"), (17, 18, "话：久等了")], "fail", (0, 1)),
        (SILENCE, [(0, 20, "诉：很长"), (1, 2, "话：嗯"), (34, 35, "话：好")], "pass", ()),
        (RUSHED, [(0, 9, "诉：我要说"), (2, 4, "话：等等"), (5, 7, "话：听我说")], "fail", (1, 2)),
        (RUSHED, [(0, 9, "诉：我要说"), (2, 2.3, "话：嗯"), (8.8, 10, "话：好")], "pass", ()),
        (
            REPEATED,
            [(0, 4, "诉：在柳园南路一百零五号"), (5, 8, "话：您说的是柳园南路105号对吧")],
            "pass",
            (0, 1),
        ),
        (REPEATED, [(0, 4, "诉：在柳园南路一百零五号"), (5, 8, "话：好的我记下了")], "fail", (0,)),
        (REPEATED, [(0, 4, "话：您是柳园南路吗"), (5, 8, "诉：在柳园南路一百零五号")], "fail", (1,)),
        (REPEATED, [(0, 4, "诉：没水了"), (5, 8, "话：好的")], "unsure", ()),
    ],
)  # fmt: skip
def test_what_is_found(
    check: Check, said: list[tuple[float, float, str]], verdict: str, evidence: tuple[int, ...]
) -> None:
    found = run(check, talk(*said))
    assert (found.verdict, found.evidence) == (verdict, evidence), found
    assert found.why


@given(
    st.sampled_from([GREETING, CLOSING, ASKED, REPEATED, FORBIDDEN, SILENCE, RUSHED]),
    st.lists(
        st.tuples(
            st.sampled_from(("agent", "caller", "other")),
            st.floats(0, 500),
            st.floats(0, 30),
            st.text(alphabet="您好再见不归我管柳园南路一二3， a", max_size=12),
        ),
        max_size=30,
    ),
)
def test_whatever_is_said_there_is_a_bounded_answer_that_names_lines_of_the_talk(
    check: Check, said: list[tuple[Side, float, float, str]]
) -> None:
    lines = sorted((start, start + long, side, text) for side, start, long, text in said)
    made = tuple(Line(n, side, start, end, text) for n, (start, end, side, text) in enumerate(lines))
    found = run(check, made)
    assert isinstance(found, Finding)
    assert found.verdict in {"pass", "fail", "unsure"}
    assert set(found.evidence) <= {line.seq for line in made}
    assert len(found.evidence) <= MOST_EVIDENCE


def test_lines_are_seen_from_the_reviewed_agents_desk() -> None:
    heard = [
        {"leg": "a", "speaker": "caller", "number": "13800001111"},
        {"leg": "b", "speaker": "12345", "number": "8001"},
        {"leg": "c", "speaker": "110", "number": "9001"},
        {"leg": "d", "speaker": "12345", "number": "8001"},
        {"leg": "e", "speaker": "110", "number": ""},
    ]
    seats = seats_of(heard)
    assert [(seat.number, seat.platform, sorted(seat.legs)) for seat in seats] == [
        ("8001", "12345", ["b", "d"]),
        ("9001", "110", ["c"]),
    ]
    said = [
        Said(n, Utterance(str(one["speaker"]), str(one["leg"]), n, n + 1, "话"))
        for n, one in enumerate(heard)
    ]
    assert [line.side for line in talk_of(said, "8001", seats)] == [
        "caller", "agent", "other", "agent", "other",
    ]  # fmt: skip
    assert [line.side for line in talk_of(said, "", ())] == ["caller", *["agent"] * 4]


def test_every_kind_has_a_rule() -> None:
    for kind in Kind.__args__:
        assert run(Check(kind, ("好",), 1), talk((0, 1, "话：好"))).why
