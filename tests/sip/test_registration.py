"""Our registration with an exchange: refreshes, challenges, refusals and the way back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.sip.grammar import parse_name_addr
from bridge.sip.registration import (
    Answered,
    Begins,
    Done,
    Due,
    Ends,
    Event,
    Phase,
    Registration,
    Send,
    Tell,
    Wake,
    granted_to,
    step,
)

NEW = Registration(600)


def run(*events: Event, state: Registration = NEW) -> tuple[Registration, list[object]]:
    """The state after these, and the last one's actions."""
    actions: tuple[object, ...] = ()
    for event in events:
        state, actions = step(state, event)
    return state, list(actions)


def up(now: float = 0.0, granted: int = 600) -> Registration:
    return run(Begins(), Answered(200, now, granted))[0]


def test_it_registers_proves_itself_and_refreshes_in_good_time() -> None:
    assert run(Begins())[1] == [Send(600)]
    assert run(Begins(), Answered(401, 0.0))[1] == [Send(600, prove=True)]
    state, actions = run(Begins(), Answered(401, 0.0), Answered(200, 1.0, 300))
    assert actions == [Tell(up=True), Wake(240.0)]
    assert (state.up, state.until) == (True, 301.0)
    state, actions = run(Due(241.0), Answered(200, 242.0, 300), state=state)
    assert actions == [Wake(240.0)], "nobody is told what has not changed"


def test_a_stale_nonce_is_answered_once_more_and_a_wrong_password_is_not() -> None:
    assert run(Begins(), Answered(407, 0.0), Answered(407, 0.1, stale=True))[1] == [Send(600, prove=True)]
    state, actions = run(Begins(), Answered(401, 0.0), Answered(401, 0.1))
    assert actions[0] == Tell(up=False, why="bad-credentials")
    assert state.phase is Phase.WAITING
    state, actions = run(*[Begins(), *[Answered(401, 0.0, stale=True)] * 3])
    assert state.phase is Phase.WAITING


def test_too_brief_asks_for_what_is_least_once() -> None:
    state, actions = run(Begins(), Answered(423, 0.0, least=1800))
    assert actions == [Send(1800)]
    assert run(Answered(423, 0.1, least=3600), state=state)[0].phase is Phase.WAITING
    assert run(Begins(), Answered(423, 0.0, least=0))[0].phase is Phase.WAITING
    assert run(Begins(), Answered(423, 0.0, least=10**7))[0].phase is Phase.WAITING


def test_after_failures_it_waits_longer_each_time_and_not_for_ever() -> None:
    state, waits = run(Begins())[0], list[float]()
    for _ in range(9):
        state, actions = step(state, Answered(503, 0.0, chance=0.0))
        waits += [action.seconds for action in actions if isinstance(action, Wake)]
        state, _ = step(state, Due(0.0))
    assert waits == [2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 150.0, 150.0, 150.0]


def test_retry_after_is_obeyed() -> None:
    assert run(Begins(), Answered(503, 0.0, after=900))[1][-1] == Wake(900.0)


def test_what_is_granted_holds_until_its_end_though_a_refresh_fails() -> None:
    state, actions = run(Due(480.0), Answered(503, 481.0), state=up())
    assert not [action for action in actions if isinstance(action, Tell)]
    assert state.up
    state, actions = run(Due(700.0), state=state)
    assert actions[0] == Tell(up=False, why="503")
    assert not state.up
    assert run(Answered(200, 701.0, 60), state=state)[1] == [Tell(up=True), Wake(48.0)]


def test_it_leaves_with_zero_seconds_and_is_over_whatever_comes() -> None:
    state, actions = run(Ends(), state=up())
    assert actions == [Send(0)]
    assert run(Answered(401, 1.0), state=state)[1] == [Send(0, prove=True)]
    for status in (200, 408, 503):
        assert run(Answered(status, 1.0), state=state)[1] == [Tell(up=False, why="ended"), Done()]
    assert run(Ends())[1] == [Done()]
    assert run(Begins(), Ends())[1] == [Send(0)], "a REGISTER under way may yet be granted"


@pytest.mark.parametrize(
    ("contacts", "expires", "granted"),
    [
        (["<sip:a@10.0.0.1:5060>;expires=120", "<sip:b@10.0.0.2>;expires=900"], "3600", 120),
        (["<sip:b@10.0.0.2>;expires=900", "<sip:c@10.0.0.3>;expires=9"], "300", 300),
        (["<sip:a@192.0.2.1:6060>;expires=77"], None, 77),
        (["<sip:a@10.0.0.1:5060>"], "300", 300),
        ([], None, 600),
        (["<sip:a@10.0.0.1:5060>;expires=99999999999"], None, 600),
        (["<sip:a@10.0.0.1:5060>;expires=0"], "300", 0),
    ],
)
def test_the_granted_time_is_our_contacts(contacts: list[str], expires: str | None, granted: int) -> None:
    found = [parse_name_addr(contact) for contact in contacts]
    assert granted_to(found, "sip:a@10.0.0.1:5060", expires, 600) == granted


answers = st.builds(
    Answered,
    status=st.sampled_from([200, 200, 301, 401, 403, 407, 408, 423, 500, 503, 600]),
    now=st.just(0.0),
    granted=st.sampled_from([0, 1, 60, 600, 10**7]),
    least=st.sampled_from([0, 60, 1200, 10**8]),
    after=st.sampled_from([0, 30, 10**8]),
    stale=st.booleans(),
    chance=st.floats(0, 0.999),
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.one_of(answers, st.just(Due(0.0)), st.just(Begins())), max_size=40), st.floats(0.1, 500))
def test_it_never_stops_trying_never_hammers_and_says_each_change_once(
    events: list[Event], pace: float
) -> None:
    state, now, told = NEW, 0.0, False
    unanswered = 0
    for event in events:
        now += pace
        timed = replace(event, now=now) if isinstance(event, Answered | Due) else event
        before = state
        state, actions = step(state, timed)
        sends = [action for action in actions if isinstance(action, Send)]
        wakes = [action for action in actions if isinstance(action, Wake)]
        assert len(sends) <= 1
        assert len(wakes) <= 1
        assert all(wake.seconds >= 0.8 for wake in wakes)
        for action in actions:
            if isinstance(action, Tell):
                assert action.up is not told or (not action.up and before.failures == 0)
                told = action.up
        if state.phase in {Phase.UP, Phase.WAITING} and before is not state:
            assert wakes, "nothing would ever happen again"
        unanswered = unanswered + 1 if sends and isinstance(event, Answered) else 0
        assert unanswered <= 3, "a registrar is asked again at once without end"
