"""How alike two names sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapters.pinyin import readings
from bridge.tickets.sounds import FAR, GAP, NEAR, between, blurred, distance, parts

SYLLABLES = st.sampled_from(
    ["zhang", "zang", "liu", "niu", "ming", "min", "lv", "lu", "e", "shui", "hui", "fei"]
)


@pytest.mark.parametrize(
    ("one", "other", "cost"),
    [
        ("liu", "liu", 0.0), ("zhang", "zang", NEAR), ("min", "ming", NEAR), ("liu", "niu", NEAR),
        ("zhang", "zan", 2 * NEAR), ("ba", "ma", FAR), ("ba", "mo", 2 * FAR),
    ],
)  # fmt: skip
def test_syllables(one: str, other: str, cost: float) -> None:
    assert between(one, other) == pytest.approx(cost)


def test_a_syllable_has_an_initial_and_a_final() -> None:
    assert [parts(each) for each in ("zhuang", "an", "lv")] == [("zh", "uang"), ("", "an"), ("l", "v")]


@given(SYLLABLES, SYLLABLES)
def test_alike_both_ways_and_at_most_one(one: str, other: str) -> None:
    assert between(one, other) == between(other, one) <= 1
    assert (between(one, other) == 0) == (one == other)
    assert between(one, other) >= FAR or blurred(one) == blurred(other)


def test_a_missing_syllable_costs_one() -> None:
    assert distance("柳园路", "柳园南路", readings, 2.0) == pytest.approx(GAP)
    assert distance("柳园路", "柳园南路", readings, 0.5) > 0.5


def test_east_is_not_heard_as_middle() -> None:
    assert distance("东路", "中路", readings, 3.0) == pytest.approx(GAP)


def test_a_reading_of_the_place_counts_where_the_character_has_two() -> None:
    assert distance("新", "莘", readings, 1.0) == distance("深", "莘", readings, 1.0) == 0
