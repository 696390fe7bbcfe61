"""Calls that come back: a loop is refused, what only looks like one is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.calls.call import Call, Phase, new_call
from bridge.calls.events import Offered
from bridge.errors import LoopDetected
from bridge.routing.plan import Origin, Plan
from bridge.services.returns import MAX_RETURNS, Returns

PLAN = Plan("来话", "12345", "12345", "direct", ())


def offered(caller: str = "139", number: str = "12345", trunk: str = "pbx") -> Offered:
    return Offered("leg", number, caller, "", Origin("trunk", trunk), None, 0.0)


def call(count: int, **more: str) -> Call:
    return new_call(f"call{count}", offered(**more), PLAN)


def ringing(returns: Returns, times: int, trunk: str | None = "pbx", **more: str) -> list[Call]:
    calls = [call(count, **more) for count in range(times)]
    for each in calls:
        returns.rung(each, trunk)
    return calls


def test_a_call_that_comes_back_again_and_again_is_a_loop() -> None:
    returns = Returns()
    ringing(returns, MAX_RETURNS - 1)
    returns.check(offered())
    returns.rung(call(99), "pbx")
    with pytest.raises(LoopDetected):
        returns.check(offered())


@pytest.mark.parametrize(
    "other", [{"caller": "138"}, {"number": "110"}, {"trunk": "carrier"}], ids=["caller", "number", "trunk"]
)
def test_others_come_in_meanwhile(other: dict[str, str]) -> None:
    returns = Returns()
    ringing(returns, 3 * MAX_RETURNS)
    returns.check(offered(**other))
    returns.check(replace(offered(), origin=Origin("agent", "pbx")))


def test_who_is_answered_or_gone_counts_no_more() -> None:
    returns = Returns()
    for each in ringing(returns, MAX_RETURNS):
        returns.settled(each.id)
    returns.check(offered())
    assert not returns._rung
    talking = replace(call(1), phase=Phase.TALKING)
    returns.rung(talking, "pbx")
    assert not returns._rung
    returns.rung(call(2), None)  # a phone of our own
    assert not returns._rung


def test_one_call_counts_once_however_many_are_rung_for_it() -> None:
    returns = Returns()
    for _ in range(3 * MAX_RETURNS):
        returns.rung(call(1), "pbx")
    returns.check(offered())
