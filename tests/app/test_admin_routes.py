"""A number tried out: the order of now, the times, and why a target is not tried."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.app.admin_routes import RouteBook
from bridge.app.house import House, tables_of
from bridge.errors import NoSuchAgent, NoSuchTrunk
from bridge.routing.plan import Origin
from bridge.routing.standing import Standing
from bridge.settings import Settings
from tests.test_settings import world

AGENT = Origin("agent", "8001")


class Still:
    """A clock that stands."""

    def wall(self) -> datetime:
        return datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture(scope="module")
def house() -> House:
    made = world()
    made["routes"][1] |= {
        "to": [{"trunk": "police", "ring_seconds": 30}, {"trunk": "carrier"}, {"agent": "8002"}],
        "total_seconds": 45,
    }
    # Nothing here is called: credentials are not read.
    made["trunks"].pop("gate")
    made["routes"][1]["from"] = ["agents"]
    return House(tables_of(Settings.model_validate(made)))


def book(house: House, **standings: Standing) -> RouteBook:
    return RouteBook(
        house,
        Still(),
        standing=lambda name: standings.get(name, Standing()),
        state=lambda: {"police": "up", "carrier": "unprobed"},
        reachable=lambda extension: extension == "8002",
        free=lambda queue: 0,
    )


def targets(found: dict[str, Any]) -> list[tuple[str, int | None, int | None, int | None, str]]:
    return [
        (each["trunk"], each["turn"], each["begins"], each["ends"], each["health"])
        for each in found["targets"]
    ]


def test_targets_come_in_turn_with_their_seconds_and_the_last_is_cut_off(house: House) -> None:
    found = book(house).dry_run("110", AGENT, None)
    assert found["found"]
    assert found["route"]["place"] == 2
    assert targets(found)[:2] == [("police", 1, 0, 30, "good"), ("carrier", 2, 30, 45, "unknown")]
    assert "total_seconds" in found["targets"][2]["why_not"]
    assert found["seconds"] == 45


def test_a_full_line_is_not_tried_and_says_why_and_a_dead_one_is_all_that_is_left(house: House) -> None:
    full = Standing(used=2, channels=2)
    police, *others = book(house, police=Standing(up=False), carrier=full).dry_run("110", AGENT, None)[
        "targets"
    ]
    assert (police["trunk"], police["turn"], police["health"]) == ("police", 1, "down")
    assert "不通" in police["note"]
    for each in others:  # the agent's telephone is behind the same line
        assert (each["trunk"], each["turn"], each["health"]) == ("carrier", None, "full")
        assert "已满（2/2 路" in each["why_not"]


def test_a_dead_line_goes_last(house: House) -> None:
    found = book(house, police=Standing(up=False)).dry_run("110", AGENT, None)
    assert [(each["trunk"], each["turn"], each["place"]) for each in found["targets"]][-1] == ("police", 3, 1)


def test_no_route_says_why_and_strangers_are_refused(house: House) -> None:
    found = book(house).dry_run("110", Origin("trunk", "police"), None)
    assert not found["found"]
    assert any("没有中继 police" in line for line in found["misses"])
    with pytest.raises(NoSuchAgent):
        book(house).dry_run("110", Origin("agent", "9999"), None)
    with pytest.raises(NoSuchTrunk):
        book(house).dry_run("110", Origin("trunk", "nobody"), None)


def test_every_place_routes_lead_to_stands_once_with_the_routes_that_do(house: House) -> None:
    found = {each["text"]: each for each in book(house).targets()}
    assert found["中继 police 上所拨的号码"]["routes"] == [{"route": "out", "turn": 1}]
    assert found["话务员 8001"]["health"] == "down"
    assert found["话务员 8001"]["routes"] == [{"route": "in", "turn": 1}]
