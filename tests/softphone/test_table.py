"""The table of a call at a telephone in the page, walked: whatever happens in whatever order, a caller never
stays with nobody, and what was opened is closed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.softphone.table import TABLE, Do, Event, State, step

REPORTS = {Do.DECLINED, Do.UNREACHABLE, Do.LEFT, Do.DEAD}
ORDERS = st.lists(st.sampled_from(list(Event)), max_size=40)


@given(st.sampled_from([State.RINGING, State.CALLING]), ORDERS)
def test_every_order_of_events(begins: State, events: list[Event]) -> None:
    state, opened, answered, reports = begins, begins is State.CALLING, begins is State.CALLING, 0
    for event in events:
        before = state
        state, deeds = step(state, event)
        if before is State.OVER:
            assert (state, deeds) == (State.OVER, ())
            break
        opened = (opened or Do.OPEN in deeds) and Do.CLOSE not in deeds
        answered = answered or Do.ANSWERED in deeds
        reports += len(REPORTS & set(deeds))
        if state is State.OVER:
            assert not opened, "a connection is left open"
            assert Do.SAY_OVER in deeds, "the page is told"
            assert reports == (0 if event is Event.ENDS else 1), "the call hears of it once, unless it knows"
        if state is State.TALKING and before is not State.TALKING:
            assert answered
    assert reports <= 1


@pytest.mark.parametrize("state", [state for state in State if state is not State.OVER])
def test_the_call_and_a_person_can_always_end_it(state: State) -> None:
    assert step(state, Event.ENDS)[0] is State.OVER
    assert step(state, Event.HANGS_UP)[0] is State.OVER


def test_a_voice_that_is_gone_is_waited_for_with_music_and_for_a_time() -> None:
    state, deeds = step(State.TALKING, Event.LOST)
    assert (state, {Do.MUSIC, Do.RETURN_CLOCK} <= set(deeds)) == (State.AWAY, True)
    assert step(State.AWAY, Event.LOST) == (State.AWAY, ()), "the clock is not wound up again"
    assert Do.VOICE in step(State.AWAY, Event.CONNECTED)[1]
    assert Do.DEAD in step(State.AWAY, Event.TIME_IS_UP)[1]


@pytest.mark.parametrize("state", [State.CALLING, State.TALKING, State.AWAY, State.OPENING])
def test_a_lost_web_socket_is_nothing_to_a_voice(state: State) -> None:
    assert step(state, Event.PAGE_GONE) == (state, ())


def test_every_wait_has_a_clock() -> None:
    """Whatever leads into OPENING or AWAY sets one; a state that waits knows what to do when it runs out."""
    for (state, event), (after, deeds) in TABLE.items():
        if after is not state and after in {State.OPENING, State.AWAY}:
            assert {Do.CONNECT_CLOCK, Do.RETURN_CLOCK} & set(deeds), (state, event)
    for state in (State.RINGING, State.OPENING, State.CALLING, State.TALKING, State.AWAY):
        assert step(state, Event.TIME_IS_UP)[1]
