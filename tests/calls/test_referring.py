"""The exchange moves the call itself: to the table a recipient like any other, but for its success."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.calls import conduct
from bridge.calls.actions import Dial, HangUp, MoveTicket, Over, TellKey
from bridge.calls.call import Call, Phase
from bridge.calls.events import Leaves, Moved, Presses, Refuses, Rings, RingsTooLong
from bridge.calls.parties import audio_plan
from bridge.calls.referring import moves
from bridge.calls.transfer import State
from bridge.routing.plan import Plan, Target

ASKED = Target("trunk", "110", "carrier", 30, 4, by="refer")
SPARE = Target("trunk", "1101", "police", 30, 4)
AWAY = Plan("转110", "110", "110", "direct", (ASKED, SPARE), key=True)


@pytest.fixture
def pressed(talking: Call) -> Call:
    """The key was pressed: the caller's exchange is asked."""
    leg = talking.attendant.leg
    return conduct.step(talking, Presses(leg, AWAY, "refer", "i", "t", 2.0))[0]


def test_it_is_asked_only_where_the_caller_came_by_that_trunk(pressed: Call) -> None:
    assert moves(pressed, pressed.transfer, ASKED)
    assert not moves(pressed, pressed.transfer, replace(ASKED, trunk="police"))
    assert not moves(pressed, pressed.transfer, replace(ASKED, by="dial"))
    assert not moves(pressed, replace(pressed.transfer, mode="conference"), ASKED)


def test_caller_and_agent_talk_on_while_it_is_asked(pressed: Call) -> None:
    agent = pressed.transfer.initiator
    plan = audio_plan("c", pressed.parties, transcribe=False)
    assert {leg.leg: leg.hears for leg in plan.legs} == {"in": (agent,), agent: ("in",)}
    ringing, actions = conduct.step(pressed, Rings(pressed.transfer.recipient))
    assert (ringing.transfer.state, actions) == (State.RINGING, (TellKey(agent, 180, "Ringing"),))


def test_once_moved_both_legs_end_and_the_ticket_goes_over(pressed: Call) -> None:
    agent, asked = pressed.transfer.initiator, pressed.transfer.recipient
    call, actions = conduct.step(pressed, Moved(asked))
    assert actions == (
        TellKey(agent, 200, "OK"),
        HangUp("in", "transferred"),
        HangUp(agent, "transferred"),
        MoveTicket("t", moved=True, reason=""),
        Over("moved by the exchange"),
    )
    assert (call.phase, call.transfer.state) == (Phase.OVER, State.CONNECTED)


@pytest.mark.parametrize("news", [Refuses("c.2", 486, "Busy Here"), RingsTooLong("c.2")])
def test_when_it_cannot_the_next_target_is_dialled_by_us(pressed: Call, news) -> None:
    call, actions = conduct.step(pressed, news)
    assert [action.target for action in actions if isinstance(action, Dial)] == [SPARE]
    assert call.attendant.leg == pressed.transfer.initiator
    assert not moves(call, call.transfer, SPARE)


def test_an_agent_who_leaves_meanwhile_is_not_needed(pressed: Call) -> None:
    asked = pressed.transfer.recipient
    call, _ = conduct.step(pressed, Leaves(pressed.transfer.initiator, "bye"))
    call, actions = conduct.step(call, Moved(asked))
    assert [action.leg for action in actions if isinstance(action, HangUp)] == ["in"]
    assert call.phase is Phase.OVER


def test_news_that_come_too_late_change_nothing(pressed: Call) -> None:
    call, _ = conduct.step(pressed, Refuses(pressed.transfer.recipient, 486, ""))
    assert conduct.step(call, Moved(pressed.transfer.recipient)) == (call, ())
