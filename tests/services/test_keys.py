"""Digits that are the key, and digits that are not."""

from __future__ import annotations

import pytest

from bridge.calls.events import Leaves, Reoffers
from bridge.media.plan import Digit
from bridge.services.keys import Keys
from bridge.sip.sdp import Audio


@pytest.fixture
def keys(house) -> Keys:
    return Keys(house.switchboard, {"*110": "110", "#9": "404"})


def dial(keys: Keys, leg: str, digits: str, at: float = 1.0, step: float = 0.2) -> None:
    for n, digit in enumerate(digits):
        keys.digit(leg, digit, at + n * step)


@pytest.mark.parametrize(
    ("digits", "step", "presses"),
    [
        ("*110", 0.2, 1),
        ("55*110", 0.2, 1),
        ("*11", 0.2, 0),
        ("*110", 60.0, 0),
        ("*110*110", 0.2, 1),
        ("#9", 0.2, 0),
    ],
)
def test_the_agents_digits(house, keys: Keys, digits: str, step: float, presses: int) -> None:
    call = house.talk()
    dial(keys, call.attendant.leg, digits, step=step)
    assert len(house.switchboard.call(call.id).transfers) == presses


def test_the_callers_digits_are_none_of_it(house, keys: Keys) -> None:
    call = house.talk()
    dial(keys, "in", "*110")
    assert house.switchboard.call(call.id).transfers == ()


def test_two_telephones_do_not_make_one_code(house, keys: Keys) -> None:
    call = house.talk()
    dial(keys, call.attendant.leg, "*1")
    dial(keys, "in", "10")
    dial(keys, "nobody", "10")
    assert house.switchboard.call(call.id).transfers == ()


def test_digits_of_telephones_that_are_gone_are_not_kept(house, keys: Keys) -> None:
    for _ in range(3):
        call = house.talk()
        dial(keys, call.attendant.leg, "*1")
        house.switchboard.on(Leaves("in", "bye"))
    assert len(vars(keys)["_pressed"]) == 1


def deaf(house, leg: str) -> None:
    """The leg's telephone knows no telephone events."""
    house.switchboard.on(Reoffers(leg, Audio(("127.0.0.9", 4000), "PCMA", 8, None, "sendrecv")))


def test_the_callers_digits_reach_an_agent_who_knows_info_only(house, keys: Keys) -> None:
    call = house.talk()
    agent = call.attendant.leg
    deaf(house, agent)
    keys.digit("in", "5", 1.0)
    keys.digit(agent, "#", 1.0)  # the agent's own are for us
    passed = [told for told in house.wire.told if told[0] == "pass_digit"]
    assert passed == [("pass_digit", agent, "5")]


def test_the_callers_digits_by_info_are_pressed_as_events_once_each(house, keys: Keys) -> None:
    call = house.talk()
    for digit in "77":
        keys.digit("in", digit, 1.0, "info")
    (agent,) = [leg for leg in house.wire.plan.legs if leg.leg == call.attendant.leg]
    assert agent.digit == Digit("7", 2)
    assert house.wire.names().count("apply") == 2
