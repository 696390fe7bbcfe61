"""The valve: emergency calls pass, others by the level, and each change is told once."""

from __future__ import annotations

import pytest

from bridge.calls.overload import REST, TIGHTEST, Sample
from bridge.errors import Overload
from bridge.services.valve import Valve

CALM, HOT = Sample(0.0, 0.2, 0, 0.1), Sample(1.0, 1.0, 9, 0.1)


def refused(valve: Valve, calls: int, *, emergency: bool = False) -> list[int]:
    """How many of these were refused: what each was told to wait."""
    found = []
    for _ in range(calls):
        try:
            valve.check(emergency=emergency)
        except Overload as error:
            found.append(error.retry_after)
    return found


def test_one_by_one_fewer_and_back_again() -> None:
    told: list[int] = []
    valve = Valve(told.append)
    assert refused(valve, 80) == []
    while not told:
        valve.sample(HOT)
    assert refused(valve, 80) == [2] * 10
    for _ in range(10):
        valve.sample(HOT)
    assert refused(valve, 80) == [16] * 80
    for _ in range(REST * TIGHTEST):
        valve.sample(CALM)
    assert refused(valve, 80) == []
    assert told == [1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1, 0]


def test_an_emergency_always_passes() -> None:
    valve = Valve()
    for _ in range(20):
        valve.sample(HOT)
    assert refused(valve, 100, emergency=True) == []
    with pytest.raises(Overload):
        valve.check(emergency=False)
