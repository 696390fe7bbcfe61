"""A partner's circuit: open after five failures in a row, one knock at a time, closed by a success."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bridge.post.health import LONGEST_PAUSE_S, OPENS_AFTER, Health

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def test_the_life_of_a_circuit() -> None:
    health = Health()
    assert (health.standing, health.room(8, 0.0)) == ("new", 8)
    for count in range(OPENS_AFTER - 1):
        health = health.failed("连不上", AT, float(count))
        assert (health.standing, health.room(8, float(count))) == ("trouble", 8)
    health = health.failed("连不上", AT, 100.0)
    assert health.standing == "down"
    assert (health.room(8, 100.0), health.room(8, 100.5)) == (0, 1)
    health = health.arrived(AT)
    assert (health.standing, health.room(8, 100.0), health.last_error) == ("up", 8, "连不上")


def test_a_refusal_is_an_answer() -> None:
    health = Health()
    for _ in range(OPENS_AFTER + 1):
        health = health.failed("连不上", AT, 0.0)
    health = health.answered("对方拒收（HTTP 400）", AT)
    assert (health.standing, health.room(8, 0.0), health.last_error) == ("up", 8, "对方拒收（HTTP 400）")


@given(st.lists(st.sampled_from(["arrived", "answered", "failed"]), max_size=80))
def test_it_never_shuts_for_longer_than_the_longest_pause(events: list[str]) -> None:
    health, now = Health(), 0.0
    for event in events:
        if event == "failed":
            health = health.failed("", AT, now)
        else:
            health = health.arrived(AT) if event == "arrived" else health.answered("", AT)
        assert health.room(8, now + LONGEST_PAUSE_S) >= 1
        assert health.room(8, now) in {0, 1, 8}
