"""The load table: what tightens, what loosens, and that between the two nothing moves."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.calls.overload import REST, SURE, TIGHTEST, Load, Sample, admits, step

CALM = Sample(0.0, 0.2, 0, 0.1)
HOT = Sample(0.01, 1.0, 5, 0.1)
BETWEEN = Sample(0.0, 0.9, 0, 0.1)
REST_LOAD = Load()
SAMPLES = st.builds(Sample, st.floats(0, 2), st.floats(0, 1.1), st.integers(0, 9), st.floats(0, 1))


def after(samples: Iterable[Sample], load: Load = REST_LOAD) -> Load:
    for sample in samples:
        load = step(load, sample)
    return load


def test_a_second_of_it_is_sure_and_then_each_sample_tightens() -> None:
    assert [after([HOT] * count).level for count in range(SURE + 6)] == [0] * SURE + [1, 2, 3, 4, 4, 4]


def test_a_moment_is_no_overload() -> None:
    assert after(([HOT] * (SURE - 1) + [BETWEEN]) * 10) == Load()


def test_it_loosens_slowly_and_only_when_calm() -> None:
    tight = Load(TIGHTEST)
    assert after([BETWEEN] * 100, tight).level == TIGHTEST
    assert after([CALM] * (REST - 1), tight).level == TIGHTEST
    assert after([CALM] * REST, tight).level == TIGHTEST - 1
    assert after(([CALM] * (REST - 1) + [BETWEEN]) * 10, tight).level == TIGHTEST
    assert after([CALM] * (REST * TIGHTEST), tight) == Load()


@pytest.mark.parametrize(
    ("sample", "hot"),
    [
        (Sample(0.9, 0.1, 0, 0.1), True),  # others have the machine: we are late all the same
        (Sample(0.0, 1.0, 0, 0.1), False),  # busy, but nothing waits
        (Sample(0.0, 0.5, 5, 0.1), True),  # others have the machine, and datagrams wait
        (Sample(0.0, 0.5, 1, 0.1), False),  # a burst
        (Sample(0.0, 0.1, 0, 0.99), True),
    ],
)
def test_what_is_hot(sample: Sample, hot: bool) -> None:
    assert sample.hot is hot


@given(st.lists(SAMPLES, max_size=60))
def test_it_never_jumps_nor_leaves_its_scale(samples: list[Sample]) -> None:
    load = Load()
    for sample in samples:
        assert not (sample.hot and sample.calm)
        before, load = load, step(load, sample)
        assert 0 <= load.level <= TIGHTEST
        assert abs(load.level - before.level) <= 1
        assert load.level <= before.level or sample.hot
        assert load.level >= before.level or sample.calm


@pytest.mark.parametrize("level", range(TIGHTEST + 1))
def test_the_share_that_is_let_in(level: int) -> None:
    share = 0 if level == TIGHTEST else 64 // 2**level
    assert sum(admits(level, count) for count in range(64)) == share
    assert Load(level).retry_after == 2**level
