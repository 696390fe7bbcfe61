"""Other rules for a hall where people wait: nobody loses their place, no agent is forgotten in a call."""

from __future__ import annotations

from bridge.queues.hall import engages, joins, leaves, opened, renewed, turn
from bridge.queues.words import Give, GiveUp, Rule, Waiting

A, B = ("8001", None), ("8002", None)
BOTH = frozenset({"8001", "8002"})


def waiting(call: str, queue: str = "hotline") -> Waiting:
    return Waiting(call, queue, since=0.0, number=0)


def test_the_same_rules_again_change_nothing() -> None:
    rules = (Rule("hotline", (A, B)), Rule("night", (B,)))
    hall = joins(opened(rules), waiting("c1"))
    assert renewed(hall, rules) == hall


def test_who_waits_keeps_their_place_and_goes_by_the_new_rules() -> None:
    hall = joins(joins(opened((Rule("hotline", (), max_wait=100),)), waiting("c1")), waiting("c2"))
    hall = renewed(hall, (Rule("hotline", (A,), max_wait=10),))
    hall, deeds = turn(hall, 5.0, BOTH)
    assert [(deed.call, deed.agent.number) for deed in deeds if isinstance(deed, Give)] == [("c1", "8001")]
    _, later = turn(hall, 11.0, BOTH)
    assert [deed.call for deed in later if isinstance(deed, GiveUp)] == ["c2"]


def test_a_queue_that_is_gone_stays_while_somebody_waits_there() -> None:
    hall = joins(opened((Rule("hotline", (A, B)), Rule("night", (B,)))), waiting("c1", "night"))
    hall = renewed(hall, (Rule("hotline", (A, B)),))
    assert set(hall.rules) == {"hotline", "night"}
    hall, deeds = turn(hall, 1.0, BOTH)
    assert [deed.agent.number for deed in deeds if isinstance(deed, Give)] == ["8002"]
    hall = renewed(leaves(hall, "c1", answered=True), (Rule("hotline", (A, B)),))
    assert set(hall.rules) == {"hotline"}


def test_an_agent_who_is_gone_stays_while_in_a_call_and_is_given_no_other() -> None:
    hall = engages(opened((Rule("hotline", (A, B)),)), "8002", "leg", up=True)
    hall = renewed(hall, (Rule("hotline", (A,)),))
    assert set(hall.agents) == {"8001", "8002"}
    hall = joins(joins(hall, waiting("c1")), waiting("c2"))
    _, deeds = turn(hall, 1.0, BOTH)
    assert [deed.agent.number for deed in deeds if isinstance(deed, Give)] == ["8001"]


def test_an_agent_who_is_new_is_ready() -> None:
    hall = renewed(opened((Rule("hotline", (A,)),)), (Rule("hotline", (A, B)),))
    assert set(hall.agents) == {"8001", "8002"}
