"""A switchboard between fakes written by hand: they remember what they were told, in one common order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from bridge.calls.call import Call
from bridge.calls.events import Answers, Offered
from bridge.errors import Overload, UnknownNumber
from bridge.media.plan import CallPlan
from bridge.ports import DialOrder
from bridge.routing.plan import Origin, Plan, Target
from bridge.services.switchboard import Switchboard
from bridge.services.trunks import Trunks
from bridge.sip.sdp import Audio

AUDIO = Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendrecv")
ROUTES = {
    "12345": Plan("来话", "12345", "12345", "direct", (Target("agent", "8001", None, 30, 4),)),
    "12388": Plan("排队", "12388", "12345", "direct", (Target("queue", "hotline", None, 20, 4),)),
    "110": Plan("转110", "110", "110", "direct", (Target("trunk", "110", "police", 20, 4),), key=True),
}
Told = tuple[Any, ...]


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Alarm:
    """A timer that rings when the test says so."""

    seconds: float
    then: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Timers:
    """All alarms ever set."""

    alarms: list[Alarm] = field(default_factory=list)

    def after(self, seconds: float, then: Callable[[], None]) -> Alarm:
        self.alarms.append(Alarm(seconds, then))
        return self.alarms[-1]

    def ring(self, seconds: float) -> None:
        """Those still set for so many seconds."""
        for alarm in [each for each in self.alarms if each.seconds == seconds and not each.cancelled]:
            alarm.cancelled = True
            alarm.then()


class Wire:
    """Signalling and media: every order in one list."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.ports = iter(range(20000, 20100, 2))
        self.plan = CallPlan("")

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **more: self.told.append((name, *args, *more.values()))

    def dial(self, leg: str, order: DialOrder) -> None:
        self.told.append(("dial", leg, order.target.number))

    def take_port(self) -> int:
        port = next(self.ports, 0)
        if not port:
            raise Overload("no port")
        return port

    def apply(self, plan: CallPlan) -> None:
        self.plan = plan
        self.told.append(("apply", {leg.leg: leg.hears for leg in plan.legs}))

    def names(self) -> list[str]:
        return [told[0] for told in self.told]


class Witness:
    """Remembers what it saw, and fails when it is told to."""

    def __init__(self) -> None:
        self.saw: list[str] = []
        self.fails = False

    def __getattr__(self, name: str) -> Callable[..., None]:
        def see(*_args: Any, **_facts: Any) -> None:
            if self.fails:
                raise RuntimeError("a fault in the papers")
            self.saw.append(name)

        return see


@dataclass
class House:
    """The switchboard and everything around it."""

    switchboard: Switchboard
    wire: Wire
    timers: Timers
    clock: Clock
    witness: Witness

    def offer(self, number: str = "12345", leg: str = "in", trunk: str = "carrier") -> Call | None:
        """A caller dials; the call, if there is one."""
        event = Offered(leg, number, "139", "", Origin("trunk", trunk), AUDIO, self.clock.now)
        self.switchboard.offered(event)
        return self.switchboard.of_leg(leg)

    def talk(self) -> Call:
        """Caller and agent in conversation."""
        call = self.offer()
        assert call is not None
        self.switchboard.on(Answers(call.ringing, AUDIO))
        self.wire.told.clear()
        return self.switchboard.call(call.id)


def route(number: str, origin: Origin) -> Plan:
    del origin
    if number not in ROUTES:
        raise UnknownNumber("no route")
    return ROUTES[number]


@pytest.fixture
def trunk_lines() -> Trunks:
    """Trunks nobody has told us anything of; a test with others overrides this."""
    return Trunks({})


@pytest.fixture
def house(trunk_lines: Trunks) -> House:
    wire, timers, clock, witness, numbers = Wire(), Timers(), Clock(), Witness(), count(1)
    switchboard = Switchboard(
        signalling=wire, media=wire, timers=timers, route=route,
        letter=lambda call, transfer: (), new_id=lambda: f"id{next(numbers)}", transcribe=True,
        lines=trunk_lines,
    )  # type: ignore[arg-type]  # fmt: skip
    switchboard.witnesses.call_in(witness)  # type: ignore[arg-type]
    return House(switchboard, wire, timers, clock, witness)
