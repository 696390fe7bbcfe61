"""What is done about whom: rules, marks, the strictest, and never anything towards an emergency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.harassment import (
    MOST_CALLS,
    MOST_NUMBERS,
    STRICTNESS,
    Frequency,
    Mark,
    Rule,
    Verdict,
    judge,
    soften,
)
from bridge.routing.numbers import parse

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HIM = "13900000001"
ALLOWED = Rule("", "limit", calls=4, window=3600.0)
FAST = Rule("快", "limit", calls=5, window=60.0)
RANGE = Rule("号段", "mark", parse("0000X."))


def called(times: int, number: str = HIM, gap: float = 1.0) -> Frequency:
    calls = Frequency()
    for turn in range(times):
        calls.note(number, turn * gap)
    return calls


def mark(measure: str, why: str = "辱骂") -> Mark:
    return Mark(HIM, measure, why, "一号", NOON)  # type: ignore[arg-type]


def test_a_number_nobody_minds_passes() -> None:
    assert judge((FAST, RANGE), None, ALLOWED, called(4), HIM, 4.0) is None


def test_the_fifth_call_in_a_minute_is_one_too_many() -> None:
    verdict = judge((FAST,), None, ALLOWED, called(5), HIM, 4.0)
    assert verdict == Verdict("limit", "快", "规则“快”：60 秒内第 5 次来电")
    assert judge((FAST,), None, ALLOWED, called(5, gap=15.0), HIM, 60.0) is None
    assert judge((FAST,), None, ALLOWED, called(9, "13900000002"), HIM, 8.0) is None


def test_a_rule_without_a_count_is_for_every_call_of_its_numbers() -> None:
    assert judge((RANGE,), None, ALLOWED, called(1), "0000123", 0.0) == Verdict("mark", "号段", "规则“号段”")
    assert judge((RANGE,), None, ALLOWED, called(1), HIM, 0.0) is None


@pytest.mark.parametrize("measure", ["mark", "warn", "divert"])
def test_a_mark_says_who_and_why(measure: str) -> None:
    assert judge((), mark(measure), ALLOWED, called(1), HIM, 0.0) == Verdict(
        measure,
        "",
        "一号标记：辱骂",  # type: ignore[arg-type]
    )


def test_a_limited_number_may_call_so_often_and_is_shown_meanwhile() -> None:
    fine = judge((), mark("limit"), ALLOWED, called(3), HIM, 3.0)
    over = judge((), mark("limit"), ALLOWED, called(4), HIM, 4.0)
    assert fine is not None
    assert over is not None
    assert (fine.measure, over.measure) == ("warn", "limit")
    assert "3600 秒内第 4 次" in over.why


def test_a_mark_holds_until_its_time() -> None:
    until = Mark(HIM, "warn", "x", "y", NOON, NOON + timedelta(days=1))
    assert until.holds(NOON)
    assert not until.holds(NOON + timedelta(days=1))
    assert mark("warn").holds(NOON + timedelta(days=9999))


rules = st.lists(
    st.builds(Rule, st.text("甲乙", min_size=1, max_size=2), st.sampled_from(STRICTNESS), st.none(),
              st.none() | st.integers(2, 6), st.just(60.0)),
    max_size=5,
)  # fmt: skip


@given(rules, st.none() | st.sampled_from(STRICTNESS), st.integers(1, 8))
def test_the_strictest_wins_and_none_is_strict_in_an_emergency(found, measure, times: int) -> None:
    verdict = judge(found, mark(measure) if measure else None, ALLOWED, called(times), HIM, float(times))
    apply = [rule.then for rule in found if rule.calls is None or times >= rule.calls]
    if measure is not None:
        apply.append("warn" if measure == "limit" and times < 4 else measure)
    strictest = max(apply, key=STRICTNESS.index, default=None)
    assert (verdict.measure if verdict else None) == strictest
    if verdict is not None:
        soft = soften(verdict)
        assert soft.measure in {"mark", "warn"}
        assert soft.say == ""
        assert soft.targets == ()
        assert verdict.why in soft.why


def test_a_flood_costs_bounded_memory_and_hides_nobody() -> None:
    calls = Frequency()
    for turn in range(MOST_NUMBERS + 500):
        calls.note(f"1{turn}", float(turn))
        if turn % 100 == 0:
            calls.note(HIM, float(turn))
    assert calls.count("10", 1e9, 0.0) == 0
    assert calls.count(HIM, 1e9, 30_000.0) == MOST_CALLS
