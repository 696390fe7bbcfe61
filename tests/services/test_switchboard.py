"""The switchboard: what goes out, in which order, and what it does about time-outs, repeats and faults."""

from __future__ import annotations

import pytest

from bridge.calls.call import Phase
from bridge.calls.events import Answers, Leaves, Refuses, Rings
from bridge.errors import NoSuchCall, NotTheirKey, UnknownNumber, WrongMoment
from bridge.services import switchboard as module


def test_a_call_is_dialled_before_its_media_is_planned(house) -> None:
    call = house.offer()
    assert house.wire.names() == ["dial", "apply"]
    assert [alarm.seconds for alarm in house.timers.alarms] == [4, 30]
    assert call.phase is Phase.SETUP


def test_the_caller_is_answered_when_the_agent_is(house) -> None:
    call = house.offer()
    house.switchboard.on(Rings(call.ringing))
    house.switchboard.on(Answers(call.ringing, house.switchboard.call(call.id).caller.audio))
    assert [told for told in house.wire.told if told[0] in {"ring", "answer"}] == [
        ("ring", "in", 20000, False),
        ("answer", "in", 20000),
    ]
    agent = call.ringing
    assert house.wire.told[-2:][0] == ("apply", {"in": (agent,), agent: ("in",)})


def test_a_number_without_a_route_is_refused_at_the_door(house) -> None:
    assert house.offer("404") is None
    assert house.wire.told == [("refuse", "in", 404, "Not Found")]


def test_a_full_house_refuses_one_more_and_keeps_those_it_has(house, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CALLS", 1)
    first = house.offer(leg="one")
    assert house.offer(leg="two") is None
    assert house.wire.told[-1] == ("refuse", "two", 503, "Service Unavailable", 10)
    assert house.switchboard.calls() == [first]


def test_without_a_port_for_the_agent_the_caller_is_told_after_the_present_event(house) -> None:
    house.wire.ports = iter([20000])
    house.offer()
    assert "dial" not in house.wire.names()
    house.timers.ring(0.0)
    assert house.wire.told[-2:] == [("refuse", "in", 503, "no media port"), ("apply", {})]
    assert house.switchboard.calls() == []


def test_the_invite_goes_out_before_anything_else_the_key_brings(house) -> None:
    call = house.talk()
    house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
    assert house.wire.names()[0] == "dial"
    assert house.witness.saw[-2:] == ["opened", "changed"]


def test_the_key_by_refer_is_accepted_and_a_second_one_put_off(house) -> None:
    call = house.talk()
    leg = call.attendant.leg
    house.switchboard.refer(leg, "110", 101.0)
    house.switchboard.refer(leg, "110", 102.0)
    told = [told for told in house.wire.told if told[0] in {"accept_key", "refuse_key", "dial"}]
    assert [each[0] for each in told] == ["accept_key", "dial", "refuse_key"]
    assert told[-1] == ("refuse_key", leg, 491, "Request Pending")
    assert len(house.switchboard.call(call.id).transfers) == 1


@pytest.mark.parametrize(
    ("who", "number", "status"), [("agent", "404", 404), ("in", "110", 603), ("x", "110", 481)]
)
def test_a_refer_that_must_not_is_refused_and_changes_nothing(
    house, who: str, number: str, status: int
) -> None:
    call = house.talk()
    leg = call.attendant.leg if who == "agent" else who
    house.switchboard.refer(leg, number, 101.0)
    assert [(told[0], told[2]) for told in house.wire.told] == [("refuse_key", status)]
    assert house.switchboard.call(call.id) == call


def test_presses_that_cannot_be(house) -> None:
    call = house.talk()
    with pytest.raises(NotTheirKey):
        house.switchboard.press("in", "110", "dtmf", 1.0)
    with pytest.raises(UnknownNumber):
        house.switchboard.press(call.attendant.leg, "404", "dtmf", 1.0)
    with pytest.raises(NoSuchCall):
        house.switchboard.press_call("nobody's", "110", 1.0)
    with pytest.raises(WrongMoment):
        house.switchboard.cancel(call.id)


def test_media_is_right_before_anybody_is_hung_up(house) -> None:
    call = house.talk()
    agent = call.attendant.leg
    transfer = house.switchboard.press(agent, "110", "refer", 100.0)
    house.wire.told.clear()
    house.switchboard.on(Answers(transfer.recipient, call.caller.audio))
    assert house.wire.told[0] == ("apply", {"in": (transfer.recipient,), transfer.recipient: ("in",)})
    assert house.wire.names()[1:] == ["tell_key", "hang_up"]
    assert house.wire.told[-1] == ("hang_up", agent, "transferred")


@pytest.mark.parametrize(("rings", "seconds", "reason"), [(False, 4, "dead"), (True, 20, "silent")])
def test_the_desk_has_only_so_long(house, rings: bool, seconds: float, reason: str) -> None:
    call = house.talk()
    house.timers.alarms.clear()
    transfer = house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
    if rings:
        house.switchboard.on(Rings(transfer.recipient))
        house.timers.ring(4)  # rung in time: this alarm is off
    house.timers.ring(seconds)
    after = house.switchboard.call(call.id)
    assert (after.transfer.state, after.transfer.reason) == ("failed", reason)
    assert ("hang_up", transfer.recipient, "no answer") in house.wire.told
    assert after.attendant == after.party(call.attendant.leg)


def test_no_alarm_is_left_when_the_desk_has_answered(house) -> None:
    call = house.talk()
    transfer = house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
    house.switchboard.on(Answers(transfer.recipient, call.caller.audio))
    assert all(alarm.cancelled for alarm in house.timers.alarms)


def test_a_fault_in_the_papers_touches_no_call(house) -> None:
    house.witness.fails = True
    call = house.talk()
    house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
    house.switchboard.on(Leaves("in", "bye"))
    assert house.switchboard.calls() == []


def test_of_a_finished_call_nothing_is_kept(house) -> None:
    call = house.talk()
    house.switchboard.on(Leaves("in", "bye"))
    assert house.wire.told[-1] == ("apply", {})
    assert house.witness.saw[-1] == "changed"
    assert house.switchboard.of_leg("in") is None
    house.switchboard.on(Refuses(call.attendant.leg, 500, "late news"))  # harmless
    keeps = [value for value in vars(house.switchboard).values() if isinstance(value, dict)]
    assert keeps == [{}] * len(keeps)


def test_the_house_closes_on_everybody(house) -> None:
    call = house.talk()
    house.switchboard.hang_up_all("restart")
    assert house.wire.told == [("hang_up", "in", "restart"), ("hang_up", call.attendant.leg, "restart")]


def test_news_of_a_leg_nobody_knows_is_nobodys(house) -> None:
    house.talk()
    house.switchboard.on(Rings("unknown"))
    assert house.wire.told == []
