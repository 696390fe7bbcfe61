"""A network in memory for user agents: datagrams are delivered by hand and time passes only when told."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from bridge.sip.events import Event, Output
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Address, Request, Response
from bridge.sip.orders import Invitation, Send
from bridge.sip.parser import parse_message
from bridge.sip.useragent import UserAgent

OFFER = b"v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
ANSWER = OFFER.replace(b"127.0.0.2", b"127.0.0.3")


class Net:
    """Agents by address, what they sent (`wire`, not yet delivered; `sent`, all of it) and what they told."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.agents: dict[Address, UserAgent] = {}
        self.told: dict[Address, list[Event]] = {}
        self.wire: list[tuple[Address, Send]] = []
        self.sent: list[tuple[Address, Send]] = []

    def agent(self, host: str) -> Address:
        address = Address(host, 5060)
        tokens = itertools.count(1)
        name = host.replace(".", "-")
        self.agents[address] = UserAgent(local=address, new_token=lambda: f"{name}-{next(tokens)}")
        self.told[address] = []
        return address

    def do(self, who: Address, command: Callable[[UserAgent], list[Output]]) -> list[Event]:
        """Let an agent do something; its datagrams wait on the wire. The events it told."""
        events: list[Event] = []
        for output in command(self.agents[who]):
            if isinstance(output, Send):
                self.wire.append((who, output))
                self.sent.append((who, output))
            else:
                events.append(output)
        self.told[who] += events
        return events

    def feed(self, who: Address, data: bytes, source: Address) -> list[Event]:
        return self.do(who, lambda agent: agent.receive(data, source, self.now))

    def deliver(self) -> None:
        """Everything on the wire and all it leads to, in order; what goes to nobody is lost."""
        while self.wire:
            source, datagram = self.wire.pop(0)
            if datagram.to in self.agents:
                self.feed(datagram.to, datagram.data, source)

    def lose(self) -> list[str]:
        """Lose what is on the wire; its start lines."""
        lost = [first_line(datagram.data) for _, datagram in self.wire]
        self.wire.clear()
        return lost

    def messages(self, who: Address) -> list[Request | Response]:
        """All that an agent ever sent."""
        return [parse_message(datagram.data) for source, datagram in self.sent if source == who]

    def tick(self, until: float, *, deliver: bool = True) -> None:
        """Let time pass to `until`, ringing every timer at its time."""
        while True:
            times = [agent.next_timer() for agent in self.agents.values()]
            due = min((time for time in times if time is not None and time <= until), default=None)
            if due is None:
                break
            self.now = max(self.now, due)
            for who in self.agents:
                self.do(who, lambda agent: agent.on_timer(self.now))
            if deliver:
                self.deliver()
        self.now = until

    def invite(self, caller: Address, callee: Address, leg: str = "out", **more: object) -> list[Event]:
        invitation = Invitation(
            uri=f"sip:110@{callee.host}",
            from_=parse_name_addr(f"<sip:12345@{caller.host}>"),
            to=parse_name_addr(f"<sip:110@{callee.host}>"),
            next_hop=callee,
            body=OFFER,
            **more,  # type: ignore[arg-type]
        )
        return self.do(caller, lambda agent: agent.invite(leg, invitation, self.now))

    def last(self, who: Address) -> Event:
        return self.told[who][-1]


def first_line(data: bytes) -> str:
    return data.partition(b"\r\n")[0].decode()


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
def new_net() -> Callable[[], Net]:
    """For tests that need many."""
    return Net
