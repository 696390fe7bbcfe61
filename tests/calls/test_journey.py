"""What the next exchange is told about the way of a call."""

from __future__ import annotations

from dataclasses import replace

from bridge.calls import conduct
from bridge.calls.events import Refuses
from bridge.calls.journey import referrer, way_on
from bridge.sip.diversion import Hop


def test_a_call_that_comes_straight_says_nothing(offered, home) -> None:
    call, _ = conduct.open_call("c", offered, home, incident="i", transfer="t")
    assert way_on(call, None) == ()
    assert referrer(call, None) == ""


def test_the_second_target_is_told_why_the_first_did_not_take_it(offered, home) -> None:
    came = replace(offered, way=(Hop("96110", "unconditional"),))
    call, _ = conduct.open_call("c", came, home, incident="i", transfer="t")
    for status, word in ((486, "user-busy"), (408, "no-answer"), (503, "unavailable")):
        next_, _ = conduct.step(call, Refuses(call.ringing, status, ""))
        assert way_on(next_, None) == (Hop("96110", "unconditional"), Hop("12345", word))


def test_a_transfer_says_who_pressed_and_what_was_dialled(talking, press) -> None:
    call, _ = conduct.step(talking, press(talking))
    assert way_on(call, call.transfer) == (Hop("12345", "deflection"),)
    assert referrer(call, call.transfer) == "8001"


def test_beside_it_is_whom_the_exchange_named(offered, away) -> None:
    moved = replace(offered, number="110", referred_by="8007")
    call, _ = conduct.open_call("c", moved, away, incident="i", transfer="t")
    assert referrer(call, call.transfer) == "8007"
