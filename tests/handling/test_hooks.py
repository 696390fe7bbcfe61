"""Who outside is told: never ourselves, only whom letters reach, and by the way the ticket came."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bridge.handling.deadlines import Deadline, Kind
from bridge.handling.heralds import Moment, Word
from bridge.handling.hooks import Hooks, letter
from bridge.handling.words import Handling, opened

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALL: frozenset[Word] = frozenset({"reminder", "overdue", "escalated"})


def ticket(*path: str) -> Handling:
    return opened(ticket="t", incident="i", origin=path[0], target=path[-1], at=NOON, path=path)


def owed(by: str, kind: Kind = "accept") -> Deadline:
    return Deadline(kind, by, NOON, NOON)


@pytest.mark.parametrize(
    ("path", "own", "doors", "to"),
    [
        (("12345", "110"), {"12345"}, {"110"}, ("hook:a", "110")),
        (("12345", "110"), {"12345"}, set(), ("hook:a",)),  # no letter reaches it
        (("12345", "110"), {"110"}, {"12345"}, ("hook:a",)),  # it is ours: pages tell it
        (("12345", "110"), set(), {"110", "12345"}, ("hook:a", "110")),  # a bridge between two
        (("12345", "110", "110-dcf"), {"12345"}, {"110"}, ("hook:a", "110")),  # by the city's 110
        (("110-dcf", "110", "12345"), {"110"}, {"110-dcf", "12345"}, ("hook:a", "12345")),
    ],
)
def test_a_reminder_goes_towards_who_owes_it(
    path: tuple[str, ...], own: set[str], doors: set[str], to: tuple[str, ...]
) -> None:
    hooks = Hooks(frozenset({"reminder"}), {"a": ALL, "b": frozenset()}, frozenset(own), frozenset(doors))
    assert hooks.letters_to(Moment("reminder", NOON), ticket(*path), owed(path[-1])) == to


@pytest.mark.parametrize(
    ("word", "kind", "own", "by"),
    [
        ("overdue", "accept", {"12345"}, "12345"),
        ("escalated", "outcome", {"12345"}, "12345"),
        ("overdue", "close", {"12345"}, None),  # whoever asked owes it himself
        ("reminder", "accept", {"12345"}, None),
        ("overdue", "accept", {"110"}, None),  # ours are not urged by letter
        ("overdue", "accept", {"119"}, None),  # a relay does not speak for its neighbours
        ("overdue", "accept", set(), ""),
    ],
)
def test_what_is_overdue_is_urged_in_the_askers_name(
    word: Word, kind: Kind, own: set[str], by: str | None
) -> None:
    hooks = Hooks(ALL, own=frozenset(own))
    assert hooks.urged_by(Moment(word, NOON), ticket("12345", "110"), owed("110", kind)) == by
    assert Hooks(own=frozenset(own)).urged_by(Moment(word, NOON), ticket("12345", "110"), owed("110")) is None


def test_a_letter_is_a_webhooks_body() -> None:
    body = json.loads(letter(Moment("overdue", NOON), {"ticket": "t"}, NOON))
    assert body == {"type": "deadline.overdue", "timestamp": NOON.isoformat(), "data": {"ticket": "t"}}
