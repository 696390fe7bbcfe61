"""One transaction each: what a request of ours, or of theirs, needs to be carried to its final response.

Records only: state, bytes to repeat, running timers. `exchange` drives them by the tables of `transaction`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.sip.envelope import Envelope, merge_key, reply_address, spare_address
from bridge.sip.message import Address, Request, Response
from bridge.sip.timers import Alarm
from bridge.sip.transaction import (
    INVITE_CLIENT,
    INVITE_SERVER,
    OTHER_CLIENT,
    OTHER_SERVER,
    Event,
    Machine,
    State,
)

SPENT: Final = Request("", "")
"""Stands for a request whose transaction only lingers: thousands do, and a message is some thirty objects."""

Listener = Callable[[Response, float], None]


def deaf(_response: Response, _now: float) -> None:
    """The listener of a transaction that is over. Its own holds the leg, and that the transaction: a circle
    of 8 KB a call, which would wait for a full garbage collection, once in tens of thousands of calls."""


class Transaction:
    """What clients and servers share: machine, state, the bytes to repeat and where they go. spare: where
    else, when `to` is a connection that is gone."""

    __slots__ = ("alarms", "data", "interval", "key", "machine", "spare", "state", "to")

    def __init__(self, machine: Machine, key: str, to: Address, spare: Address | None, data: bytes) -> None:
        self.machine, self.key, self.to, self.spare, self.data = machine, key, to, spare, data
        self.state = machine.start
        self.interval = 0.0
        self.alarms: dict[Event, Alarm] = {}


class Client(Transaction):
    """A request of ours, let go of once a final response came. `listener` hears its responses; a time-out is
    a 408, a transport error a 503 (§8.1.3.1), both without headers. tries: how often it was sent anew because
    its connection was lost."""

    __slots__ = ("ack", "listener", "request", "tries")

    def __init__(
        self, request: Request, key: str, to: Address, spare: Address | None, listener: Listener
    ) -> None:
        machine = INVITE_CLIENT if request.method == "INVITE" else OTHER_CLIENT
        super().__init__(machine, key, to, spare, request.encode())
        self.request, self.listener = request, listener
        self.ack = b""
        self.tries = 0

    @property
    def pending(self) -> bool:
        """Whether it was heard, and its final response is still to come."""
        return self.state is State.PROCEEDING


class Server(Transaction):
    """A request of theirs. `tag` is the To tag of all our responses. `request` is let go of once it is
    answered."""

    __slots__ = ("envelope", "merge", "request", "source", "tag")

    def __init__(self, request: Request, envelope: Envelope, key: str, source: Address) -> None:
        machine = INVITE_SERVER if request.method == "INVITE" else OTHER_SERVER
        to = reply_address(envelope.via, source)
        super().__init__(machine, key, to, spare_address(envelope.via, source) if source.flow else None, b"")
        self.request, self.envelope, self.source = request, envelope, source
        self.tag = ""
        self.merge = "" if envelope.to_tag else merge_key(envelope)

    @property
    def open(self) -> bool:
        """Whether it still waits for a final response of ours."""
        return self.state is State.PROCEEDING or self.state is State.TRYING
