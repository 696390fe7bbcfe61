"""What a running house takes over, what waits, and what is refused as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.settings import Settings
from bridge.settings.renewing import renewal
from tests.test_settings import QUEUES, tickets, world


def settings(**sections: Any) -> Settings:
    return Settings.model_validate(world(**sections))


def keys(found: Any) -> set[str]:
    return {change.key for change in found}


CHANGES: list[dict[str, Any]] = [
    {"silence_seconds": 30},
    {"routes": world()["routes"][:1]},
    {"sip": {"realm": "elsewhere"}},
    {"media": {"ports": "30000-39999"}},
    {"log": {"level": "debug"}},
    {"api": {"tokens": [{"name": "t", "sha256": "1" * 64, "may": ["read"]}]}},
    {"api": {"listen": "127.0.0.1:9000", "tokens": world()["api"]["tokens"]}},
    {"agents": {**world()["agents"], "8003": {"name": "三号", "platform": "12345", "secret_env": "C"}}},
]
MADE = [settings(**each) for each in CHANGES]


@given(st.sampled_from(CHANGES))
def test_the_same_file_again_changes_nothing(sections: dict[str, Any]) -> None:
    once, again = settings(**sections), settings(**sections)
    found = renewal(once, again)
    assert (found.applied, found.waiting, found.obstacles) == ((), (), ())
    assert found.settings == once


@given(st.sampled_from(MADE), st.sampled_from(MADE))
def test_every_change_is_applied_or_waits_and_a_second_time_only_waits(
    running: Settings, wanted: Settings
) -> None:
    first = renewal(running, wanted)
    again = renewal(first.settings, wanted)
    assert (again.applied, again.waiting) == ((), first.waiting)
    assert (first.settings == wanted) is (not first.waiting)


def test_where_we_listen_waits_while_routes_are_applied() -> None:
    found = renewal(settings(), settings(sip={"realm": "elsewhere"}, routes=world()["routes"][1:]))
    assert keys(found.applied) == {"routes.in"}
    assert keys(found.waiting) == {"sip.realm"}
    assert found.settings.sip.realm == "bridge"
    assert [route.name for route in found.settings.routes] == ["out"]


def test_tokens_are_applied_though_the_rest_of_their_section_waits() -> None:
    api = {"listen": "127.0.0.1:9000", "tokens": [{"name": "new", "sha256": "2" * 64, "may": ["admin"]}]}
    found = renewal(settings(), settings(api=api))
    assert keys(found.applied) == {"api.tokens.t", "api.tokens.new"}
    assert keys(found.waiting) == {"api.listen"}


def test_a_mixture_that_does_not_fit_together_is_refused() -> None:
    """The first queue waits for a restart; a route that leads there can't go without it."""
    routes = [{**world()["routes"][0], "to": [{"queue": "hotline"}]}, world()["routes"][1]]
    found = renewal(settings(), settings(**QUEUES, routes=routes))
    assert len(found.obstacles) == 1
    assert "hotline" in found.obstacles[0]


def test_recording_can_not_begin_without_a_recorder() -> None:
    routes = [{**world()["routes"][0], "recording": "always"}, world()["routes"][1]]
    assert "录音" in renewal(settings(), settings(routes=routes)).obstacles[0]
    assert renewal(settings(recording={"policy": "always"}), settings(routes=routes)).obstacles == ()


@pytest.mark.parametrize(
    ("door", "waits"),
    [
        ({"url": "http://10.9.9.9/tickets", "secret_env": "T"}, False),
        ({"by": "files", "secret_env": "T"}, True),
    ],
)
def test_doors_that_are_posted_to_are_applied_and_folders_wait(door: dict[str, Any], waits: bool) -> None:
    found = renewal(settings(), settings(**tickets(**door)))
    assert bool(found.waiting) is waits
    assert bool(found.applied) is not waits
