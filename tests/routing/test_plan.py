"""Which route wins, where it leads, and why."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.errors import UnknownNumber
from bridge.routing.numbers import parse
from bridge.routing.plan import Origin, Route, RouteTarget, plan, reachable

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
AGENT = RouteTarget("agent", "8001", "pbx", 30, 4)
OTHER_AGENT = RouteTarget("agent", "8002", None, 20, 4)
POLICE = RouteTarget("trunk", "110", "police", 15, 3)
AS_DIALLED = RouteTarget("trunk", None, "carrier", 30, 4)


def route(name: str, number: str, sources: set[str], *targets: RouteTarget, key: bool = False) -> Route:
    return Route(name, parse(number), frozenset(sources), "110", targets, key=key)


ROUTES = (
    route("in", "12345", {"carrier"}, AGENT, OTHER_AGENT),
    route("to 110", "110", {"agents", "pbx"}, POLICE, key=True),
    route("any", "1XX", {"agents"}, AS_DIALLED),
)


@pytest.mark.parametrize(
    ("number", "origin", "name", "where"),
    [
        ("12345", Origin("trunk", "carrier"), "in", [("8001", "pbx"), ("8002", None)]),
        ("110", Origin("agent", "8001"), "to 110", [("110", "police")]),
        ("110", Origin("trunk", "pbx"), "to 110", [("110", "police")]),
        ("1-1.0", Origin("trunk", "pbx"), "to 110", [("110", "police")]),
        ("119", Origin("agent", "8001"), "any", [("119", "carrier")]),
    ],
)
def test_first_route_that_fits(number: str, origin: Origin, name: str, where: list) -> None:
    found = plan(ROUTES, number, origin, NOON)
    assert found.route == name
    assert [(target.number, target.trunk) for target in found.targets] == where


@pytest.mark.parametrize(
    ("number", "origin"),
    [
        ("110", Origin("trunk", "carrier")),  # not where that route may be used from
        ("12345", Origin("agent", "8001")),
        ("999", Origin("agent", "8001")),
        ("", Origin("agent", "8001")),
        ("110", Origin("trunk", "agents")),  # a trunk cannot pass for the agents
    ],
)
def test_no_route_is_an_unknown_number(number: str, origin: Origin) -> None:
    with pytest.raises(UnknownNumber):
        plan(ROUTES, number, origin, NOON)


def test_a_strangers_number_is_not_echoed_at_length() -> None:
    with pytest.raises(UnknownNumber) as refused:
        plan(ROUTES, "9" * 60_000, Origin("agent", "8001"), NOON)
    assert len(str(refused.value)) < 100


def test_every_target_says_why() -> None:
    first, second = plan(ROUTES, "12345", Origin("trunk", "carrier"), NOON).targets
    assert first.reason == (
        "第 1 条路由“in”，12345 匹配 12345，来自中继 carrier，第 1 个目标：话务员 8001（在中继 pbx 后面）"
    )
    assert second.reason.endswith("第 2 个目标：话务员 8002")
    assert (first.ring_seconds, second.ring_seconds) == (30, 20)


def test_an_agent_is_not_rung_by_their_own_call() -> None:
    routes = (route("hotline", "12345", {"agents"}, AGENT, OTHER_AGENT),)
    found = plan(routes, "12345", Origin("agent", "8001"), NOON)
    assert [target.number for target in found.targets] == ["8002"]
    with pytest.raises(UnknownNumber):
        plan((route("self", "12345", {"agents"}, AGENT),), "12345", Origin("agent", "8001"), NOON)


def test_keys_an_origin_may_press() -> None:
    assert [item.name for item in reachable(ROUTES, Origin("agent", "8002"))] == ["to 110"]
    assert reachable(ROUTES, Origin("trunk", "carrier")) == ()


def test_a_target_that_the_exchange_shall_reach_itself_says_so() -> None:
    asked = RouteTarget("trunk", "110", "pbx", 30, 4, by="refer")
    (target,) = plan(
        (route("moved", "110", {"agents"}, asked),), "110", Origin("agent", "8001"), NOON
    ).targets
    assert (target.by, "请对方转" in target.reason) == ("refer", True)
