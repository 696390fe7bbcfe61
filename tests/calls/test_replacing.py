"""One leg takes another's place: who may, what changes, and that the caller is never alone meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.calls import conduct
from bridge.calls.actions import Answer, HangUp, MoveTicket, OpenTicket
from bridge.calls.call import Call, Phase, seat
from bridge.calls.events import Answers, Leaves, Offered, Reoffers
from bridge.calls.parties import audio_plan
from bridge.calls.replacing import entitled, take_place
from bridge.calls.transfer import State
from bridge.routing.plan import Origin

IDS = {"incident": "i9", "transfer": "t9"}
PBX = Origin("trunk", "pbx")


def newcomer(audio, origin: Origin = PBX, caller: str = "13900000000", by: str | None = None) -> Offered:
    return Offered("new", "x", caller, "", origin, audio, 5.0, by)


def heard(call: Call, leg: str) -> tuple[str, ...]:
    plan = audio_plan(call.id, call.parties, transcribe=False)
    return next(each.hears for each in plan.legs if each.leg == leg)


def test_the_newcomer_is_answered_first_then_the_old_leg_goes(talking, audio) -> None:
    old = talking.attendant.leg
    call, actions = take_place(talking, old, newcomer(audio), 20010, **IDS)
    assert actions == (Answer("new"), HangUp(old, "replaced"))
    assert call.attendant is not None
    assert (call.attendant.leg, call.attendant.port) == ("new", 20010)
    assert heard(call, "in") == ("new",)
    assert heard(call, "new") == ("in",)


def test_the_old_legs_end_changes_nothing_any_more(talking, audio) -> None:
    old = talking.attendant.leg
    call, _ = take_place(talking, old, newcomer(audio), 20010, **IDS)
    assert conduct.step(call, Leaves(old, "bye")) == (call, ())
    assert conduct.step(call, Leaves("new", "bye"))[0].phase is Phase.OVER


def test_a_leg_that_rings_is_picked_up(offered, home, audio) -> None:
    call, _ = conduct.open_call("c", offered, home, incident="i", transfer="t")
    rung = call.ringing
    call, actions = take_place(seat(call, "in", 20000), rung, newcomer(audio), 20010, **IDS)
    assert actions == (Answer("new"), Answer("in"), HangUp(rung, "replaced"))
    assert (call.phase, call.ringing) == (Phase.TALKING, "")
    assert heard(call, "in") == ("new",)


def test_a_desk_that_rings_for_a_transfer_is_picked_up(talking, press, audio) -> None:
    call, _ = conduct.step(talking, press(talking))
    rung = call.transfer.recipient
    call, actions = take_place(call, rung, newcomer(audio), 20010, **IDS)
    assert actions[0] == Answer("new")
    assert actions[-1] == HangUp(rung, "replaced")
    assert (call.transfer.state, call.attendant.leg) == (State.CONNECTED, "new")


def test_who_pressed_from_the_old_leg_has_pressed_from_the_new_one(talking, press, audio) -> None:
    call, _ = conduct.step(talking, press(talking))
    call, _ = take_place(call, call.transfer.initiator, newcomer(audio), 20010, **IDS)
    assert call.transfer.initiator == "new"
    call, actions = conduct.step(call, Answers(call.transfer.recipient, audio))
    assert HangUp("new", "transferred") in actions


def test_the_caller_who_comes_for_the_agent_that_asked_the_desk_is_a_transfer(audio, away) -> None:
    asks = Offered("in", "110", "8001", "", PBX, audio, 1.0, agent="8001")
    call, actions = conduct.open_call("c", asks, away, incident="i", transfer="t")
    assert call.transfers == ()
    assert not [action for action in actions if isinstance(action, OpenTicket)]
    call, _ = conduct.step(seat(call, "in", 20000), Answers(call.ringing, audio))
    call, actions = take_place(call, "in", newcomer(audio), 20010, **IDS)
    assert actions == (
        Answer("new"),
        OpenTicket("t9"),
        MoveTicket("t9", moved=True, reason=""),
        HangUp("in", "replaced"),
    )
    assert (call.caller.leg, call.caller.number) == ("new", "13900000000")
    assert (call.transfer.via, call.transfer.incident, call.referred_by) == ("invite", "i9", "8001")


@pytest.mark.parametrize(
    ("who", "place", "may"),
    [
        (PBX, Origin("trunk", "pbx"), True),
        (Origin("trunk", "carrier"), Origin("trunk", "pbx"), False),
        (Origin("agent", "8002"), Origin("agent", "8001"), True),
        (Origin("agent", "8002"), Origin("trunk", "pbx"), False),
    ],
)
def test_who_is_entitled(talking, who: Origin, place: Origin, may: bool) -> None:
    trunk = place.name if place.kind == "trunk" else ""
    assert entitled(who, replace(talking.attendant, origin=place, trunk=trunk)) is may


def test_an_exchange_may_replace_its_own_agents_leg(talking) -> None:
    party = replace(talking.attendant, trunk="pbx")
    assert entitled(PBX, party)
    assert not entitled(Origin("trunk", "pbx-two"), party)


def test_a_newcomer_without_an_offer_is_heard_as_soon_as_its_answer_comes(talking, audio) -> None:
    call, _ = take_place(talking, talking.attendant.leg, newcomer(None), 20010, **IDS)
    assert call.attendant.leg == "new"
    call, _ = conduct.step(call, Reoffers("new", audio))
    assert call.attendant.audio == audio
