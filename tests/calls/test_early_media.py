"""Early media: what the network of whoever is rung says before anybody answers, and ring-back around it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.calls.actions import Ring
from bridge.calls.call import Call, Phase, seat
from bridge.calls.conduct import open_call, step
from bridge.calls.events import Answers, Leaves, Offered, Presses, Refuses, Reoffers, Rings, Voices
from bridge.calls.parties import audio_plan
from bridge.media.plan import LegPlan, Play
from bridge.routing.plan import Plan
from bridge.sip.sdp import Audio

RINGBACK = Play("ringback", 0)


def leg(call: Call, name: str) -> LegPlan:
    plan = audio_plan(call.id, call.parties, transcribe=True)
    return next(each for each in plan.legs if each.leg == name)


def heard(call: Call, name: str = "in") -> tuple[tuple[str, ...], Play | None]:
    return leg(call, name).hears, leg(call, name).play


@pytest.fixture
def rung(offered: Offered, home: Plan) -> Call:
    """Set-up: the first agent is dialled."""
    call, _ = open_call("c", offered, home, incident="i", transfer="t")
    return seat(seat(call, "in", 20000), "c.1", 20002)


def test_at_set_up_it_is_passed_on_with_ring_back_until_it_speaks(rung: Call, audio: Audio) -> None:
    call, actions = step(rung, Rings("c.1", audio))
    assert actions == (Ring("in", early=True),)
    assert heard(call) == (("c.1",), RINGBACK)
    call, actions = step(call, Voices("c.1", heard=True))
    assert (heard(call), actions) == ((("c.1",), None), ())
    assert leg(call, "c.1").hears == ("in",)  # a menu there hears the caller's keys
    assert not leg(call, "c.1").tap
    call, _ = step(call, Voices("c.1", heard=False))
    assert heard(call) == (("c.1",), RINGBACK)


def test_a_later_ringing_without_description_leaves_it_as_it_is(rung: Call, audio: Audio) -> None:
    call, _ = step(rung, Rings("c.1", audio))
    assert step(call, Rings("c.1", audio))[1] == ()
    call, actions = step(call, Rings("c.1"))
    assert actions == (Ring("in", early=True),)  # no bare 180: the caller's network would ring over it
    assert heard(call)[0] == ("c.1",)


def test_of_a_forked_call_the_last_description_counts(rung: Call, audio: Audio) -> None:
    other = Audio(("127.0.0.10", 5000), "PCMU", 0, None, "sendrecv")
    call, _ = step(rung, Rings("c.1", audio))
    call, actions = step(call, Rings("c.1", other))
    assert leg(call, "c.1").remote == other.remote
    assert actions == ()


def test_the_next_target_rings_without_it_and_the_caller_hears_ours(rung: Call, audio: Audio) -> None:
    call, _ = step(rung, Rings("c.1", audio))
    call, _ = step(call, Refuses("c.1", 486, "Busy Here"))
    call, actions = step(seat(call, "c.2", 20004), Rings("c.2"))
    assert actions == (Ring("in", early=True),)
    assert heard(call) == ((), RINGBACK)


def test_the_answer_ends_it(rung: Call, audio: Audio) -> None:
    call, _ = step(rung, Rings("c.1", audio))
    call, _ = step(call, Answers("c.1", audio))
    assert heard(call) == (("c.1",), None)
    assert leg(call, "c.1").tap
    assert not any(party.early for party in call.parties)


def test_a_caller_without_an_offer_just_hears_that_it_rings(
    offered: Offered, home: Plan, audio: Audio
) -> None:
    silent = Offered("in", "1", "2", "", offered.origin, None, 1.0)
    call, _ = open_call("c", silent, home, incident="i", transfer="t")
    assert step(call, Rings("c.1", audio))[1] == (Ring("in"),)


def test_in_a_transfer_it_is_for_a_caller_left_alone(
    talking: Call, press: Callable[..., Presses], audio: Audio
) -> None:
    call, _ = step(talking, press(talking))
    call, _ = step(seat(call, "c.2", 20004), Rings("c.2", audio))
    call, _ = step(call, Voices("c.2", heard=True))
    assert heard(call) == (("c.1",), None)  # still with the agent
    call, _ = step(call, Leaves("c.1", "bye"))
    assert call.phase is Phase.ALONE
    assert heard(call) == (("c.2",), None)


def test_nobody_elses_voice_matters(talking: Call) -> None:
    for event in (Voices("in", heard=True), Voices("c.1", heard=False), Voices("gone", heard=True)):
        assert step(talking, event) == (talking, ())


def test_a_refresh_that_says_nothing_new_changes_nothing(talking: Call, audio: Audio) -> None:
    assert step(talking, Reoffers("c.1", audio)) == (talking, ())
