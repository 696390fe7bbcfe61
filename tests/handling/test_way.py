"""The path of a ticket as it is drawn: who had it when, as far as this platform can know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.handling.way import acceptances, hops
from bridge.handling.words import opened

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=3)
PATH = ("12345", "110", "110-dcf")


def sent(platform: str, **more: Any) -> dict[str, Any]:
    plain = {"waiting": 0, "attempts": 0, "trouble": "", "delivered_at": None, "opened_at": None}
    return {"platform": platform, **plain, **more}


def drawn(own: str, *deliveries: dict[str, Any], accepted: dict[str, datetime] | None = None) -> list[Any]:
    ticket = opened(ticket="t", incident="i", origin="12345", target="110-dcf", at=NOON, path=PATH)
    way = hops(ticket, LATER, deliveries, {own}, accepted or {})
    return [(hop.platform, hop.word, hop.at) for hop in way]


def test_the_city_sees_where_it_came_from_and_where_it_went() -> None:
    assert drawn("110", sent("110-dcf", delivered_at=LATER.isoformat())) == [
        ("12345", "took", NOON),
        ("110", "came", LATER),
        ("110-dcf", "delivered", LATER),
    ]


@pytest.mark.parametrize(
    ("how", "word", "at"),
    [
        ({"waiting": 1}, "queued", None),
        ({"waiting": 1, "attempts": 3, "trouble": "503"}, "retrying", None),
        ({"trouble": "400"}, "dead", None),
        ({"opened_at": LATER.isoformat(), "delivered_at": NOON.isoformat()}, "opened", LATER),
    ],
)
def test_a_letter_tells_how_far_it_is(how: dict[str, Any], word: str, at: datetime | None) -> None:
    assert drawn("12345", sent("110", **how))[1] == ("110", word, at)


def test_what_is_farther_is_known_by_what_it_does() -> None:
    assert drawn("12345", sent("110"))[2] == ("110-dcf", "beyond", None)
    assert drawn("12345", sent("110"), accepted={"110-dcf": LATER})[2] == ("110-dcf", "accepted", LATER)


def test_who_holds_it_and_why_it_is_not_there() -> None:
    ticket = opened(ticket="t", incident="i", origin="12345", target="110-dcf", at=NOON, path=PATH)
    way = hops(ticket, NOON, [sent("110", waiting=1, trouble="连接被拒")], {"12345"}, {"110-dcf": LATER})
    assert [hop.holds for hop in way] == [False, False, True]
    assert [hop.trouble for hop in way] == ["", "连接被拒", ""]
    assert way[2].accepted_at == LATER


def test_acceptances_are_read_from_the_log() -> None:
    log = [
        {"deed": None, "handling": {}},
        {"deed": {"name": "accept", "by": "110", "at": NOON.isoformat()}, "handling": {}},
        {"deed": {"name": "return", "by": "110", "at": LATER.isoformat()}, "handling": {}},
        {"deed": {"name": "accept", "by": "110", "at": LATER.isoformat()}, "handling": {}},
    ]
    assert acceptances(log) == {"110": LATER}
