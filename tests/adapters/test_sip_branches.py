"""All phones of an extension ring: real user agents in memory behind the endpoint, one for each phone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.adapters.sip_domains import Domains
from bridge.adapters.sip_endpoint import SipEndpoint
from bridge.adapters.sip_targets import Targets
from bridge.calls.events import Answers, LegEvent, Refuses, Rings
from bridge.clock import SystemClock
from bridge.ports import DialOrder
from bridge.routing.plan import Target
from bridge.sip import events as ua
from bridge.sip.grammar import parse_uri
from bridge.sip.message import Address, Request
from bridge.sip.orders import Send
from bridge.sip.parser import parse_message
from bridge.sip.useragent import UserAgent

ANSWER = b"v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
HERE = Address("10.0.0.1", 5060)
PHONES = [Address("10.0.0.9", 5060 + n) for n in range(3)]


class Desk:
    """The endpoint's agent and a real one for each phone; datagrams are handed over in order."""

    def __init__(self, count: int = 3) -> None:
        self.now, self.heard = 100.0, list[LegEvent]()
        self.agents = {at: self._agent(at, n) for n, at in enumerate((HERE, *PHONES))}
        self.invited: dict[Address, ua.InviteReceived] = {}
        self.ended: dict[Address, ua.Ended] = {}
        self.wire: list[tuple[Address, Send]] = []
        self.later: list[Callable[[], None]] = []
        bindings = tuple(
            SimpleNamespace(contact=parse_uri(f"sip:8003@{at.host}:{at.port}"), source=at)
            for at in PHONES[:count]
        )
        doorman: Any = SimpleNamespace(phones=lambda extension, now: bindings)
        self.endpoint = SipEndpoint(
            stack=self, doorman=doorman, targets=Targets(doorman, {}, HERE.host, lambda name: ()),
            address=HERE.host,
            clock=SystemClock(), session=lambda: 7, domains=Domains((), {}),
        )  # type: ignore[arg-type]  # fmt: skip
        self.endpoint.listener = SimpleNamespace(on=self.heard.append)  # type: ignore[assignment]
        self.endpoint.dial("leg", DialOrder(Target("agent", "8003", None, 30, 4), 20000, "139"))
        self.carry()

    def run(self, command: Callable[[UserAgent, float], list[ua.Output]]) -> None:
        self._take(HERE, command(self.agents[HERE], self.now))

    def soon(self, then: Callable[[], None]) -> None:
        self.later.append(then)

    def at(self, phone: Address, do: Callable[[UserAgent, str], list[ua.Output]]) -> None:
        """One phone does something with its call."""
        self._take(phone, do(self.agents[phone], self.invited[phone].leg))
        self.carry()

    def rings(self, phone: Address) -> None:
        self.at(phone, lambda agent, leg: agent.ring(leg, self.now))

    def answers(self, phone: Address) -> None:
        self.at(phone, lambda agent, leg: agent.accept(leg, ANSWER, self.now))

    def refuses(self, phone: Address, status: int) -> None:
        self.at(phone, lambda agent, leg: agent.refuse(leg, status, "No", self.now))

    def carry(self) -> None:
        while self.wire:
            source, sent = self.wire.pop(0)
            if sent.to in self.agents:
                self._take(sent.to, self.agents[sent.to].receive(sent.data, source, self.now))

    def _take(self, who: Address, outputs: list[ua.Output]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                self.wire.append((who, output))
            elif who == HERE:
                self.endpoint.on_event(output)
            elif isinstance(output, ua.InviteReceived):
                self.invited[who] = output
            elif isinstance(output, ua.Ended):
                self.ended[who] = output

    @staticmethod
    def _agent(at: Address, n: int) -> UserAgent:
        tokens = itertools.count(1)
        return UserAgent(local=at, new_token=lambda: f"t{n}-{next(tokens)}")

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.heard]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_every_phone_rings_and_it_is_told_once(desk: Desk) -> None:
    assert set(desk.invited) == set(PHONES)
    desk.rings(PHONES[1])
    desk.rings(PHONES[2])
    assert [event for event in desk.heard if isinstance(event, Rings)] == [Rings("leg")]


