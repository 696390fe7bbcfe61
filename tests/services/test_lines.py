"""Legs on trunks: each call's channel is taken once and given back, however the call ends."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.calls.events import Answers, Leaves, Refuses
from bridge.services.trunks import Line, Trunks
from tests.services.conftest import AUDIO


@pytest.fixture
def trunk_lines() -> Trunks:
    """One channel to the police, kept for nobody."""
    return Trunks({"carrier": Line(), "police": Line(channels=1)})


@pytest.fixture
def trunks(trunk_lines: Trunks) -> Trunks:
    """What the house counts."""
    return trunk_lines


def used(trunks: Trunks) -> tuple[int, int]:
    return trunks.used("carrier"), trunks.used("police")


def test_a_caller_who_hangs_up_while_it_rings(house: Any, trunks: Trunks) -> None:
    house.offer()
    assert used(trunks) == (1, 0)
    house.switchboard.on(Leaves("in", "cancel"))
    assert used(trunks) == (0, 0)


def test_a_caller_nobody_takes(house: Any, trunks: Trunks) -> None:
    call = house.offer()
    house.switchboard.on(Refuses(call.ringing, 486, "Busy Here"))
    assert house.switchboard.calls() == []
    assert used(trunks) == (0, 0)


@pytest.mark.parametrize("end", ["refused", "answered", "cancelled"])
def test_the_far_desks_leg(house: Any, trunks: Trunks, end: str) -> None:
    call = house.talk()
    house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
    assert used(trunks) == (1, 1)
    leg = house.switchboard.call(call.id).transfer.recipient
    if end == "refused":
        house.switchboard.on(Refuses(leg, 486, ""))
    elif end == "cancelled":
        house.switchboard.cancel(call.id)
    else:
        house.switchboard.on(Answers(leg, AUDIO))
        assert used(trunks) == (1, 1)
        house.switchboard.on(Leaves(leg, "bye"))
    assert trunks.used("police") == 0
    house.switchboard.on(Leaves("in", "bye"))
    assert used(trunks) == (0, 0)


def test_when_the_trunk_is_full_the_key_is_told_after_the_present_event(house: Any, trunks: Trunks) -> None:
    trunks.note("somebody else's", "police")
    call = house.talk()
    house.wire.told.clear()
    house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
    assert "dial" not in house.wire.names()
    house.timers.ring(0.0)
    assert house.switchboard.call(call.id).transfer.reason == "busy"
    assert used(trunks) == (1, 1)


def test_a_callers_line_that_breaks(house: Any, trunks: Trunks) -> None:
    house.talk()
    house.switchboard.on(Leaves("in", "lost"))
    assert used(trunks) == (0, 0)
