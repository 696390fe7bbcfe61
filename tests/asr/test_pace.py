"""Interim results thin out first, and come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.pace import CALM, LEVELS, Pace


def after(pace: Pace, waited: float, since: float, seconds: float) -> float:
    """Every tenth of a second a piece that waited so long; the time then."""
    for number in range(round(10 * seconds)):
        pace.note(waited, since + number / 10)
    return since + seconds


def test_at_rest_every_message_gets_its_own() -> None:
    pace = Pace()
    assert (pace.interval(100.0), pace.lag(100.0)) == (0.0, 0.0)
    now = after(pace, 0.05, 100.0, 60)
    assert pace.interval(now) == 0.0
    assert pace.lag(now) == pytest.approx(0.05, abs=0.01)


def test_one_long_piece_is_no_overload() -> None:
    pace = Pace()
    now = after(pace, 0.01, 100.0, 5)
    pace.note(1.0, now)
    assert pace.interval(now) == 0.0


@pytest.mark.parametrize(("lag", "interval"), [(0.16, 0.3), (0.4, 0.6), (0.8, 1.2), (5.0, 2.4)])
def test_the_later_the_more_seldom(lag: float, interval: float) -> None:
    pace = Pace()
    assert pace.interval(after(pace, lag, 100.0, 8)) == interval


def test_it_comes_back_step_by_step_when_the_load_falls() -> None:
    pace = Pace()
    now = after(pace, 5.0, 100.0, 10)
    seen = []
    for _ in range(60):
        now = after(pace, 0.0, now, 0.5)
        if not seen or seen[-1] != pace.interval(now):
            seen.append(pace.interval(now))
    assert seen == [interval for _, interval in reversed(LEVELS)]


def test_it_comes_back_too_when_nobody_speaks_any_more() -> None:
    pace = Pace()
    now = after(pace, 5.0, 100.0, 10)
    for second in range(30):
        pace.interval(now + second)
    assert pace.interval(now + 30) == 0.0
    assert pace.lag(now + 30) < 0.01


def test_it_does_not_swing_about_a_level() -> None:
    pace = Pace()
    now = after(pace, 0.3 + 0.02, 100.0, 10)
    changes, last = 0, pace.interval(now)
    for number in range(40):
        now = after(pace, 0.32 if number % 2 else 0.22, now, 1)
        changes, last = changes + (pace.interval(now) != last), pace.interval(now)
    assert changes <= 1
    assert CALM > 1


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 10)), max_size=50))
def test_whatever_comes_the_lag_is_that_of_something_seen_and_the_interval_a_level(
    notes: list[tuple[float, float]],
) -> None:
    pace, now = Pace(), 1000.0
    for waited, later in notes:
        now += later
        pace.note(waited, now)
        assert 0 <= pace.lag(now) <= max(each for each, _ in notes)
        assert pace.interval(now) in [interval for _, interval in LEVELS]
