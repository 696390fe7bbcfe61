"""The E-model: published ratings, and what makes a call worse makes its figure smaller."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media.emodel import light, mos, quality, rating

SHARE = st.floats(0, 1)
DELAY = st.floats(0, 2000)


@pytest.mark.parametrize(
    ("r", "expected"),
    [(0, 1.0), (50, 2.58), (60, 3.10), (70, 3.60), (80, 4.03), (90, 4.34), (93.2, 4.41), (100, 4.5)],
)
def test_the_table_of_g107_annex_b(r: float, expected: float) -> None:
    assert mos(r) == pytest.approx(expected, abs=0.01)


def test_a_perfect_line() -> None:
    assert rating(0, 100) == 93.2
    assert quality(0, 0, None) == 4.41


@pytest.mark.parametrize(("delay", "idd"), [(150, 0.0), (200, 3.0), (300, 14.9), (400, 24.2), (500, 30.7)])
def test_delay_costs_what_g107_says(delay: float, idd: float) -> None:
    """Idd of formula 7-27, to the tenth or so."""
    assert 93.2 - rating(0, delay) == pytest.approx(idd, abs=1.0)


def test_one_and_five_percent_of_concealed_loss() -> None:
    assert 93.2 - rating(0.01, 0) == pytest.approx(3.64, abs=0.01)
    assert 93.2 - rating(0.05, 0) == pytest.approx(15.78, abs=0.01)


@given(SHARE, SHARE, DELAY, DELAY)
def test_worse_is_never_better(loss: float, more: float, delay: float, longer: float) -> None:
    worse = rating(max(loss, more), max(delay, longer))
    assert 0 <= worse <= rating(min(loss, more), min(delay, longer)) + 1e-9 <= 93.2 + 1e-9


@given(SHARE, st.floats(0, 500), st.none() | st.floats(0, 3000))
def test_a_figure_for_everything(loss: float, jitter: float, rtt: float | None) -> None:
    assert 1.0 <= quality(loss, jitter, rtt) <= 4.41


def test_lights() -> None:
    assert [light(value) for value in (4.2, 3.8, 2.0)] == ["green", "yellow", "red"]
    assert light(quality(0.001, 5, 40)) == "green"
    assert light(quality(0.15, 60, 300)) == "red"
