"""The recording's time line: every sample at its time, whoever speaks, in whatever order strips come."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media import g711
from bridge.media.strip import Strip
from bridge.media.takes import LEFT, RIGHT
from bridge.media.timeline import HOLD, LEAP, STALE, Timeline

SIDES = {"a": LEFT, "b": RIGHT}


def strip(leg: str, number: int, at: float, octet: int, count: int = 2400) -> Strip:
    return Strip(leg, number, at, "PCMA", bytes([octet]) * count)


def test_nothing_before_both_sides_could_have_come() -> None:
    line = Timeline(strip("a", 0, 10.0, 1))
    line.put(strip("a", 0, 10.0, 1))
    assert line.block(10.0 + HOLD - 0.01, SIDES) == (0, b"")
    line.put(strip("b", 0, 9.9, 2))
    first, octets = line.block(10.0 + HOLD, SIDES)
    assert (first, line.began) == (0, 9.9)
    assert octets[0:1600:2] == b"\xd5" * 800  # a begins a tenth of a second later
    assert octets[1:1600:2] == b"\x02" * 800


def test_a_side_that_is_late_is_waited_for_but_not_for_ever() -> None:
    line = Timeline(strip("a", 0, 0.0, 1))
    line.put(strip("a", 0, 0.0, 1))
    line.put(strip("b", 0, 0.0, 2))
    for number in range(1, 10):
        line.put(strip("a", number, number * 0.3, 1))
    assert len(line.block(1.5, SIDES)[1]) == 2 * 2400
    first, octets = line.block(0.3 + STALE + 0.1, SIDES)
    assert first == 2400
    assert set(octets[1::2]) == {0xD5}


def test_a_strip_behind_what_was_written_is_counted_lost() -> None:
    line = Timeline(strip("a", 0, 0.0, 1))
    line.put(strip("a", 0, 0.0, 1, 8000))
    line.block(5.0, SIDES)
    line.put(strip("b", 0, 0.2, 2))
    assert line.missing == pytest.approx(0.3)
    assert line.rest(SIDES)[1] == b""


def test_a_leap_of_the_clock_makes_no_endless_file() -> None:
    line = Timeline(strip("a", 0, 0.0, 1))
    line.put(strip("a", 0, 0.0, 1))
    line.block(1.0, SIDES)
    line.put(strip("a", 1, LEAP / 8000 + 100, 1))
    assert len(line.rest(SIDES)[1]) < 2 * 8000


def test_the_other_law_is_transcoded() -> None:
    line = Timeline(strip("a", 0, 0.0, 1))
    line.put(strip("a", 0, 0.0, 1))
    octets = g711.encode("PCMU", g711.decode("PCMA", b"\x10" * 2400))
    line.put(Strip("b", 0, 0.0, "PCMU", octets))
    heard = g711.decode("PCMA", line.rest(SIDES)[1][1::2])
    wanted = g711.decode("PCMU", octets)
    assert abs(heard.astype(int) - wanted.astype(int)).max() < 40


@given(st.integers(0, 2**32), st.integers(2, 12), st.integers(2, 12))
def test_any_order_gives_the_same_file(seed: int, left: int, right: int) -> None:
    """What came in any order, cut into blocks anywhere, is each side's words at their time."""
    chance = random.Random(seed)
    strips = [strip("a", n, 100 + n * 0.3, 1 + n) for n in range(left)]
    strips += [strip("b", n, 100.5 + n * 0.3, 101 + n) for n in range(right)]
    chance.shuffle(strips)
    line = Timeline(strips[0])
    for each in strips:
        line.put(each)
    found, now, taken = b"", 100.0, 0
    for _ in range(chance.randrange(6)):
        now += chance.random()
        first, octets = line.block(now, SIDES)
        assert first == taken
        found, taken = found + octets, taken + len(octets) // 2
    found += line.rest(SIDES)[1]
    a = b"".join(bytes([1 + n]) * 2400 for n in range(left))
    b = b"\xd5" * 4000 + b"".join(bytes([101 + n]) * 2400 for n in range(right))
    said = max(len(a), len(b))
    size = max(said, round((now - STALE - 100.0) * 8000))  # where all are given up, silence is written
    assert said <= len(found) // 2 <= size
    size = len(found) // 2
    assert found[0::2] == a + b"\xd5" * (size - len(a))
    assert found[1::2] == b + b"\xd5" * (size - len(b))
    assert line.began == 100.0