def test_the_first_to_answer_is_the_leg_and_the_others_miss_no_call(desk: Desk) -> None:
    for phone in PHONES:
        desk.rings(phone)
    desk.answers(PHONES[1])
    assert [event.leg for event in desk.heard if isinstance(event, Answers)] == ["leg"]
    assert set(desk.ended) == {PHONES[0], PHONES[2]}
    assert all(event.cause == "cancel" for event in desk.ended.values())
    assert all("Call completed elsewhere" in event.reason for event in desk.ended.values())
    desk.endpoint.hang_up("leg", "bye")
    desk.carry()
    assert desk.ended[PHONES[1]].cause == "bye"
    assert [event for event in desk.heard if isinstance(event, Refuses)] == []


def test_two_that_answer_at_once_leave_one(desk: Desk) -> None:
    for phone in PHONES[:2]:
        desk._take(phone, desk.agents[phone].accept(desk.invited[phone].leg, ANSWER, desk.now))
    desk.carry()
    assert [event.leg for event in desk.heard if isinstance(event, Answers)] == ["leg"]
    assert desk.ended[PHONES[1]].cause == "bye"
    assert PHONES[0] not in desk.ended


def test_what_the_winner_does_later_is_the_legs(desk: Desk) -> None:
    desk.answers(PHONES[0])
    desk.at(PHONES[0], lambda agent, leg: agent.hang_up(leg, desk.now))
    assert (desk.kinds()[-1], desk.heard[-1].leg) == ("Leaves", "leg")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("statuses", "told"),
    [((480, 486, 503), 486), ((503, 500, 480), 480), ((408, 404, 500), 404), ((503, 503, 503), 503)],
)
def test_when_all_refuse_the_best_answer_is_told(desk: Desk, statuses: tuple[int, ...], told: int) -> None:
    for phone, status in zip(PHONES, statuses, strict=True):
        desk.refuses(phone, status)
    assert [(e.leg, e.status) for e in desk.heard if isinstance(e, Refuses)] == [("leg", told)]


def test_a_no_of_the_person_stops_every_phone(desk: Desk) -> None:
    desk.rings(PHONES[1])
    desk.refuses(PHONES[0], 603)
    assert [e.status for e in desk.heard if isinstance(e, Refuses)] == [603]
    assert set(desk.ended) == set(PHONES[1:])


def test_giving_up_stops_every_phone(desk: Desk) -> None:
    for phone in PHONES:
        desk.rings(phone)
    desk.endpoint.hang_up("leg", "no answer")
    desk.carry()
    assert set(desk.ended) == set(PHONES)
    assert [kind for kind in desk.kinds() if kind in {"Refuses", "Answers"}] == []


def test_a_single_phone_is_the_leg_itself_and_early_media_is_its_own() -> None:
    desk = Desk(1)
    assert list(desk.agents[HERE].legs()) == ["leg"]


def test_a_branch_that_rings_can_be_picked_up_by_its_legs_name(desk: Desk) -> None:
    desk.rings(PHONES[0])
    invite = desk.invited[PHONES[0]].request
    assert isinstance(invite, Request)
    dialog = desk.agents[PHONES[0]].dialog(desk.invited[PHONES[0]].leg)
    assert dialog is not None
    replaces = f"{dialog.call_id};to-tag={dialog.remote_tag};from-tag={dialog.local_tag}"
    text = (
        "INVITE sip:x@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.8;branch=z9hG4bKp\r\nFrom: <sip:8009@c>;tag=f\r\n"
        f"To: <sip:x@b>\r\nCall-ID: p\r\nCSeq: 1 INVITE\r\nContact: <sip:8009@10.0.0.8>\r\n"
        f"Replaces: {replaces}\r\nContent-Length: 0\r\n\r\n"
    )
    outputs = desk.agents[HERE].receive(text.encode(), Address("10.0.0.8", 5060), desk.now)
    [received] = [output for output in outputs if isinstance(output, ua.InviteReceived)]
    assert received.replaces is not None
    assert received.replaces.leg.partition("~")[0] == "leg"
    assert parse_message(text.encode())
