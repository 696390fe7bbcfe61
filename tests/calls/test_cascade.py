"""From one target to the next: by what it says, and until the time of all together is up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.calls.actions import Dial, HangUp, Limit, MoveTicket, Refuse
from bridge.calls.call import Call, Phase
from bridge.calls.conduct import open_call, step
from bridge.calls.events import Answers, Leaves, Offered, Presses, Refuses, Rings, TimeIsUp
from bridge.calls.transfer import State
from bridge.routing.plan import Plan, Target
from bridge.sip.sdp import Audio

Press = Callable[..., Presses]
WAYS = tuple(
    Target("trunk", number, trunk, 30, 4)
    for number, trunk in (("110", "police"), ("110", "police-two"), ("0531110", "jinan"))
)


@pytest.fixture
def route(away: Plan) -> Plan:
    """Two ways to the same desk, then another region's; a minute and a half for all of them."""
    return replace(away, targets=WAYS, total_seconds=90)


@pytest.fixture
def pressed(talking: Call, press: Press, route: Plan) -> Call:
    call, actions = step(talking, replace(press(talking), plan=route))
    assert [action for action in actions if isinstance(action, Limit)] == [Limit("transfer", 90)]
    return call


def dialled(actions: tuple[object, ...]) -> list[str | None]:
    return [action.target.trunk for action in actions if isinstance(action, Dial)]


@pytest.mark.parametrize(("status", "next_trunk"), [(486, "police-two"), (503, "police-two"), (603, "jinan")])
def test_the_next_target_depends_on_the_answer(pressed: Call, status: int, next_trunk: str) -> None:
    _, actions = step(pressed, Refuses(pressed.transfers[-1].recipient, status, ""))
    assert dialled(actions) == [next_trunk]


def test_a_desk_that_declines_is_tried_by_every_way_in_an_emergency(
    talking: Call, press: Press, route: Plan
) -> None:
    urgent = replace(route, targets=tuple(replace(way, emergency=True) for way in WAYS))
    call, _ = step(talking, replace(press(talking), plan=urgent))
    _, actions = step(call, Refuses(call.transfers[-1].recipient, 603, ""))
    assert dialled(actions) == ["police-two"]


def test_when_time_is_up_the_one_that_rings_is_the_last(pressed: Call) -> None:
    leg = pressed.transfers[-1].recipient
    ringing, _ = step(pressed, Rings(leg))
    call, actions = step(ringing, TimeIsUp("transfer"))
    assert HangUp(leg, "no answer") in actions
    assert dialled(actions) == []
    assert MoveTicket("transfer", moved=False, reason="silent") in actions
    assert (call.transfers[-1].state, call.phase) == (State.FAILED, Phase.TALKING)
    assert step(call, TimeIsUp("transfer")) == (call, ())


def test_a_caller_left_alone_is_taken_back_when_time_is_up(pressed: Call, home: Plan) -> None:
    alone, _ = step(pressed, Leaves("c.1", "bye"))
    call, actions = step(alone, TimeIsUp("transfer"))
    assert call.phase is Phase.RECALLING
    assert Dial(call.ringing, home.targets[0]) in actions


def test_time_is_nothing_to_who_is_connected(pressed: Call, audio: Audio) -> None:
    call, _ = step(pressed, Answers(pressed.transfers[-1].recipient, audio))
    assert step(call, TimeIsUp("transfer")) == (call, ())


def test_time_of_an_earlier_press_is_nothing_to_the_next_one(pressed: Call) -> None:
    assert step(pressed, TimeIsUp("another")) == (pressed, ())
    assert step(pressed, TimeIsUp("")) == (pressed, ())


def test_at_set_up_the_caller_gets_the_answer_when_time_is_up(offered: Offered, home: Plan) -> None:
    call, actions = open_call("c", offered, replace(home, total_seconds=45), incident="i", transfer="t")
    assert actions[-1] == Limit("", 45)
    call, actions = step(call, TimeIsUp(""))
    assert dialled(actions) == []
    assert Refuse("in", 480, "No Answer") in actions
    assert call.phase is Phase.OVER


def test_without_a_limit_no_clock_is_set(offered: Offered, home: Plan) -> None:
    _, actions = open_call("c", offered, home, incident="i", transfer="t")
    assert not [action for action in actions if isinstance(action, Limit)]
