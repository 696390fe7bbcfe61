"""Keys between legs: who gets them, and in which way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.calls.actions import PassDigit
from bridge.calls.call import Call, change
from bridge.calls.conduct import step
from bridge.calls.events import Types
from bridge.calls.parties import audio_plan
from bridge.media.plan import Digit


def deaf(call: Call, leg: str) -> Call:
    """This leg knows no telephone events."""
    party = call.party(leg)
    assert party is not None
    assert party.audio is not None
    return change(call, leg, audio=replace(party.audio, dtmf=None))


def planned(call: Call, leg: str) -> Digit | None:
    plan = audio_plan(call.id, call.parties, transcribe=False)
    return next(each.digit for each in plan.legs if each.leg == leg)


def test_events_between_two_who_know_them_are_the_media_processs_work(talking: Call) -> None:
    assert step(talking, Types("in", "5", "rtp")) == (talking, ())


def test_by_info_to_who_knows_no_events(talking: Call) -> None:
    call = deaf(talking, "c.1")
    assert step(call, Types("in", "5", "rtp")) == (call, (PassDigit("c.1", "5"),))
    assert step(call, Types("in", "#", "info")) == (call, (PassDigit("c.1", "#"),))


def test_as_events_to_who_knows_them_each_wish_once(talking: Call) -> None:
    call, actions = step(talking, Types("in", "5", "info"))
    assert (planned(call, "c.1"), actions) == (Digit("5", 1), ())
    call, _ = step(call, Types("in", "5", "info"))
    assert planned(call, "c.1") == Digit("5", 2)
    assert planned(call, "in") is None


@pytest.mark.parametrize(
    "event", [Types("c.1", "*", "rtp"), Types("c.1", "*", "info"), Types("gone", "1", "info")]
)
def test_an_agents_keys_are_ours_and_a_strangers_nobodys(talking: Call, event: Types) -> None:
    call = deaf(talking, "in")
    assert step(call, event) == (call, ())
