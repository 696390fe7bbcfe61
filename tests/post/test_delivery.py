"""How far a ticket has come, in one word a partner."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.post.delivery import LetterState, Posted, delivery_view

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = AT + timedelta(seconds=3)
FIRST = Posted("m1", "110", "opened", 1, "waiting", 0, "", AT)


def letter(state: LetterState, version: int = 1, attempts: int = 0, trouble: str = "") -> Posted:
    settled = LATER if state == "delivered" else None
    made = replace(FIRST, id=f"m{version}", version=version, state=state, attempts=attempts)
    return replace(made, trouble=trouble, settled_at=settled)


@pytest.mark.parametrize(
    ("letters", "state"),
    [
        ([letter("waiting")], "queued"),
        ([letter("waiting", attempts=2, trouble="连不上")], "retrying"),
        ([letter("parked", trouble="对方拒收"), letter("waiting", 2)], "queued"),
        ([letter("parked"), letter("expired", 2)], "dead"),
        ([letter("delivered"), letter("waiting", 2, 4)], "delivered"),
        ([letter("delivered"), letter("parked", 2)], "delivered"),
        ([letter("superseded"), letter("waiting", 2)], "queued"),
    ],
)
def test_the_word(letters: list[Posted], state: str) -> None:
    (view,) = delivery_view(letters)
    assert view["state"] == state
    (opened,) = delivery_view(letters, {"110": LATER})
    assert (opened["state"], opened["opened_at"]) == ("opened", LATER.isoformat())
    (handled,) = delivery_view(letters, {"110": LATER}, {"110": "accepted"})
    assert handled["state"] == "accepted"


def test_the_rest_of_a_view() -> None:
    letters = [letter("delivered"), letter("parked", 2, 1, "对方拒收（HTTP 400）"), letter("waiting", 3, 2)]
    (view,) = delivery_view(letters)
    assert view == {
        "platform": "110", "state": "delivered", "version": 1, "newest": 3, "waiting": 1, "dead": ["m2"],
        "attempts": 2, "trouble": "对方拒收（HTTP 400）", "queued_at": AT.isoformat(),
        "delivered_at": LATER.isoformat(), "opened_at": None,
    }  # fmt: skip


def test_each_partner_has_its_own() -> None:
    views = delivery_view([FIRST, replace(letter("delivered"), platform="119")], {"119": LATER})
    assert [(view["platform"], view["state"]) for view in views] == [("110", "queued"), ("119", "opened")]
    assert delivery_view([]) == []
