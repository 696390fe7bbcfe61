"""The transfer table: whole, closed, and no row that leaves the caller without a person or a ring-back."""

from __future__ import annotations

from itertools import product

import pytest

from bridge.calls.transfer import ENDED, TABLE, Do, Event, Mode, State, diagram, step


@pytest.mark.parametrize(("mode", "state", "event"), list(product(Mode, State, Event)))
def test_every_pair_has_an_answer(mode: Mode, state: State, event: Event) -> None:
    then, todo = step(mode, state, event)
    assert isinstance(then, State)
    if (state, event) not in TABLE[mode]:
        assert (then, todo) == (state, ())


@pytest.mark.parametrize("mode", Mode)
def test_ended_is_ended(mode: Mode) -> None:
    assert not {state for state, _ in TABLE[mode]} & set(ENDED)


@pytest.mark.parametrize("mode", Mode)
def test_second_press_changes_nothing(mode: Mode) -> None:
    for state in State:
        assert step(mode, state, Event.PRESSES) == (state, ())


@pytest.mark.parametrize("mode", Mode)
def test_nobody_is_released_before_the_caller_is_connected(mode: Mode) -> None:
    """Make before break: in every row that releases the initiator the caller has the recipient, or has
    left."""
    for (_, event), (_, todo) in TABLE[mode].items():
        if Do.RELEASE in todo and event is not Event.CALLER_LEAVES:
            assert todo.index(Do.CONNECT) < todo.index(Do.RELEASE)


@pytest.mark.parametrize("mode", Mode)
def test_every_end_but_the_callers_own_leaves_the_caller_with_somebody(mode: Mode) -> None:
    for (state, event), (then, todo) in TABLE[mode].items():
        if then not in ENDED or event is Event.CALLER_LEAVES:
            continue
        initiator_there = state in {State.DIALLING, State.RINGING} and Do.RELEASE not in todo
        assert Do.CONNECT in todo or Do.RECALL in todo or initiator_there


@pytest.mark.parametrize("mode", Mode)
def test_every_end_is_written_into_the_ticket_once(mode: Mode) -> None:
    for then, todo in TABLE[mode].values():
        tickets = [do for do in todo if do in {Do.TICKET_MOVED, Do.TICKET_FAILED}]
        assert len(tickets) == (1 if then in ENDED else 0)


@pytest.mark.parametrize("mode", Mode)
def test_diagram_names_every_row(mode: Mode) -> None:
    text = diagram(mode)
    moves = [1 for (state, _), (then, _) in TABLE[mode].items() if then is not state]
    assert text.count("-->") == len(moves) + 1 + len(ENDED)
