"""Patterns: what they match, what they cover, and that bad ones say what to write instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.numbers import LONGEST, SIGNS, normalise, parse


@pytest.mark.parametrize(
    ("pattern", "number", "fits"),
    [
        ("110", "110", True),
        ("110", "1100", False),
        ("110", "11", False),
        ("0635XXXXXXX", "06358288110", True),
        ("0635XXXXXXX", "0635828811", False),
        ("1[3-9]XXXXXXXXX", "13800138000", True),
        ("1[3-9]XXXXXXXXX", "12800138000", False),
        ("Z.", "0110", False),
        ("Z.", "110", True),
        ("N1", "11", False),
        ("N1", "21", True),
        ("9.", "9", False),
        ("9.", "9*", True),
        ("9.", "9" * LONGEST, True),
        ("9.", "9" * (LONGEST + 1), False),
        ("9.", "9a", False),
        ("[*#]1", "#1", True),
        ("+86.", "+8613800138000", True),
        ("X", "٣", False),  # an Arabic digit is a digit to Python, not to a telephone
    ],
)
def test_matches(pattern: str, number: str, fits: bool) -> None:
    assert parse(pattern).matches(number) is fits


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "不能为空"),
        ("_1XX", "1XX"),
        ("1xx", "1XX"),
        ("1[3-9", "没有配对"),
        ("1[]", "空的"),
        ("1[9-3]", "从小到大"),
        ("1[a]", "0-9"),
        ("11 0", "不认识"),
        ("1.0", "不认识"),
        ("1" * 33, "太长"),
    ],
)
def test_a_bad_pattern_says_what_to_write(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice.replace("[", r"\[")):
        parse(text)


def test_the_eyes_signs_are_dropped() -> None:
    assert normalise("+86-(635) 8.28".replace(" ", "")) == "+86635828"


pieces = st.sampled_from(["0", "1", "5", "X", "Z", "N", "[1-3]", "[05]", "*"])
patterns = st.builds(
    lambda parts, tail: parse("".join(parts) + tail),
    st.lists(pieces, min_size=1, max_size=3),
    st.sampled_from(["", "."]),
)
numbers = st.text(st.sampled_from(sorted(SIGNS)), min_size=1, max_size=6)


@given(patterns, patterns, numbers)
def test_a_pattern_that_covers_another_matches_all_of_its_numbers(one, other, number) -> None:
    if one.covers(other) and other.matches(number):
        assert one.matches(number)


@given(st.lists(pieces, min_size=1, max_size=3), patterns)
def test_a_pattern_that_matches_every_number_of_a_finite_one_covers_it(parts, wide) -> None:
    narrow = parse("".join(parts))
    every = [""]
    for place in narrow.places:
        every = [number + sign for number in every for sign in place]
    assert wide.covers(narrow) is all(wide.matches(number) for number in every)


@given(patterns)
def test_a_pattern_covers_itself(pattern) -> None:
    assert pattern.covers(pattern)


@given(st.text(max_size=40))
def test_any_text_is_a_pattern_or_a_value_error(text: str) -> None:
    refusal = ""
    try:
        assert parse(text).covers(parse(text))
    except ValueError as refused:
        refusal = str(refused)
    assert not refusal or "号码" in refusal
