"""A call passed on by rtpengine: begins so only when nothing needs us, and comes home when something does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.calls import conduct, passing
from bridge.calls.actions import BringHome, Dial
from bridge.calls.call import Call, Phase, seat
from bridge.calls.events import (
    Answers,
    Hushes,
    Leaves,
    LegEvent,
    Offered,
    Passes,
    Presses,
    Records,
    Reoffers,
    Types,
    Voices,
)
from bridge.calls.parties import audio_plan
from bridge.frozen import replace
from bridge.routing.harassment import Verdict
from bridge.routing.plan import Plan, Target
from bridge.sip.sdp import Audio

POLICE = Target("trunk", "110", "police", 30, 4)
OUT = Plan("只转接", "110", "110", "direct", (POLICE,), relay="rtpengine", recording="on-demand")


def _ringing(offered: Offered, plan: Plan = OUT, caution: Verdict | None = None) -> tuple[Call, Dial]:
    call, actions = conduct.open_call("c", offered, plan, incident="i", transfer="t", caution=caution)
    dial = actions[0]
    assert isinstance(dial, Dial)
    return seat(seat(call, "in", 20000), dial.leg, 20002), dial


@pytest.fixture
def passed(offered: Offered, audio: Audio) -> Call:
    call, dial = _ringing(offered)
    assert passing.may_pass(call, dial.target)
    call, none = conduct.step(call, Passes(dial.leg))
    assert none == ()
    return conduct.step(call, Answers(dial.leg, audio))[0]


def test_our_relay_keeps_the_ports_and_does_nothing(passed: Call) -> None:
    assert passed.phase is Phase.TALKING
    plan = audio_plan("c", passed.parties, transcribe=True, passed=True)
    assert [(leg.port, leg.remote, leg.hears, leg.play, leg.tap) for leg in plan.legs] == [
        (20000, None, (), None, False), (20002, None, (), None, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [
        Reoffers("in", Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendrecv")),
        Reoffers("c.1", Audio(("127.0.0.8", 4000), "PCMA", 8, 101, "sendonly")),
        Hushes(),
        Records("start"),
        Types("in", "5", "info"),
        Leaves("c.1", "lost"),
        Passes("c.1", on=False),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_needs_us_brings_it_home_once(passed: Call, event: LegEvent) -> None:
    call, actions = conduct.step(passed, event)
    assert actions[0] == BringHome("c.1")
    assert call.passed == ""
    again, more = conduct.step(call, Reoffers("in", replace(passed.caller.audio, dtmf=97)))  # type: ignore[type-var]
    assert BringHome("c.1") not in more
    assert again.passed == ""


def test_the_key_brings_it_home(passed: Call, press: Callable[..., Presses]) -> None:
    call, actions = conduct.step(passed, press(passed))
    assert actions[0] == BringHome("c.1")
    assert any(isinstance(action, Dial) for action in actions)
    assert call.passed == ""


@pytest.mark.parametrize("event", [Voices("in", heard=True), Leaves("in", "bye"), Passes("other", on=False)])
def test_what_does_not_need_us_leaves_it_where_it_is(passed: Call, event: LegEvent) -> None:
    _, actions = conduct.step(passed, event)
    assert not any(isinstance(action, BringHome) for action in actions)


def test_what_must_be_ours_from_the_start(offered: Offered, audio: Audio) -> None:
    two = replace(OUT, targets=(POLICE, POLICE))
    agent = replace(OUT, targets=(Target("agent", "8001", None, 30, 4),))
    for plan in (two, agent, replace(OUT, recording="always"), replace(OUT, silent_danger="always")):
        call, dial = _ringing(offered, plan)
        assert not passing.may_pass(call, dial.target)
    held = replace(offered, audio=replace(audio, direction="sendonly"))
    for caller in (replace(offered, audio=None), held):
        call, dial = _ringing(caller)
        assert not passing.may_pass(call, dial.target)
    call, dial = _ringing(offered, caution=Verdict("mark", "", "标记过"))
    assert not passing.may_pass(call, dial.target)
