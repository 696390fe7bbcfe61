"""The table of silence, walked: answers are never lost, and what makes a line quiet or a call silent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.calls.silence import TABLE, Do, Event, State, kept, step
from bridge.routing.plan import SilentDanger

MODES: tuple[SilentDanger, ...] = ("never", "auto", "always")
S, E = State, Event


@pytest.mark.parametrize("mode", MODES)
def test_who_speaks_in_time_is_an_ordinary_caller(mode: SilentDanger) -> None:
    assert step(mode, S.LISTENING, E.SPEAKS) == (S.SPOKE, ())
    assert step(mode, S.SPOKE, E.TIME_IS_UP) == (S.SPOKE, ())
    assert not kept(S.SPOKE)


@pytest.mark.parametrize(
    ("mode", "todo"), [("never", (Do.FLAG,)), ("auto", (Do.FLAG, Do.HUSH)), ("always", (Do.FLAG,))]
)
def test_who_says_nothing_is_shown(mode: SilentDanger, todo: tuple[Do, ...]) -> None:
    assert step(mode, S.LISTENING, E.TIME_IS_UP) == (S.SILENT, todo)
    assert kept(S.SILENT)


def test_a_key_makes_the_line_quiet_before_its_answer_is_shown() -> None:
    assert step("auto", S.LISTENING, E.PRESSES) == (S.KEYS, (Do.FLAG, Do.HUSH, Do.NOTE))
    assert step("never", S.LISTENING, E.PRESSES) == (S.LISTENING, ())


@pytest.mark.parametrize("mode", ["auto", "always"])
@pytest.mark.parametrize("state", list(State))
def test_no_answer_is_ever_lost_where_answers_count(mode: SilentDanger, state: State) -> None:
    assert Do.NOTE in step(mode, state, E.PRESSES)[1]


@given(st.sampled_from(MODES), st.lists(st.sampled_from(list(Event)), max_size=12))
def test_shown_as_silent_exactly_while_nothing_was_said(mode: SilentDanger, events: list[Event]) -> None:
    state, shown, notes = S.LISTENING, False, 0
    for event in events:
        state, todo = step(mode, state, event)
        shown = (shown or Do.FLAG in todo) and Do.CLEAR not in todo
        notes += Do.NOTE in todo
    assert shown == kept(state)
    assert not (shown and E.SPEAKS in events)
    assert notes == (0 if mode == "never" else events.count(E.PRESSES))
    assert {state for state, _ in TABLE[mode]} <= set(State)
