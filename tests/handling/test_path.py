"""Who is told: neighbours on the path, never oneself, never whoever brought the news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.handling.path import longer, told
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
