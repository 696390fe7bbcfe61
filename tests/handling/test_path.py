"""Who is told: neighbours on the path, never oneself, never whoever brought the news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.handling.path import Parties, longer, told
from bridge.handling.words import opened

RELAY = ("110-dcf", "110", "12345")


@pytest.mark.parametrize(
    ("path", "own", "heard_from", "expected"),
    [
        (("12345", "110"), {"12345"}, "", ("110",)),
        (("12345", "110"), {"110"}, "12345", ()),
        (("12345", "110"), {"110"}, "", ("12345",)),
        (("12345", "110"), {"12345", "110"}, "", ()),
        (("12345", "110"), set(), "12345", ("110",)),
        (("12345", "110"), set(), "", ("12345", "110")),
        (RELAY, {"110"}, "12345", ("110-dcf",)),
        (RELAY, {"110"}, "", ("110-dcf", "12345")),
        (RELAY, {"12345"}, "", ("110",)),
        (RELAY, {"110-dcf"}, "110", ()),
    ],
)
def test_told(path: tuple[str, ...], own: set[str], heard_from: str, expected: tuple[str, ...]) -> None:
    made = opened(ticket="t", incident="i", origin=path[0], target=path[-1], at=datetime.now(UTC))
    assert told(replace(made, path=path), own, heard_from) == expected


def test_longer() -> None:
    assert longer(("110",), "12345") == ("110", "12345")
    assert longer(("110", "12345"), "110") == ("110", "12345")


@pytest.mark.parametrize(
    ("origin", "target", "way"),
    [
        ("12345", "110", ("12345", "110")),
        ("110-dcf", "12345", ("110-dcf", "110", "12345")),
        ("12345", "110-dcf", ("12345", "110", "110-dcf")),
        ("110-dcf", "110", ("110-dcf", "110")),
        ("110-dcf", "110-gx", ("110-dcf", "110", "110-gx")),
    ],
)
def test_a_county_is_reached_by_way_of_its_city(origin: str, target: str, way: tuple[str, ...]) -> None:
    known = frozenset({"12345", "110", "110-dcf", "110-gx"})
    parties = Parties(frozenset({"110"}), "110", known, (("110-dcf", "110"), ("110-gx", "110")))
    assert parties.way(origin, target) == way
