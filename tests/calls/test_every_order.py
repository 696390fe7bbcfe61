"""Promise 1 walked over all three modes: whatever happens in whatever order, an answered caller hears a
person, a tone or a voice, no leg is forgotten, and every transfer ends. See `orders` for what is checked."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.calls import deeds, handover, transfer
from bridge.calls.call import Call, Step
from bridge.calls.transfer import Do, Event, State
from bridge.routing.plan import Mode
from tests.calls.orders import EVENTS, MODES, World

WALKS = 3500
"""Each mode's; three modes make 10,500 orders."""
LONGEST = 16
KINDS = tuple(EVENTS)
LIKELY = ("answers", "rings", "complete", "swap", "join", "cancel", "bye", "busy")
"""Dealt more often, so that walks get far into the tables."""


@pytest.mark.parametrize("mode", MODES)
def test_ten_thousand_orders(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    walked, decide = set[tuple[str, State, Event]](), transfer.step

    def noted(mode: transfer.Mode, state: State, event: Event) -> transfer.Row:
        walked.add((mode.value, state, event))
        return decide(mode, state, event)

    monkeypatch.setattr(transfer, "step", noted)
    walk(mode)
    assert {(mode, *pair) for pair in transfer.TABLE[transfer.Mode(mode)]} <= walked, "rows nobody walked"


def test_the_same_beside_a_pbx() -> None:
    walk("beside", 1000)


def walk(mode: Mode | Literal["beside"], walks: int = WALKS) -> None:
    """Orders dealt by chance that is the same each time."""
    chance = random.Random(f"{mode} 12345")
    for number in range(walks):
        world, dealt = World(mode), []
        try:
            for _ in range(chance.randrange(LONGEST)):
                kind = chance.choice(KINDS if chance.random() < 0.5 else LIKELY)
                leg = chance.choice(world.legs)
                for _ in range(1 + (chance.random() < 0.2)):  # a fifth of all messages comes twice
                    dealt.append((kind, leg))
                    world.deal(EVENTS[kind](world.call, leg))
            world.finish()
        except AssertionError as wrong:
            raise AssertionError(f"{mode}, walk {number}: {wrong}; after {dealt}") from wrong


orders = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 4)), max_size=20)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(MODES), orders)
def test_the_shortest_order_that_fails(mode: Mode, sequence: list[tuple[str, int]]) -> None:
    """The same, dealt by hypothesis, which makes a failure as short as it can be."""
    world = World(mode)
    for kind, which in sequence:
        world.deal(EVENTS[kind](world.call, world.legs[which % len(world.legs)]))
    world.finish()


FORGETFUL: dict[str, tuple[Mode, Do, Callable[[Call], Step]]] = {
    "the caller is not taken back from the music": ("consult", Do.TOGETHER, lambda call: (call, ())),
    "the far leg is not ended": ("direct", Do.DROP_FAR, lambda call: (deeds.DO[Do.DROP_FAR](call)[0], ())),
    "nobody is rung for a caller left alone": ("direct", Do.RECALL, lambda call: (call, ())),
    "the agent is not released": ("conference", Do.RELEASE, lambda call: (call, ())),
    "all three talk, but one stays aside": ("consult", Do.JOIN, lambda call: (call, ())),
}


@pytest.mark.parametrize("fault", FORGETFUL)
def test_the_walk_would_notice(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """The walk itself can fail: rules that forget something are found out."""
    mode, word, deed = FORGETFUL[fault]
    monkeypatch.setattr(handover, "DO", {**deeds.DO, word: deed})
    with pytest.raises(AssertionError):
        walk(mode)
