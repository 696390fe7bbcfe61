"""The load table: what tightens, what loosens, and that between the two nothing moves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.calls.overload import EIGHTHS, REST, SECONDS, SURE, TIGHTEST, WAITS, Load, Sample, admits, step

CALM = Sample(0.0, 0.2, 0, 0.1)
HOT = Sample(0.01, 1.0, 5, 0.1)
BETWEEN = Sample(0.0, 0.9, 0, 0.1)
REST_LOAD = Load()
SAMPLES = st.builds(Sample, st.floats(0, 2), st.floats(0, 1.1), st.integers(0, 9), st.floats(0, 1))


def after(samples: Iterable[Sample], load: Load = REST_LOAD) -> Load:
    for sample in samples:
        load = step(load, sample)
    return load


def test_so_long_is_sure_and_then_each_sample_tightens() -> None:
    levels = [after([HOT] * count).level for count in range(SURE + 7)]
    assert levels == [0] * SURE + [1, 2, 3, 4, 5, 6, 6]


def test_a_late_sample_tells_of_those_it_missed() -> None:
    late = Sample(1.0, 1.0, 0, 0.1)
    assert [after([late] * count).level for count in range(3)] == [0, 0, 1]


def test_a_moment_is_no_overload_not_even_when_some_are_refused() -> None:
    assert after(([HOT] * (SURE - 1) + [BETWEEN]) * 10) == Load()
    assert after(([HOT] * (SURE - 1) + [BETWEEN]) * 10, Load(2)) == Load(2)


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
    assert sum(admits(level, count) for count in range(1, 65)) == 8 * EIGHTHS[level]
    assert Load(level).retry_after == WAITS[level]


# --- shapes of a flood: a core that serves CAPACITY calls a second, or refuses four times as many ---

CAPACITY, UNREAD = 300, 11  # calls that wait beyond one turn of the loop


def flooded(offered: Callable[[float], float], seconds: float = 120.0) -> tuple[float, float]:
    """The share refused, and the longest wait for an answer in seconds."""
    load, waiting, count, refused, longest = Load(), 0.0, 0, 0, 0.0
    busy: deque[float] = deque(maxlen=4)
    for turn in range(int(seconds / SECONDS)):
        waiting += offered(turn * SECONDS) * SECONDS
        room, used = CAPACITY * SECONDS, 0.0
        while waiting >= 1 and used < room:
            count, waiting = count + 1, waiting - 1
            let_in = admits(load.level, count)
            refused, used = refused + (not let_in), used + (1.0 if let_in else 0.25)
        busy.append(used / room)
        longest = max(longest, waiting / CAPACITY)
        load = step(load, Sample(0.01, sum(busy) / len(busy), 9 * (waiting > UNREAD), 0.1))
    return refused / count, longest


def test_short_bursts_of_a_moderate_load_are_worked_off_not_refused() -> None:
    assert flooded(lambda now: 1200 if now % 2 < 0.25 else 100)[0] == 0
    assert flooded(lambda now: 240)[0] == 0


@pytest.mark.parametrize(("times", "needed"), [(1.05, 0.064), (1.1, 0.121), (1.3, 0.308), (2.0, 0.667)])
def test_a_lasting_flood_is_refused_about_as_far_as_it_must_be(times: float, needed: float) -> None:
    share, longest = flooded(lambda _now: times * CAPACITY)
    assert needed - 0.02 <= share <= needed + 0.13
    assert longest < 2.5
