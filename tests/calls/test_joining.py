"""Two calls of one agent become one, in every shape they can have, and no order of events leaves the caller
alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.calls import conduct
from bridge.calls.actions import Dial, HangUp, Over, TellKey
from bridge.calls.call import Call, Phase, seat
from bridge.calls.events import Answers, Leaves, LegEvent, Offered, Refuses
from bridge.calls.joining import join
from bridge.calls.parties import audio_plan
from bridge.calls.transfer import State
from bridge.errors import NotTheirKey, WrongMoment
from bridge.routing.plan import Origin, Plan, Target
from bridge.sip.sdp import Audio

AUDIO = Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendrecv")
AGENT = Origin("agent", "8001")
IDS = {"incident": "i", "transfer": "t", "at": 3.0}


def plan(number: str, kind: str, *, key: bool = False) -> Plan:
    target = Target(kind, number, "police" if kind == "trunk" else None, 30, 4)  # type: ignore[arg-type]
    spare = Target("trunk", "1101", "police", 30, 4)
    return Plan("route " + number, number, "110" if key else "12345", "direct", (target, spare), key=key)


def ports(call: Call) -> Call:
    for n, party in enumerate(call.parties):
        call = call if party.port else seat(call, party.leg, 20000 + 100 * ord(call.id[0]) + 2 * n)
    return call


def inbound(call_id: str, origin: Origin, to: Plan, *, answered: bool = True) -> Call:
    """Somebody dials, and is answered."""
    number = "139" if origin.kind == "trunk" else origin.name
    offered = Offered(f"{call_id}.in", to.number, number, "", origin, AUDIO, 0.0)
    call = ports(conduct.open_call(call_id, offered, to, incident="-", transfer="-")[0])
    return conduct.step(call, Answers(call.ringing, AUDIO))[0] if answered else call


@pytest.fixture
def first() -> Call:
    """A caller with agent 8001."""
    return inbound("a", Origin("trunk", "carrier"), plan("8001", "agent"))


@pytest.fixture
def second() -> Call:
    """Agent 8001 has asked the desk."""
    return inbound("b", AGENT, plan("110", "trunk", key=True))


def test_caller_and_desk_are_connected_at_one_stroke(first: Call, second: Call) -> None:
    agent, asked, desk = first.attendant.leg, second.caller.leg, second.attendant.leg
    made = join((first, agent), (second, asked), **IDS)
    assert made.ticket
    assert made.pressed.attendant.leg == agent, "the ticket knows who pressed"
    call = made.call
    assert (call.id, call.caller.leg, call.attendant.leg) == ("a", "a.in", desk)
    assert (call.transfer.state, call.transfer.platform, call.transfer.number) == (
        State.CONNECTED, "110", "110",
    )  # fmt: skip
    assert TellKey(agent, 200, "OK") in made.actions
    assert HangUp(agent, "transferred") in made.actions
    assert made.gave.phase is Phase.OVER
    assert made.gave_actions == (HangUp(asked, "joined"), Over("joined"))
    plan_ = audio_plan(call.id, call.parties, transcribe=False)
    assert {leg.leg: leg.hears for leg in plan_.legs} == {"a.in": (desk,), desk: ("a.in",)}


def test_pressed_on_the_other_leg_the_callers_call_is_kept_too(first: Call, second: Call) -> None:
    made = join((second, second.caller.leg), (first, first.attendant.leg), **IDS)
    assert (made.call.id, made.gave.id) == ("a", "b")
    assert made.gave_actions[0] == TellKey(second.caller.leg, 200, "OK")


def test_two_calls_the_agent_made_are_joined_and_the_first_called_is_its_caller(second: Call) -> None:
    out = inbound("o", AGENT, plan("13900000000", "trunk"))
    citizen = out.attendant.leg
    made = join((out, out.caller.leg), (second, second.caller.leg), **IDS)
    assert (made.call.caller.leg, made.call.caller.speaker) == (citizen, "caller")
    assert made.call.attendant.leg == second.attendant.leg
    assert HangUp("o.in", "transferred") in made.actions


def test_two_callers_of_one_agent_are_joined(first: Call) -> None:
    other = inbound("x", Origin("trunk", "carrier"), plan("8001", "agent"))
    made = join((first, first.attendant.leg), (other, other.attendant.leg), **IDS)
    assert (made.call.caller.leg, made.call.attendant.leg) == ("a.in", "x.in")


def test_a_desk_that_still_rings_becomes_a_transfer_in_flight(first: Call) -> None:
    asking = inbound("b", AGENT, plan("110", "trunk", key=True), answered=False)
    made = join((first, first.attendant.leg), (asking, "b.in"), **IDS)
    assert made.call.transfer.in_flight
    assert made.call.attendant.leg == first.attendant.leg, "the caller stays with the agent until it answers"
    assert made.gave_actions == (HangUp("b.in", "joined"), Over("joined"))
    done, _ = conduct.step(made.call, Answers(asking.ringing, AUDIO))
    assert (done.transfer.state, done.attendant.leg) == (State.CONNECTED, asking.ringing)
    next_, actions = conduct.step(made.call, Refuses(asking.ringing, 486, "Busy"))
    assert [action.target.number for action in actions if isinstance(action, Dial)] == ["1101"]
    assert next_.attendant.leg == first.attendant.leg


def test_legs_of_two_people_are_not_joined(first: Call) -> None:
    other = inbound("b", Origin("agent", "8002"), plan("110", "trunk", key=True))
    with pytest.raises(NotTheirKey):
        join((first, first.attendant.leg), (other, other.caller.leg), **IDS)
    with pytest.raises(NotTheirKey):
        join((first, first.attendant.leg), (first, first.caller.leg), **IDS)


def test_legs_behind_one_exchange_are_its_own_affair(first: Call) -> None:
    pbx = Origin("trunk", "pbx")
    one, two = inbound("p", pbx, plan("8001", "agent")), inbound("q", pbx, plan("110", "trunk"))
    made = join((one, one.caller.leg), (two, two.caller.leg), **IDS)
    assert made.call.attendant.leg == two.attendant.leg


def test_a_call_being_transferred_is_not_joined(first: Call, second: Call, press) -> None:
    moving, _ = conduct.step(first, press(first))
    with pytest.raises(WrongMoment):
        join((moving, first.attendant.leg), (second, second.caller.leg), **IDS)
    gone, _ = conduct.step(second, Leaves(second.attendant.leg, "lost"))
    ended, _ = conduct.step(gone, Refuses(gone.ringing, 486, ""))
    ended, _ = conduct.step(ended, Refuses(ended.ringing, 486, ""))
    with pytest.raises(WrongMoment):
        join((first, first.attendant.leg), (ended, ended.caller.leg), **IDS)


EVENTS = ("answers", "busy", "bye", "lost")
moves = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 4)), max_size=12)


def event(call: Call, kind: str, which: int) -> LegEvent:
    legs = [party.leg for party in call.parties] + ["gone"]
    leg = legs[which % len(legs)]
    made = {"answers": Answers(leg, AUDIO), "busy": Refuses(leg, 486, ""), "bye": Leaves(leg, "bye")}
    return made.get(kind, Leaves(leg, "lost"))  # type: ignore[return-value]


def walk(call: Call, sequence: list[tuple[str, int]]) -> Call:
    for kind, which in sequence:
        before = call
        call, _ = conduct.step(call, event(call, kind, which))
        call = ports(call)
        not_alone(before, call)
    return call


def not_alone(before: Call, call: Call) -> None:
    if call.phase is Phase.OVER or not call.caller.up:
        return
    plan_ = audio_plan(call.id, call.parties, transcribe=False)
    caller = next(leg for leg in plan_.legs if leg.leg == call.caller.leg)
    assert caller.hears or caller.play, f"alone in {call.phase}, before {before.phase}"
    known = {party.leg for party in call.parties if party.up}
    assert set(caller.hears) <= known


@settings(max_examples=1500, deadline=None)
@given(moves, moves, moves, st.booleans(), st.booleans())
def test_whatever_happens_before_and_after_the_caller_is_never_alone(
    one: list[tuple[str, int]], two: list[tuple[str, int]], after: list[tuple[str, int]],
    swapped: bool, answered: bool,
) -> None:  # fmt: skip
    first = walk(inbound("a", Origin("trunk", "carrier"), plan("8001", "agent")), one)
    second = walk(inbound("b", AGENT, plan("110", "trunk", key=True), answered=answered), two)
    agent = next((party.leg for party in first.parties if party.origin == AGENT), "gone")
    lines = ((first, agent), (second, second.caller.leg))
    try:
        made = join(*(reversed(lines) if swapped else lines), **IDS)  # type: ignore[arg-type]
    except (NotTheirKey, WrongMoment):
        return
    not_alone(first, made.call)
    legs = [party.leg for party in made.call.parties]
    assert len(legs) == len(set(legs))
    ended = {action.leg for action in (*made.actions, *made.gave_actions) if isinstance(action, HangUp)}
    assert not ended & set(legs), "a leg hung up is still in the call"
    assert {p.leg for c in (first, second) for p in c.parties if p.up} <= ended | set(legs), (
        "somebody is lost"
    )
    walk(made.call, after)
