"""Attended transfers at the switchboard: what goes out, in which order, and who is told."""

from __future__ import annotations

from bridge.calls.call import Phase
from bridge.calls.events import Answers, Leaves, Offered
from bridge.routing.plan import Origin
from tests.services.conftest import AUDIO


def agent_asks(house, extension: str = "8001"):
    """The agent dials the desk, and it answers."""
    event = Offered("ask", "110", extension, "", Origin("agent", extension), AUDIO, 100.0)
    house.switchboard.offered(event)
    call = house.switchboard.of_leg("ask")
    house.switchboard.on(Answers(call.ringing, AUDIO))
    house.wire.told.clear()
    house.witness.saw.clear()
    return house.switchboard.call(call.id)


def test_two_calls_are_joined_under_one_media_plan(house) -> None:
    first, second = house.talk(), agent_asks(house)
    agent, desk = first.attendant.leg, second.attendant.leg
    house.switchboard.refer_to_leg(agent, "ask", 101.0)
    plans = [told[1] for told in house.wire.told if told[0] == "apply"]
    assert plans[0] == {"in": (desk,), desk: ("in",)}
    assert [p for p in plans[1:] if desk in p] == []
    names = [told[0] for told in house.wire.told]
    assert names.index("accept_key") < names.index("apply") < names.index("tell_key") < names.index("hang_up")
    assert {told[1] for told in house.wire.told if told[0] == "hang_up"} == {agent, "ask"}
    assert house.switchboard.of_leg(desk).id == first.id
    assert [call.id for call in house.switchboard.calls()] == [first.id]
    assert house.witness.saw[:2] == ["opened", "moved"]


def test_the_joined_call_lives_on_with_the_leg_it_was_given(house) -> None:
    first, second = house.talk(), agent_asks(house)
    house.switchboard.refer_to_leg(first.attendant.leg, "ask", 101.0)
    house.switchboard.on(Leaves("ask", "bye"))
    house.switchboard.on(Leaves(second.attendant.leg, "bye"))
    assert house.wire.told[-2][:2] == ("hang_up", "in")
    assert house.switchboard.calls() == []


def test_what_cannot_be_joined_is_refused_and_both_calls_go_on(house) -> None:
    first, second = house.talk(), agent_asks(house, "8002")
    house.switchboard.refer_to_leg(first.attendant.leg, "ask", 101.0)
    assert house.wire.told == [("refuse_key", first.attendant.leg, 603, "Decline")]
    house.switchboard.refer_to_leg(first.attendant.leg, "gone", 102.0)
    assert house.wire.told[-1][2] == 481
    assert [call.id for call in house.switchboard.calls()] == [first.id, second.id]


def replace(house, leg: str, origin: Origin) -> None:
    event = Offered("new", "x", "139", "", origin, AUDIO, 101.0, replaces=leg)
    house.switchboard.offered(event)


def test_a_newcomer_is_answered_before_the_old_leg_is_hung_up(house) -> None:
    call = house.talk()
    old = call.attendant.leg
    replace(house, old, Origin("agent", "8002"))
    assert [told[0] for told in house.wire.told] == ["apply", "answer", "hang_up"]
    assert house.wire.told[0][1] == {"in": ("new",), "new": ("in",)}
    assert house.switchboard.of_leg("new").id == call.id
    house.switchboard.on(Leaves("new", "bye"))
    assert house.switchboard.calls() == []


def test_whoever_is_not_entitled_is_refused(house) -> None:
    call = house.talk()
    replace(house, call.caller.leg, Origin("trunk", "pbx"))
    assert house.wire.told == [("refuse", "new", 403, "Forbidden")]
    replace(house, "gone", Origin("trunk", "pbx"))
    assert house.wire.told[-1] == ("refuse", "new", 481, "Call/Transaction Does Not Exist")
    assert house.switchboard.call(call.id).phase is Phase.TALKING


def test_a_newcomer_without_a_port_is_told_so_and_nothing_changes(house) -> None:
    call = house.talk()
    house.wire.ports = iter([])
    replace(house, call.caller.leg, Origin("trunk", "carrier"))
    assert house.wire.told == [("refuse", "new", 503, "Service Unavailable")]
    assert house.switchboard.call(call.id) == call


def test_a_dialog_at_an_exchange_is_dialled_as_a_key(house) -> None:
    call = house.talk()
    house.switchboard.refer_beyond(call.attendant.leg, "8009", "pbx", "a;to-tag=1;from-tag=2", 101.0)
    assert [told[0] for told in house.wire.told][:2] == ["accept_key", "dial"]
    transfer = house.switchboard.call(call.id).transfer
    assert (transfer.number, transfer.platform) == ("8009", "12345")
    house.switchboard.refer_beyond("gone", "8009", "pbx", "a;to-tag=1;from-tag=2", 101.0)
    assert house.wire.told[-1] == ("refuse_key", "gone", 481, "Call/Transaction Does Not Exist")
