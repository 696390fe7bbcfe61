"""Every single message of a long call lost, doubled or late, one after the other: the same comes about.

The call has all a session may have: reliable early media, an UPDATE before the answer, a hold, a key by
INFO, a REFER with its reports, a refresh of the session and a BYE. First it is played on a good network and
its messages counted; then once for each of them and each thing that can happen to it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from bridge.sip import events as ev
from bridge.sip.message import Address
from bridge.sip.orders import Send
from bridge.sip.session_timer import Policy
from bridge.sip.useragent import UserAgent
from tests.sip.conftest import ANSWER, OFFER, Net

A, B = Address("127.0.0.2", 5060), Address("127.0.0.3", 5060)
PATIENCE = 200
"""Half seconds a step may take: an offer that met another waits up to 4 s, four times."""
KINDS = ("lost", "doubled", "late")


class Play:
    """The call, and what happens to the n-th message (counted from 1; 0: nothing)."""

    def __init__(self, kind: str = "", nth: int = 0) -> None:
        self.net, self.kind, self.nth, self.count = Net(), kind, nth, 0
        self.late: tuple[Address, Send] | None = None
        for address in (A, B):
            self.net.agent(address.host)
            tokens = itertools.count(1)
            self.net.agents[address] = UserAgent(
                local=address,
                new_token=lambda name=address.host, tokens=tokens: f"{name}-{next(tokens)}",
                session=Policy(600),
            )

    def deliver(self) -> None:
        while self.net.wire:
            source, datagram = self.net.wire.pop(0)
            self.count += 1
            if self.count == self.nth and self.kind == "lost":
                continue
            if self.count == self.nth and self.kind == "late":
                self.late = (source, datagram)
                continue
            for _ in range(2 if self.count == self.nth else 1):
                self.net.feed(datagram.to, datagram.data, source)
            self.let_go()

    def let_go(self) -> None:
        late, self.late = self.late, None
        if late is not None:
            self.net.feed(late[1].to, late[1].data, late[0])

    def until(self, who: Address, kind: type[ev.Event], times: int = 1) -> ev.Event:
        """Half seconds pass until this has been told so often; the last of them."""
        for _ in range(PATIENCE):
            self.deliver()
            found = [event for event in self.net.told[who] if isinstance(event, kind)]
            if len(found) >= times:
                return found[-1]
            self.let_go()
            self.net.now += 0.5
            for each in (A, B):
                self.net.do(each, lambda agent: agent.on_timer(self.net.now))
        raise AssertionError(f"{kind.__name__} ×{times} never came to {who.host}: {self.net.told[who]}")

    def do(self, who: Address, command: Callable[[UserAgent, float], list[ev.Output]]) -> None:
        self.net.do(who, lambda agent: command(agent, self.net.now))

    def run(self) -> None:
        """From INVITE to nothing left."""
        self.net.invite(A, B)
        leg = self.until(B, ev.InviteReceived).leg  # type: ignore[union-attr]
        self.do(B, lambda agent, now: agent.ring(leg, now, 183, "X", (), ANSWER, reliably=True))
        self.until(A, ev.Progress)
        self.offer(leg, 1)  # by UPDATE: the call is not answered yet
        self.do(B, lambda agent, now: agent.accept(leg, ANSWER, now))
        self.until(A, ev.Answered)
        self.until(B, ev.Confirmed)
        self.offer(leg, 2)
        self.do(A, lambda agent, now: agent.press("out", "5", now))
        self.until(B, ev.InfoReceived)
        self.do(A, lambda agent, now: agent.refer("out", "<sip:110@127.0.0.9>", now))
        self.until(B, ev.ReferReceived)
        self.do(B, lambda agent, now: agent.accept_refer(leg, now))
        self.do(B, lambda agent, now: agent.notify(leg, 200, "OK", now))
        self.until(A, ev.ReferTold)
        self.pass_time(310)  # half of the session's interval: a refresh
        self.do(A, lambda agent, now: agent.hang_up("out", now))
        self.until(B, ev.Ended)
        self.pass_time(400)

    def offer(self, leg: str, times: int) -> None:
        self.do(A, lambda agent, now: agent.reinvite("out", OFFER, now))
        self.until(B, ev.OfferReceived, times)
        self.do(B, lambda agent, now: agent.answer_offer(leg, ANSWER, now))
        self.until(A, ev.OfferAnswered, times)

    def pass_time(self, seconds: float) -> None:
        end = self.net.now + seconds
        while self.net.now < end:
            self.deliver()
            self.let_go()
            self.net.now += 0.5
            for each in (A, B):
                self.net.do(each, lambda agent: agent.on_timer(self.net.now))
        self.deliver()

    def told(self, who: Address) -> Counter[str]:
        """What was told, without what a repetition may add or leave out."""
        kinds = (type(event).__name__ for event in self.net.told[who])
        return Counter(kind for kind in kinds if kind not in {"Trying", "Progress", "ReferTold", "Discarded"})


@cache
def good() -> Play:
    play = Play()
    play.run()
    return play


def test_on_a_good_network_it_takes_so_many_messages() -> None:
    assert 25 <= good().count <= 45
    assert good().told(B)["Ended"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_happens_to_one_message_the_same_comes_about(kind: str) -> None:
    for nth in range(1, good().count + 1):
        play = Play(kind, nth)
        play.run()
        for who in (A, B):
            assert play.told(who) == good().told(who), f"message {nth} {kind}"
            assert play.net.agents[who].legs() == {}, f"message {nth} {kind}"
            assert play.net.agents[who].transactions() == 0, f"message {nth} {kind}"
