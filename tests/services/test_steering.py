"""A transfer in flight led by API and telephone keys: complete, swap, join, cancel."""

from __future__ import annotations

import pytest

from bridge.calls.call import Call, Phase
from bridge.calls.events import Answers, Leaves
from bridge.errors import NoSuchCall, WrongMoment
from bridge.services.keys import Keys

CODES = {"*#1": "complete", "*#2": "swap", "*#3": "join", "*#0": "cancel"}


def consulting(house) -> Call:
    call = house.talk()
    transfer = house.switchboard.press(call.attendant.leg, "110", "api", 100.0, "consult")
    house.switchboard.on(Answers(transfer.recipient, call.caller.audio))
    return house.switchboard.call(call.id)


def dial(keys: Keys, leg: str, digits: str) -> None:
    for n, digit in enumerate(digits):
        keys.digit(leg, digit, 1.0 + n / 5)


def state(house, call: Call) -> str:
    return str(house.switchboard.call(call.id).transfer.state)


@pytest.mark.parametrize(
    ("wishes", "then"),
    [
        (["complete"], "connected"),
        (["swap"], "swapped"),
        (["swap", "swap"], "consulting"),
        (["join"], "joined"),
        (["join", "cancel"], "returned"),
        (["cancel"], "cancelled"),
    ],
)
def test_each_wish_by_name_and_by_code(house, wishes: list[str], then: str) -> None:
    by_name, by_code = consulting(house), None
    for wish in wishes:
        house.switchboard.steer(by_name.id, wish)
    assert state(house, by_name) == then
    house.switchboard.on(Leaves("in", "bye"))
    house.switchboard.on(Leaves(by_name.attendant.leg, "bye"))
    keys = Keys(house.switchboard, {"*110": "110"}, CODES)
    by_code = consulting(house)
    code_of = {wish: code for code, wish in CODES.items()}
    for wish in wishes:
        dial(keys, by_code.attendant.leg, code_of[wish])
    assert state(house, by_code) == then


def test_the_route_code_pressed_again_is_no_wish(house) -> None:
    """*110 holds *1: with such a code a second press would complete the transfer."""
    keys = Keys(house.switchboard, {"*110": "110"}, CODES)
    call = consulting(house)
    dial(keys, call.attendant.leg, "*110")
    assert state(house, call) == "consulting"


def test_nobody_elses_digits_lead_the_transfer(house) -> None:
    keys = Keys(house.switchboard, {"*110": "110"}, CODES)
    call = consulting(house)
    for leg in ("in", call.transfer.recipient):
        dial(keys, leg, "*#1")
    assert state(house, call) == "consulting"


def test_wishes_out_of_time_are_refused_and_change_nothing(house) -> None:
    call = house.talk()
    keys = Keys(house.switchboard, {"*110": "110"}, CODES)
    dial(keys, call.attendant.leg, "*#1")
    with pytest.raises(WrongMoment):
        house.switchboard.steer(call.id, "complete")
    with pytest.raises(NoSuchCall):
        house.switchboard.steer("nobody's", "swap")
    house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
    for wish in ("complete", "swap", "join"):
        with pytest.raises(WrongMoment):
            house.switchboard.steer(call.id, wish)
    assert state(house, call) == "dialling"


def test_a_press_says_its_mode_and_the_route_otherwise(house) -> None:
    call = house.talk()
    first = house.switchboard.press(call.attendant.leg, "110", "api", 100.0, "conference")
    assert first.mode == "conference"
    again = house.switchboard.press(call.attendant.leg, "110", "api", 101.0, "consult")
    assert again == first, "a second press changes nothing, whatever its mode"
    house.switchboard.cancel(call.id)
    assert house.switchboard.press(call.attendant.leg, "110", "api", 102.0).mode == "direct"


def test_without_a_caller_the_desks_talk_on_and_nobody_transfers(house) -> None:
    call = consulting(house)
    agent, desk = call.attendant.leg, call.transfer.recipient
    house.wire.told.clear()
    house.switchboard.on(Leaves("in", "bye"))
    assert house.wire.told == [("apply", {agent: (desk,), desk: (agent,)})]
    assert house.switchboard.call(call.id).phase is Phase.DESKS
    house.switchboard.refer(agent, "110", 103.0)
    assert house.wire.told[-1] == ("refuse_key", agent, 491, "Request Pending")
    house.switchboard.on(Leaves(agent, "bye"))
    assert ("hang_up", desk, "bye") in house.wire.told
    assert house.switchboard.calls() == []
