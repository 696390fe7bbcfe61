"""Which answers end the search for a desk, and for whom."""

from __future__ import annotations

import pytest

from bridge.routing.cascade import left
from bridge.routing.plan import Target


def target(number: str, trunk: str, *, emergency: bool = False) -> Target:
    return Target("trunk", number, trunk, 30, 4, emergency=emergency)


SECOND_WAY, REGION, PROVINCE = (
    target("110", "police-two"),
    target("0531110", "jinan"),
    target("12", "province"),
)
REST = (SECOND_WAY, REGION, PROVINCE)


@pytest.mark.parametrize("status", [302, 401, 403, 404, 408, 410, 480, 482, 486, 487, 488, 500, 503, 504])
def test_a_place_that_cannot_speaks_for_itself_only(status: int) -> None:
    assert left("110", status, REST) == REST


@pytest.mark.parametrize("status", [600, 603, 604, 606, 607, 608])
def test_people_who_will_not_are_not_asked_again_by_another_way(status: int) -> None:
    assert left("110", status, REST) == (REGION, PROVINCE)
    assert left("0531110", status, REST) == (SECOND_WAY, PROVINCE)


@pytest.mark.parametrize("status", [503, 603, 607])
def test_towards_an_emergency_every_way_is_tried(status: int) -> None:
    urgent = tuple(target(item.number, item.trunk or "", emergency=True) for item in REST)
    assert left("110", status, urgent) == urgent


def test_nothing_is_left_of_nothing() -> None:
    assert left("110", 603, ()) == ()
