"""Calls, targets and legs for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.calls import conduct
from bridge.calls.actions import Dial
from bridge.calls.call import Call, seat
from bridge.calls.events import Answers, Offered, Presses, Via
from bridge.routing.plan import Origin, Plan, Target
from bridge.sip.sdp import Audio

AUDIO = Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendrecv")


def _target(number: str, kind: str = "agent") -> Target:
    return Target(kind, number, "police" if kind == "trunk" else None, 30, 4)  # type: ignore[arg-type]


@pytest.fixture
def audio() -> Audio:
    return AUDIO


@pytest.fixture
def home() -> Plan:
    """The hotline's own route: two agents."""
    return Plan("热线来话", "12345", "12345", "direct", (_target("8001"), _target("8002")))


@pytest.fixture
def away() -> Plan:
    """The key's route: two ways to 110."""
    return Plan(
        "转110", "110", "110", "direct", (_target("110", "trunk"), _target("1101", "trunk")), key=True
    )


@pytest.fixture
def offered() -> Offered:
    return Offered("in", "12345", "13806351234", "", Origin("trunk", "carrier"), AUDIO, 1.0)


@pytest.fixture
def press(away: Plan) -> Callable[..., Presses]:
    def make(call: Call, leg: str = "", via: Via = "refer") -> Presses:
        attendant = call.attendant.leg if call.attendant else "nobody"
        return Presses(leg or attendant, away, via, "incident", "transfer", 2.0)

    return make


@pytest.fixture
def talking(offered: Offered, home: Plan) -> Call:
    """Caller and first agent are connected, both with ports."""
    call, actions = conduct.open_call("c", offered, home, incident="i", transfer="t")
    dial = actions[0]
    assert isinstance(dial, Dial)
    call = seat(seat(call, "in", 20000), dial.leg, 20002)
    return conduct.step(call, Answers(dial.leg, AUDIO))[0]
