"""A request told twice, many telling of one event, and what is neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.handling.kin import Told, alike, kin_of, pairs_of, told_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLACE = "东昌府区柳园南路26号"


def told(ticket: str, minutes: float = 0, **other: Any) -> Told:
    said = {"caller": f"138{ticket}", "category": "a2-crime", "place": PLACE, "what": "两个人打架还拿着刀"}
    said |= other
    return Told(
        ticket, f"i-{ticket}", said["caller"], said["category"], said["place"], pairs_of(said["what"]),
        NOW + timedelta(minutes=minutes),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        # the same caller
        ({"caller": "1"}, {"caller": "1", "what": "刚才打架的两个人还拿着刀"}, "duplicate"),
        ({"caller": "1"}, {"caller": "1", "what": "又来了", "place": PLACE}, "duplicate"),
        ({"caller": "1"}, {"caller": "1", "what": "问一下公积金怎么提取", "place": ""}, None),
        # another caller, one place, the same words
        ({}, {"what": "有两个人在打架还拿着刀"}, "duplicate"),
        ({}, {"what": "有两个人在打架还拿着刀", "place": f"{PLACE}二楼"}, "duplicate"),
        ({}, {"what": "有两个人在打架还拿着刀", "place": "临清市新华路1号"}, None),
        ({}, {"what": "有两个人在打架还拿着刀", "category": "a3-noise"}, None),
        ({"place": "东昌府区"}, {"place": "东昌府区"}, None),
        ({"caller": "", "what": ""}, {"caller": "", "what": ""}, None),
    ],
)
def test_told_twice(old: dict[str, Any], new: dict[str, Any], found: str | None) -> None:
    kin = kin_of(told("b", 5, **new), [told("a", **old)])
    assert [each.kin for each in kin] == ([found] if found else [])


def test_a_day_later_it_is_another_matter() -> None:
    assert kin_of(told("b", 24 * 60 + 1, caller="1"), [told("a", caller="1")]) == ()
    assert kin_of(told("b", -1, caller="1"), [told("a", caller="1")]) == ()


def test_many_callers_about_one_place_are_a_surge_of_which_the_first_is_named() -> None:
    words = ["停水了没水", "水管爆了路上都是", "怎么没有自来水", "家里放不出来"]
    water = [
        told(str(n), n, category="a3-water", what=what, place="阳谷县清河路") for n, what in enumerate(words)
    ]
    assert kin_of(water[1], water[:1]) == ()
    assert [(each.kin, each.ticket) for each in kin_of(water[2], water[:2])] == [("surge", "0")]
    assert [each.ticket for each in kin_of(water[3], water[:3])] == ["0"]


def test_one_person_is_no_surge_and_neither_are_strangers_over_an_hour() -> None:
    slow = [told(str(n), n * 20, category="a3-water", what=f"第{n}件不同的事{n * 7}") for n in range(3)]
    assert kin_of(slow[2], slow[:2]) == ()


def test_the_ticket_of_one_incident_is_no_kin() -> None:
    old = told("a", caller="1")
    same = Told("b", old.incident, "1", old.category, old.place, old.pairs, NOW)
    assert kin_of(same, [old]) == ()


@given(st.text(max_size=40), st.text(max_size=40))
def test_alikeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    share = alike(pairs_of(one), pairs_of(other))
    assert 0 <= share <= 1
    assert share == alike(pairs_of(other), pairs_of(one))
    assert alike(pairs_of(one), pairs_of(one)) in {0, 1}


def test_of_papers_the_normal_place_and_the_calling_number() -> None:
    document = {
        "ticket": "t", "incident": "i", "category": {"id": "a2-crime"}, "caller": {"number": "138"},
        "elements": {
            "contact": {"value": "139"}, "where": {"value": "柳园南路二十六号", "resolved": f"{PLACE}门口"},
            "what": {"value": "打架"},
        },
    }  # fmt: skip
    made = told_of(document, NOW)
    assert (made.caller, made.place, made.category, made.pairs) == ("138", PLACE, "a2-crime", {"打架"})
    bare = told_of({**document, "caller": None, "category": None}, NOW)
    assert (bare.caller, bare.category) == ("139", "")
