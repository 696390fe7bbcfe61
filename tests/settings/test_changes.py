"""What differs between two configurations, key by key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.settings import Settings
from bridge.settings.changes import Change, changes
from tests.test_settings import world


def settings(**sections: Any) -> Settings:
    return Settings.model_validate(world(**sections))


def told(before: Settings, after: Settings) -> set[tuple[str, str]]:
    return {(change.key, change.kind) for change in changes(before, after)}


def test_the_same_text_read_twice_is_no_change() -> None:
    assert changes(settings(), settings()) == ()


def trunks(**police: Any) -> dict[str, Any]:
    found = dict(world()["trunks"])
    found["police"] = {**found["police"], **police}
    return found


@pytest.mark.parametrize(
    ("sections", "told_as"),
    [
        ({"trunks": trunks(channels=4)}, {("trunks.police.channels", "added")}),
        ({"trunks": trunks(target="10.2.0.11:5070")}, {("trunks.police.target", "changed")}),
        ({"trunks": {**trunks(), "fire": {"target": "10.3.0.1"}}}, {("trunks.fire", "added")}),
        ({"silence_seconds": 20}, {("silence_seconds", "changed")}),
        ({"routes": world()["routes"][:1]}, {("routes.out", "removed")}),
        ({"routes": world()["routes"][::-1]}, {("routes", "reordered")}),
        (
            {"routes": [{**world()["routes"][0], "key": True}, world()["routes"][1]]},
            {("routes.in.key", "changed")},
        ),
        ({"sip": {"realm": "elsewhere"}}, {("sip.realm", "changed")}),
        (
            {"trunks": trunks(register={"user": "110", "secret_env": "X"})},
            {("trunks.police.register", "added")},
        ),
    ],
)
def test_changes_are_told_as_they_stand_in_the_file(
    sections: dict[str, Any], told_as: set[tuple[str, str]]
) -> None:
    assert told(settings(), settings(**sections)) == told_as


def test_a_new_password_is_told_and_not_shown() -> None:
    before = settings()
    old, new = (before.agents["8001"].with_secret(word) for word in ("correct horse", "battery staple"))
    first, second = (
        before.model_copy(update={"agents": {**before.agents, "8001": agent}}) for agent in (old, new)
    )
    assert changes(first, second) == (Change("agents.8001.secret", "changed"),)
    assert "battery" not in repr(changes(first, second))


def test_two_routes_of_one_name_are_told_apart() -> None:
    day = {**world()["routes"][0], "hours": {"times": ["08:00-18:00"]}}
    night = world()["routes"][0]
    longer = {**night, "ring_seconds": 60}
    before, after = settings(routes=[day, night]), settings(routes=[day, longer])
    assert told(before, after) == {("routes.in#2.ring_seconds", "changed")}


@given(st.lists(st.sampled_from(["in", "out"]), unique=True), st.integers(3, 120), st.integers(3, 120))
def test_there_and_back_is_the_same_keys_with_added_and_removed_exchanged(
    kept: list[str], before_seconds: int, after_seconds: int
) -> None:
    routes = [route for route in world()["routes"] if route["name"] in kept]
    one, other = (
        settings(silence_seconds=before_seconds),
        settings(silence_seconds=after_seconds, routes=routes),
    )
    swap = {"added": "removed", "removed": "added"}
    assert {(key, swap.get(kind, kind)) for key, kind in told(one, other)} == told(other, one)
