"""Hysteresis: what it takes to be dead, and to be alive again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.health import CLOSER_LOOK, DOWN_AFTER, UP_AFTER, Health, State, step, wait


def after(*answers: bool, begin: Health | None = None) -> Health:
    health = begin or Health()
    for answered in answers:
        health = step(health, answered=answered)
    return health


DEAD = after(*[False] * DOWN_AFTER)


def test_three_silences_in_a_row_are_death() -> None:
    assert after(False, False) == Health(State.SUSPECT, 2)
    assert after(False, False).usable
    assert Health(State.DOWN) == DEAD
    assert not DEAD.usable
    assert after(False, False, True, False, False).usable


def test_two_answers_in_a_row_are_life() -> None:
    assert after(True, begin=DEAD) == Health(State.RECOVERING, 1)
    assert not after(True, begin=DEAD).usable
    assert after(True, True, begin=DEAD) == Health(State.UP)
    assert after(True, False, begin=DEAD) == DEAD
    assert not after(True, False, True, begin=DEAD).usable


def test_doubt_is_looked_into_sooner() -> None:
    assert wait(Health(), 30.0) == 30.0
    assert wait(after(False), 30.0) == CLOSER_LOOK
    assert wait(after(True, begin=DEAD), 30.0) == CLOSER_LOOK
    assert CLOSER_LOOK < wait(DEAD, 30.0) < 30.0
    assert wait(DEAD, 0.5) == 0.5


@given(st.lists(st.booleans(), max_size=60))
def test_it_changes_only_after_that_many_in_a_row(answers: list[bool]) -> None:
    """Against the rule written the slow way."""
    usable = True
    for turn in range(len(answers)):
        needed = DOWN_AFTER if usable else UP_AFTER
        tail = answers[max(0, turn + 1 - needed) : turn + 1]
        if len(tail) == needed and all(answered is not usable for answered in tail):
            usable = not usable
        assert after(*answers[: turn + 1]).usable is usable
