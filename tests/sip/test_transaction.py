"""The four tables, walked whole: every state with every event, and the paths RFC 3261 and RFC 6026 draw."""

from __future__ import annotations

import pytest

from bridge.sip.transaction import (
    INVITE_CLIENT,
    INVITE_SERVER,
    MACHINES,
    OTHER_CLIENT,
    OTHER_SERVER,
    Action,
    Event,
    Machine,
    State,
    draw,
    of_status,
)

TIMERS = [event for event in Event if len(event) == 1]
STARTS = {action: Event(action[-1]) for action in Action if action.startswith("start") and len(action) == 7}
each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


def running(machine: Machine) -> set[tuple[State, frozenset[Event]]]:
    """Every (state, running timers) a transaction can be in, by the rule that a state stops timers it has no
    row for."""
    first = frozenset(STARTS[action] for action in machine.opening if action in STARTS)
    found, todo = set(), [(machine.start, first)]
    while todo:
        state, timers = todo.pop()
        if (state, timers) in found:
            continue
        found.add((state, timers))
        for event in Event:
            if event in TIMERS and event not in timers:
                continue  # a timer that doesn't run can't fire
            after, actions = machine.step(state, event)
            left = timers - {event} if event in TIMERS else timers
            if after is not state:
                left = {timer for timer in left if timer in machine.table[after]}
            left |= {STARTS[action] for action in actions if action in STARTS}
            if event in TIMERS and {Action.BACK_OFF, Action.SLOW_E} & set(actions):
                left |= {event}
            todo.append((after, frozenset(left)))
    return found


@each_machine
def test_every_state_answers_every_event(machine: Machine) -> None:
    for state in machine.table:
        for event in Event:
            after, actions = machine.step(state, event)
            assert after in machine.table
            assert all(isinstance(action, Action) for action in actions)


@each_machine
def test_the_end_is_the_end(machine: Machine) -> None:
    assert all(machine.step(State.TERMINATED, event) == (State.TERMINATED, ()) for event in Event)


@each_machine
def test_only_the_listed_pairs_do_anything(machine: Machine) -> None:
    for state, rows in machine.table.items():
        for event in set(Event) - set(rows):
            assert machine.step(state, event) == (state, ())


@each_machine
def test_no_timer_is_started_that_nobody_listens_to(machine: Machine) -> None:
    for state, timers in running(machine):
        assert all(timer in machine.table[state] for timer in timers), (state, timers)


@each_machine
def test_every_state_is_reached_and_bounded_by_a_timer(machine: Machine) -> None:
    """No transaction stays for ever, but where its user or the far end's ringing decides: these end by
    command."""
    free = {
        INVITE_CLIENT.name: {State.PROCEEDING},
        INVITE_SERVER.name: {State.PROCEEDING},
        OTHER_SERVER.name: {State.TRYING, State.PROCEEDING},
    }.get(machine.name, set())
    reached = running(machine)
    assert {state for state, _ in reached} == set(machine.table)
    for state, timers in reached:
        ends = [timer for timer in timers if machine.step(state, timer)[0] is State.TERMINATED]
        assert ends or state is State.TERMINATED or state in free, (state, timers)


@each_machine
def test_the_user_hears_a_final_once(machine: Machine) -> None:
    """From any state, no failure is told after a final response was (2xx apart: forks)."""
    for state in (State.COMPLETED, State.ACCEPTED, State.CONFIRMED):
        for event in Event:
            actions = machine.table.get(state, {}).get(event, (state, ()))[1]
            assert not {Action.REPORT_TIMEOUT, Action.REPORT_ERROR} & set(actions)
            if Action.REPORT in actions:
                assert state is State.ACCEPTED
                assert event in {Event.SUCCESS, Event.ACK}


PATHS = [
    (
        INVITE_CLIENT,
        ["A", "A", "1xx", "1xx", "2xx", "2xx", "3xx-6xx", "M"],
        "tell user tell user tell user tell user",
    ),
    (INVITE_CLIENT, ["3xx-6xx", "3xx-6xx", "2xx", "D"], "send ACK tell user send ACK"),
    (INVITE_CLIENT, ["B"], "tell user: 408"),
    (INVITE_CLIENT, ["transport error"], "tell user: 503"),
    (OTHER_CLIENT, ["E", "1xx", "E", "2xx", "2xx", "K"], "tell user tell user"),
    (OTHER_CLIENT, ["1xx", "F"], "tell user tell user: 408"),
    (INVITE_SERVER, ["1xx", "request again", "2xx", "request again", "ACK", "L"], "tell user"),
    (INVITE_SERVER, ["3xx-6xx", "request again", "G", "ACK", "ACK", "request again", "I"], ""),
    (INVITE_SERVER, ["3xx-6xx", "G", "H"], ""),
    (OTHER_SERVER, ["request again", "1xx", "request again", "2xx", "request again", "3xx-6xx", "J"], ""),
]


@pytest.mark.parametrize(("machine", "events", "told"), PATHS)
def test_paths_of_the_rfc_end_and_tell(machine: Machine, events: list[str], told: str) -> None:
    state, said = machine.start, []
    for event in events:
        state, actions = machine.step(state, Event(event))
        said += [action for action in actions if action.startswith("tell") or action is Action.SEND_ACK]
    assert state is State.TERMINATED
    assert " ".join(said) == told


def test_an_invite_is_never_repeated_once_somebody_answered() -> None:
    for state in (State.PROCEEDING, State.ACCEPTED, State.COMPLETED):
        assert INVITE_CLIENT.step(state, Event.TIMER_A) == (state, ())


def test_rfc_6026_accepted_absorbs_repeated_invites_and_passes_acks() -> None:
    assert INVITE_SERVER.step(State.ACCEPTED, Event.REQUEST) == (State.ACCEPTED, ())
    assert INVITE_SERVER.step(State.ACCEPTED, Event.ACK) == (State.ACCEPTED, (Action.REPORT,))
    assert INVITE_SERVER.step(State.PROCEEDING, Event.SUCCESS)[0] is State.ACCEPTED


@pytest.mark.parametrize(
    ("status", "event"),
    [(100, "1xx"), (199, "1xx"), (200, "2xx"), (299, "2xx"), (300, "3xx-6xx"), (699, "3xx-6xx")],
)
def test_status_classes(status: int, event: str) -> None:
    assert of_status(status) == event


@each_machine
def test_a_table_can_be_printed(machine: Machine) -> None:
    text = draw(machine)
    assert text.count("\n") == sum(len(rows) for rows in machine.table.values())
