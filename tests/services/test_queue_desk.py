"""The queues at work on the switchboard: who is rung, what callers are told, and what is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.calls.call import Call, Phase
from bridge.calls.events import Answers, Leaves, Offered, PromptEnds, Refuses
from bridge.errors import NoSuchAgent, WrongMoment
from bridge.queues.words import Rule
from bridge.routing.plan import Origin, Plan, Target
from bridge.services.feed import LiveFeed
from bridge.services.queue_desk import AGAIN, QueueDesk
from tests.services.conftest import AUDIO, House

PROVINCE = Target("trunk", "", "province", 25, 4)
HOTLINE = Rule(
    "hotline", (("8001", None), ("8002", None)), most=2, overflow=(PROVINCE,), words=("agents-busy",)
)
QUEUE = "12388"


@dataclass
class Meter:
    """Remembers what it was told."""

    told: list[tuple[str, str]] = field(default_factory=list)
    now: dict[str, int] = field(default_factory=dict)

    def counted(self, queue: str, outcome: str, waited: float) -> None:
        assert waited >= 0
        self.told.append((queue, outcome))

    def waiting(self, queue: str, callers: int) -> None:
        self.now[queue] = callers


@dataclass
class Room:
    """A house with one queue; time and phones are moved by hand."""

    house: House
    desk: QueueDesk
    meter: Meter
    away: set[str]

    def turn(self, seconds: float = 0.0) -> None:
        """So much later, after everything that was put off."""
        self.house.clock.now += seconds
        self.house.timers.ring(0.0)
        for alarm in [each for each in self.house.timers.alarms if not each.cancelled]:
            if alarm.then == self.desk._turn and alarm.seconds <= seconds:
                alarm.cancelled = True
                alarm.then()
        self.house.timers.ring(0.0)

    def call(self, leg: str = "in") -> Call:
        self.house.offer(QUEUE, leg)
        self.turn()
        return self.now(leg)

    def now(self, leg: str = "in") -> Call:
        call = self.house.switchboard.of_leg(leg)
        assert call is not None
        return call

    def talk(self, leg: str = "in") -> Call:
        call = self.call(leg)
        self.house.switchboard.on(Answers(call.ringing, AUDIO))
        self.turn()
        return self.now(leg)

    def rung(self) -> list[str]:
        return [told[2] for told in self.house.wire.told if told[0] == "dial"]

    def view(self) -> dict[str, Any]:
        (queue,) = self.desk.view()["queues"]
        return queue

    def states(self) -> dict[str, str]:
        return {each["number"]: each["state"] for each in self.desk.view()["agents"]}


@pytest.fixture
def room(house: House) -> Room:
    meter, away = Meter(), set[str]()
    desk = QueueDesk(
        (HOTLINE,), names={"8001": "一号"}, codes={"*91#": "ready", "*90#": "paused"},
        tell=house.switchboard.tell, reachable=lambda agent: agent not in away,
        timers=house.timers, clock=house.clock, meter=meter, feed=LiveFeed(),
    )  # fmt: skip
    house.switchboard.queues = desk
    house.switchboard.witnesses.call_in(desk)
    return Room(house, desk, meter, away)


def test_a_free_agent_is_rung_before_the_caller_is_answered(room: Room) -> None:
    call = room.call()
    assert (room.rung(), call.phase) == (["8001"], Phase.SETUP)
    assert room.states() == {"8001": "ringing", "8002": "ready"}
    room.house.switchboard.on(Answers(call.ringing, AUDIO))
    room.turn()
    assert (room.now().phase, room.states()["8001"]) == (Phase.TALKING, "busy")
    assert room.meter.told == [("hotline", "answered")]


def test_the_next_agent_is_rung_when_one_does_not_take_the_call(room: Room) -> None:
    call = room.call()
    room.house.switchboard.on(Refuses(call.ringing, 486, "Busy Here"))
    room.turn()
    assert room.rung() == ["8001", "8002"]
    assert room.now().phase is Phase.SETUP


def test_when_all_are_busy_the_caller_is_answered_and_hears_music_and_their_place(room: Room) -> None:
    room.talk("a")
    room.talk("b")
    call = room.call("c")
    assert (call.phase, call.lonely) == (Phase.QUEUED, "hold")
    assert ("answer", "c", room.now("c").caller.port) in room.house.wire.told
    room.turn(5.0)
    assert room.now("c").caller.play.sound == "prompts:agents-busy+queue-next"
    assert (room.view()["waiting"], room.meter.now) == (1, {"hotline": 1})
    room.house.switchboard.on(PromptEnds("c", room.now("c").caller.play.id))
    room.house.switchboard.on(Leaves("a", "bye"))
    room.turn()
    assert room.states()["8001"] == "after-call"
    assert room.now("c").ringing == ""
    room.turn(10.0)
    assert room.rung()[-1] == "8001"
    room.house.switchboard.on(Answers(room.now("c").ringing, AUDIO))
    room.turn()
    assert room.now("c").phase is Phase.TALKING
    assert room.view()["today"]["average_wait"] == pytest.approx(5.0)


def test_an_agent_in_a_call_that_is_not_the_queues_is_left_alone(room: Room) -> None:
    room.house.offer("12345", "direct")  # rings 8001 by name
    room.turn()
    assert room.call().ringing
    assert room.rung() == ["8001", "8002"]


def test_a_caller_who_gives_up_is_abandoned_and_frees_the_agent(room: Room) -> None:
    room.call()
    room.house.switchboard.on(Leaves("in", "cancel"))
    room.turn()
    assert room.meter.told == [("hotline", "abandoned")]
    assert (room.states()["8001"], room.desk.hall.waiting) == ("ready", ())


def test_waiting_too_long_overflows_to_the_province_with_the_number_dialled(room: Room) -> None:
    room.away |= {"8001", "8002"}
    assert room.call().phase is Phase.QUEUED
    room.turn(120.0)
    assert (room.rung(), room.now().lonely) == ([QUEUE], "ringback")
    assert room.meter.told == [("hotline", "overflowed")]
    room.house.switchboard.on(Refuses(room.now().ringing, 503, "Service Unavailable"))
    assert room.now().phase is Phase.LEAVING
    room.house.switchboard.on(PromptEnds("in", room.now().caller.play.id))
    assert room.house.switchboard.of_leg("in") is None


def test_a_full_queue_overflows_at_once_unanswered(room: Room) -> None:
    room.away |= {"8001", "8002"}
    for leg in ("a", "b"):
        room.call(leg)
    call = room.call("c")
    assert (call.phase, room.rung()) == (Phase.SETUP, [QUEUE])
    room.house.switchboard.on(Refuses(call.ringing, 486, "Busy Here"))
    assert ("refuse", "c", 486, "Busy Here") in room.house.wire.told


def test_a_caller_taken_back_goes_before_those_who_wait(room: Room) -> None:
    room.talk("a")
    room.talk("b")
    room.call("waits")
    lost = room.now("a").attendant
    assert lost is not None
    room.desk.pause("8001", "self")
    room.house.switchboard.on(Leaves(lost.leg, "lost"))
    room.turn()
    taken = room.now("a")
    assert (taken.phase, taken.queue, taken.lonely) == (Phase.RECALLING, "hotline", "hold")
    room.desk.ready("8001")
    room.turn()
    assert room.now("a").ringing
    assert not room.now("waits").ringing
    assert room.meter.told == [("hotline", "answered"), ("hotline", "answered")]


def test_a_phone_that_comes_back_is_found_by_itself(room: Room) -> None:
    room.away |= {"8001", "8002"}
    room.call()
    assert room.states() == {"8001": "away", "8002": "away"}
    room.away.clear()
    room.turn(AGAIN)
    assert room.rung() == ["8001"]


def test_who_leaves_it_ringing_twice_is_set_aside(room: Room) -> None:
    room.away |= {"8002"}
    room.call()
    for _ in range(2):
        room.house.timers.ring(20)
        room.turn(5.0)
    assert room.states()["8001"] == "paused"
    assert [each["paused"] for each in room.desk.view()["agents"]] == ["missed", ""]


@pytest.mark.parametrize(
    ("code", "said", "state"), [("*90#", "agent-paused", "paused"), ("*91#", "agent-ready", "ready")]
)
def test_an_agents_phone_says_what_it_did(room: Room, code: str, said: str, state: str) -> None:
    room.house.switchboard.offered(Offered("own", code, "8001", "", Origin("agent", "8001"), AUDIO, 100.0))
    call = room.now("own")
    assert call.caller.play.sound == f"prompt:{said}"
    assert room.house.wire.told[-1] == ("answer", "own", call.caller.port)
    room.house.switchboard.on(PromptEnds("own", call.caller.play.id))
    room.turn()
    assert room.house.switchboard.of_leg("own") is None
    assert room.states()["8001"] == state


def test_nobody_else_has_such_codes(room: Room) -> None:
    for origin in (Origin("agent", "8009"), Origin("trunk", "carrier")):
        room.house.switchboard.offered(Offered("own", "*90#", "x", "", origin, AUDIO, 100.0))
        assert room.house.wire.told[-1][:3] == ("refuse", "own", 404)
    with pytest.raises(NoSuchAgent):
        room.desk.pause("8009", "supervisor")


def test_a_transfer_into_a_queue_rings_its_free_agents_and_never_waits(room: Room) -> None:
    room.talk("a")
    plan = Plan("转热线", "12345", "12345", "direct", (Target("queue", "hotline", None, 20, 4),), key=True)
    targets = room.desk.expanded(plan).targets
    assert [(each.number, each.trunk, each.ring_seconds) for each in targets] == [
        ("8002", None, 20),
        ("12345", "province", 25),
    ]
    room.desk.hall = type(room.desk.hall)(
        {"hotline": Rule("hotline", HOTLINE.members)}, room.desk.hall.agents
    )
    room.away |= {"8002"}
    with pytest.raises(WrongMoment):
        room.desk.expanded(plan)


def test_of_callers_who_are_gone_nothing_is_kept(room: Room) -> None:
    room.talk("a")
    room.call("b")
    for leg in ("a", "b"):
        room.house.switchboard.on(Leaves(leg, "bye"))
    room.turn(60.0)
    assert room.desk.hall.waiting == ()
    assert all(not (each.call or each.legs) for each in room.desk.hall.agents.values())
    assert all(alarm.cancelled for alarm in room.house.timers.alarms)
