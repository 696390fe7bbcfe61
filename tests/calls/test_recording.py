"""Which calls are recorded: the policy, the key, and what people ask for."""

from __future__ import annotations

import pytest

from bridge.calls.recording import Recorded, pressed, wish
from bridge.routing.plan import RecordPolicy


@pytest.mark.parametrize(
    ("policy", "before", "after"),
    [
        ("always", True, True),
        ("from-transfer", False, True),
        ("on-demand", False, False),
        ("never", False, False),
    ],
)
def test_what_the_policy_says_before_and_after_the_press(
    policy: RecordPolicy, before: bool, after: bool
) -> None:
    call = Recorded(policy)
    assert (call.running, pressed(call, "never").running) == (before, after)


@pytest.mark.parametrize(("route", "runs"), [("always", True), ("from-transfer", True), ("on-demand", False)])
def test_a_key_may_bring_a_recording_about(route: RecordPolicy, runs: bool) -> None:
    assert pressed(Recorded("never"), route).running is runs


def test_a_key_never_ends_a_recording() -> None:
    for route in ("always", "from-transfer", "on-demand", "never"):
        assert pressed(Recorded("always"), route).running


def test_people_start_and_stop_it_but_not_where_the_policy_is_never() -> None:
    on = wish(Recorded("on-demand"), "start")
    assert on.running
    assert not wish(on, "stop").running
    assert not wish(Recorded("always"), "stop").on
    assert not wish(Recorded("never"), "start").on


def test_a_pause_keeps_it_on_and_is_over_with_a_start() -> None:
    paused = wish(Recorded("always"), "pause")
    assert (paused.on, paused.running) == (True, False)
    assert wish(paused, "resume").running
    assert wish(paused, "start").running
    assert pressed(paused, "always").paused
