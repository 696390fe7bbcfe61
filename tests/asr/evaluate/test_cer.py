"""Errors counted by hand, and what chance can do to a rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.evaluate.cer import Counts, count, difference, interval, total


def slow_distance(a: str, b: str) -> int:
    """The textbook's table, to check the library's answer with."""
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (one != other))
    return row[-1]


@pytest.mark.parametrize(
    ("said", "heard", "counts"),
    [
        ("东昌府区", "东昌府区", (4, 0, 0, 0)),
        ("东昌府区", "东昌湖区", (4, 1, 0, 0)),
        ("东昌府区", "东昌区", (4, 0, 1, 0)),
        ("东昌府区", "在东昌府区吗", (4, 0, 0, 2)),
        ("东昌府区", "", (4, 0, 4, 0)),
        ("", "喂喂", (0, 0, 0, 2)),
        ("", "", (0, 0, 0, 0)),
    ],
)
def test_each_kind_of_error(said: str, heard: str, counts: tuple[int, int, int, int]) -> None:
    assert count(said, heard) == Counts(*counts)


@given(st.text("甲乙丙丁", max_size=15), st.text("甲乙丙丁", max_size=15))
def test_the_fewest_errors(said: str, heard: str) -> None:
    counts = count(said, heard)
    assert counts.errors == slow_distance(said, heard)
    assert len(said) - counts.deletions + counts.insertions == len(heard)


def test_nothing_said_has_no_rate_and_no_part_in_the_total() -> None:
    silent = count("", "喂喂")
    assert silent.rate is None
    assert str(silent) == "—"
    assert total([silent, count("甲乙", "甲丙")]) == Counts(2, 1, 0, 0)
    assert interval([silent, silent]) is None


def test_the_interval_holds_the_rate_and_narrows_with_more_recordings() -> None:
    few = [Counts(10, errors) for errors in (0, 1, 0, 3, 0, 1, 2, 0)]
    many = few * 50
    narrow, wide = interval(many), interval(few)
    assert narrow
    assert wide
    assert wide.low < narrow.low < (total(few).rate or 0) < narrow.high < wide.high
    assert interval(few) == wide, "the same seed, the same bounds"


def test_one_recording_gives_no_interval() -> None:
    assert interval([Counts(10, 1)]) is None
    assert difference([Counts(10, 1)], [Counts(10, 2)]).p is None


def test_a_steady_difference_is_found_and_chance_is_not() -> None:
    a = [Counts(10, index % 3) for index in range(60)]
    better = [Counts(10, max(0, index % 3 - 1)) for index in range(60)]
    shuffled = a[30:] + a[:30]
    found = difference(a, better)
    assert found.significant
    assert found.delta < 0
    assert found.interval
    assert found.interval.high < 0
    assert not difference(a, shuffled).significant
    same = difference(a, a)
    assert (same.delta, same.p, same.significant) == (0.0, 1.0, False)


def test_the_pairing_matters() -> None:
    """Recordings that are hard for both models are no difference between them."""
    a = [Counts(10, 9 if index % 2 else 0) for index in range(40)]
    b = [Counts(10, 10 if index % 2 else 0) for index in range(40)]
    assert difference(a, b).significant
    apart = interval(a)
    assert apart
    assert (total(b).rate or 0) < apart.high, "the models' own intervals overlap"


def test_other_recordings_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="same"):
        difference([Counts(10, 1)], [Counts(9, 1)])


def test_ten_thousand_recordings_in_bounded_memory() -> None:
    bounds = interval([Counts(10, index % 2) for index in range(10_000)])
    assert bounds
    assert bounds.low == pytest.approx(0.05, abs=0.002)
