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
        talks = state in {State.DIALLING, State.RINGING, State.JOINED} or Do.TOGETHER in todo
        assert Do.CONNECT in todo or Do.RECALL in todo or (talks and Do.RELEASE not in todo)


@pytest.mark.parametrize("mode", Mode)
def test_whoever_is_put_aside_comes_back(mode: Mode) -> None:
    """Every way out of music and swapping ends it for all: no row leaves anybody aside by forgetting."""
    freeing = {Do.CONNECT, Do.JOIN, Do.TOGETHER, Do.DESKS, Do.CONSULT, Do.SWAP}
    for (state, _), (_, todo) in TABLE[mode].items():
        if state in {State.CONSULTING, State.SWAPPED}:
            assert todo[0] in freeing


@pytest.mark.parametrize("mode", Mode)
def test_the_ticket_is_told_the_end_exactly_once_on_every_way(mode: Mode) -> None:
    """Walked over the whole table: never twice, never not."""
    tickets = {Do.TICKET_MOVED, Do.TICKET_FAILED}
    todo, seen = [(State.DIALLING, 0)], set[tuple[State, int]]()
    while todo:
        state, told = todo.pop()
        if (state, told) in seen:
            continue
        seen.add((state, told))
        assert told == (1 if state is State.JOINED or state in ENDED else 0), state
        for (here, _), (then, does) in TABLE[mode].items():
            if here is state:
                todo.append((then, told + sum(do in tickets for do in does)))
    assert {state for state, _ in seen} >= {state for state, _ in TABLE[mode]}, "every row can be reached"


@pytest.mark.parametrize("mode", Mode)
def test_only_who_is_released_or_gone_hears_done(mode: Mode) -> None:
    """A phone hangs up on the final 200 (RFC 5589 §6.1): told too early it would drop its caller."""
    for (state, event), (_, todo) in TABLE[mode].items():
        gone = state in LEFT or event is Event.INITIATOR_LEAVES
        assert (Do.TELL_DONE in todo) <= (gone or Do.RELEASE in todo)


@pytest.mark.parametrize("mode", Mode)
def test_whoever_pressed_by_refer_is_told_the_end_even_when_gone(mode: Mode) -> None:
    """The subscription of the REFER outlives the call it came in (RFC 5057 §4.2)."""
    for (state, event), (then, todo) in TABLE[mode].items():
        if state not in ENDED and then in ENDED:
            told = {Do.TELL_DONE, Do.TELL_FAILED, Do.TELL_OVER} & set(todo)
            assert len(told) == 1, f"{state}, {event}"


@pytest.mark.parametrize("mode", Mode)
def test_diagram_names_every_row(mode: Mode) -> None:
    text = diagram(mode)
    moves = [1 for (state, _), (then, _) in TABLE[mode].items() if then is not state]
    reached = [end for end in ENDED if f"{end.value} --> [*]" in text]
    assert text.count("-->") == len(moves) + 1 + len(reached)
    assert set(reached) == {then for then, _ in TABLE[mode].values()} & set(ENDED)


# --- nothing forgotten: each pair has a row, or stands here with its reason ---

RUNG = {State.DIALLING, State.RINGING, State.LEFT_DIALLING, State.LEFT_RINGING}
LEFT = {State.LEFT_DIALLING, State.LEFT_RINGING}
ANSWERED = {State.JOINED, State.CONSULTING, State.SWAPPED}
SILENT: dict[str, set[tuple[State, Event]]] = {
    "over is over": set(product(ENDED, Event)),
    "a second press changes nothing": set(product(State, [Event.PRESSES])),
    "nobody has answered yet whom one could turn to": set(
        product(RUNG, [Event.COMPLETES, Event.SWAPS, Event.JOINS])
    ),
    "who has not answered can refuse, not leave": set(product(RUNG, [Event.RECIPIENT_LEAVES])),
    "nobody leaves twice": set(product(LEFT, [Event.INITIATOR_LEAVES])),
    "news of ringing comes late or twice": set(
        product(ANSWERED, [Event.RINGS, Event.ANSWERS, Event.FAILS, Event.FAILS_MORE])
    ),
    "all three talk already": set(product([State.JOINED], [Event.JOINS, Event.SWAPS])),
}
STATES = {
    Mode.DIRECT: RUNG | set(ENDED),
    Mode.CONFERENCE: RUNG | {State.JOINED} | set(ENDED),
    Mode.CONSULT: RUNG | ANSWERED | set(ENDED),
}
"""The states each mode has."""


@pytest.mark.parametrize("mode", Mode)
def test_every_pair_has_a_row_or_a_reason_to_have_none(mode: Mode) -> None:
    reasoned = set().union(*SILENT.values())
    for pair in product(STATES[mode], Event):
        assert (pair in TABLE[mode]) != (pair in reasoned), f"{mode}: {pair[0].value}, {pair[1].value}"
    assert {state for state, _ in TABLE[mode]} <= STATES[mode]
    assert {then for then, _ in TABLE[mode].values()} <= STATES[mode]
