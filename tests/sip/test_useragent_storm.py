"""Calls through a network that loses, doubles and reorders datagrams, with commands at any moment.

For every seed: no outcome is told twice, nothing is told of a leg that is over or was hung up, and once
everybody has hung up nothing is left: no leg, no transaction, no alarm.
"""

from __future__ import annotations

import heapq
import itertools
import random
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.sip import events as ev
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Address
from bridge.sip.orders import Invitation, Send
from bridge.sip.refer import SUBSCRIPTION_SECONDS
from bridge.sip.session_timer import Policy
from bridge.sip.useragent import UserAgent

A, B = Address("127.0.0.2", 5060), Address("127.0.0.3", 5060)
CALLS = 4
TALK = 40.0
"""Seconds in which commands fall."""
REST = 64 * 0.5 * 4 + 10
"""No ACK, then a BYE nobody answers, then what lingers: four times 64*T1, and the longest retry of an
offer."""
FIRST = (ev.Answered, ev.Refused)
LAST = (ev.Refused, ev.Ended)


class Storm:
    """Two agents, a bad network between them, and dice."""

    def __init__(self, seed: int, loss: float, doubling: float, delay: float) -> None:
        self.dice = random.Random(seed)
        self.loss, self.doubling, self.delay = loss, doubling, delay
        self.now, self.count = 0.0, itertools.count()
        self.todo: list[tuple[float, int, object]] = []
        self.agents = {
            a: UserAgent(local=a, new_token=self.token(a.host), session=Policy(90)) for a in (A, B)
        }
        self.told: dict[tuple[Address, str], list[ev.Event]] = {}
        self.left: set[tuple[Address, str]] = set()

    def token(self, prefix: str):
        numbers = itertools.count()
        return lambda: f"{prefix}-{next(numbers)}"

    def at(self, when: float, do) -> None:
        heapq.heappush(self.todo, (when, next(self.count), do))

    def run(self, who: Address, command) -> None:
        for output in command(self.agents[who]):
            if isinstance(output, Send):
                self.cast(who, output)
            elif not isinstance(output, ev.Discarded):
                self.hear(who, output)
        due = self.agents[who].next_timer()
        if due is not None:
            self.at(max(due, self.now), lambda: self.run(who, lambda agent: agent.on_timer(self.now)))

    def cast(self, source: Address, sent: Send) -> None:
        for _ in range(2 if self.dice.random() < self.doubling else 1):
            if self.dice.random() >= self.loss:
                when = self.now + self.dice.random() * self.delay
                self.at(
                    when,
                    lambda: self.run(sent.to, lambda agent: agent.receive(sent.data, source, self.now)),
                )

    def hear(self, who: Address, event: ev.Event) -> None:
        name = event.leg
        history = self.told.setdefault((who, name), [])
        assert (who, name) not in self.left, f"{event} after hang_up"
        assert not any(isinstance(earlier, LAST) for earlier in history), f"{event} after {history[-1]}"
        assert not (isinstance(event, FIRST) and any(isinstance(earlier, FIRST) for earlier in history))
        assert not (isinstance(event, ev.Confirmed) and any(isinstance(e, ev.Confirmed) for e in history))
        history.append(event)
        self.react(who, event)

    def later(self, who: Address, command) -> None:
        """Now, or a moment later: people and databases take their time."""
        self.at(self.now + self.dice.choice((0.0, 0.1, 3.0)), lambda: self.run(who, command))

    def react(self, who: Address, event: ev.Event) -> None:
        leg = event.leg
        match event:
            case ev.InviteReceived():
                for body in (b"", b"answer")[: self.dice.randrange(3)]:
                    reliably = self.dice.random() < 0.5
                    self.later(who, partial(ring, self, leg, body, reliably))
                choice = self.dice.random()
                if choice < 0.7:
                    self.later(who, lambda agent: agent.accept(leg, b"answer", self.now))
                elif choice < 0.9:
                    self.later(who, lambda agent: agent.refuse(leg, 486, "Busy Here", self.now))
            case ev.OfferReceived() if self.dice.random() < 0.8:
                self.later(who, lambda agent: agent.answer_offer(leg, b"answer", self.now))
            case ev.OfferReceived():
                self.later(who, lambda agent: agent.refuse_offer(leg, 488, "No", self.now))

    def invite(self, leg: str) -> None:
        invitation = Invitation(
            "sip:110@127.0.0.3", parse_name_addr("<sip:a@x>"), parse_name_addr("<sip:b@y>"), B, b"offer"
        )
        self.run(A, lambda agent: agent.invite(leg, invitation, self.now))

    def hang_up(self, who: Address, leg: str) -> None:
        self.left.add((who, leg))
        self.run(who, lambda agent: agent.hang_up(leg, self.now))

    def play(self, until: float) -> None:
        while self.todo and self.todo[0][0] <= until:
            self.now, _, do = heapq.heappop(self.todo)
            do()
        self.now = until


def ring(storm: Storm, leg: str, body: bytes, reliably: bool, agent: UserAgent) -> list[ev.Output]:
    return agent.ring(leg, storm.now, 183, "Session Progress", (), body, reliably=reliably)


def storm_of_calls(storm: Storm) -> None:
    dice = storm.dice
    for n in range(CALLS):
        leg = f"call{n}"
        start = dice.random() * TALK / 2
        storm.at(start, lambda leg=leg: storm.invite(leg))
        for _ in range(dice.randrange(3)):
            when = start + dice.random() * TALK / 2
            storm.at(when, lambda leg=leg: storm.run(A, lambda agent: agent.reinvite(leg, b"new", storm.now)))
        if dice.random() < 0.6:
            storm.at(start + dice.random() * TALK / 2, lambda leg=leg: storm.hang_up(A, leg))
    for _ in range(CALLS):
        storm.at(dice.random() * TALK, lambda: trouble(storm))


def trouble(storm: Storm) -> None:
    """One of B's legs does something."""
    legs = sorted(storm.agents[B].legs())
    if not legs:
        return
    leg = storm.dice.choice(legs)
    choice = storm.dice.random()
    if choice < 0.5:
        storm.hang_up(B, leg)
    elif choice < 0.7:
        storm.run(B, lambda agent: agent.press(leg, "5", storm.now))
    else:
        storm.run(B, lambda agent: agent.reinvite(leg, b"theirs", storm.now))


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0.0, 0.1, 0.3, 0.6, 1.0]),
    doubling=st.sampled_from([0.0, 0.3]),
    delay=st.sampled_from([0.0, 0.2, 2.0]),
)
def test_every_call_ends_and_nothing_is_left(seed: int, loss: float, doubling: float, delay: float) -> None:
    storm = Storm(seed, loss, doubling, delay)
    storm_of_calls(storm)
    storm.play(TALK + 5)
    for who, agent in storm.agents.items():
        for leg in agent.legs():
            storm.hang_up(who, leg)
    storm.play(TALK + REST)
    # An INVITE that arrived late may have made a new leg since: it is hung up like the others.
    for who, agent in storm.agents.items():
        for leg in agent.legs():
            storm.hang_up(who, leg)
    storm.play(TALK + 2 * REST + SUBSCRIPTION_SECONDS)
    for agent in storm.agents.values():
        assert agent.legs() == {}
        assert agent.transactions() == 0
        assert agent.next_timer() is None
        assert agent._core.dialogs == {}
        assert agent._core.exchange._unheard == {}


@pytest.mark.parametrize("seed", range(5))
def test_without_loss_every_accepted_call_is_confirmed_on_both_sides(seed: int) -> None:
    storm = Storm(seed, 0.0, 0.5, 0.4)
    storm.dice.choice = lambda options: options[0]  # type: ignore[method-assign, assignment]
    for n in range(CALLS):
        storm.invite(f"call{n}")
    storm.play(20)
    answered = [
        history
        for (who, _), history in storm.told.items()
        if who == A and isinstance(history[-1], ev.Answered)
    ]
    confirmed = [
        history
        for (who, _), history in storm.told.items()
        if who == B and isinstance(history[-1], ev.Confirmed)
    ]
    assert len(answered) == len(confirmed)
