"""Callers nobody spoke with: kept with where and how long, one task for each number, done by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from bridge.calls.call import Call
from bridge.calls.events import Answers, Leaves, Offered, PromptEnds, Refuses
from bridge.errors import NoSuchTask
from bridge.queues.abandoned import Abandoned, Task
from bridge.routing.plan import Origin
from bridge.services.callback_desk import CallbackDesk
from bridge.services.feed import LiveFeed
from tests.services.conftest import AUDIO, House

CALLER = "13906350001"


class Store:
    """Remembers what it is told to write."""

    def __init__(self, unfinished: tuple[str, ...] = ()) -> None:
        self.added: list[Abandoned] = []
        self.settled: list[tuple[str, str]] = []
        self._unfinished = unfinished

    async def add(self, gone: Abandoned, task_id: str) -> None:
        assert task_id
        self.added.append(gone)

    async def settle(self, number: str, ended: str) -> None:
        self.settled.append((number, ended))

    async def unfinished(self) -> tuple[str, ...]:
        return self._unfinished

    async def tasks(self, state: str, most: int, platform: str = "") -> tuple[Task, ...]:
        return ()

    async def gone(self, most: int, platform: str = "") -> tuple[Abandoned, ...]:
        return tuple(self.added[:most])

    async def change(self, task_id: str, what: str, by: str, note: str) -> Task | None:
        return None


@dataclass
class Meter:
    """Counts."""

    stages: list[str] = field(default_factory=list)
    answered: int = 0
    unfinished: int = 0

    def spoken(self) -> None:
        self.answered += 1

    def gone(self, stage: str) -> None:
        self.stages.append(stage)

    def tasks(self, unfinished: int) -> None:
        self.unfinished = unfinished


class Room:
    """A house whose calls are watched by the desk; the desk lives in `run`."""

    def __init__(self, house: House, unfinished: tuple[str, ...] = ()) -> None:
        self.house, self.store, self.meter, ids = house, Store(unfinished), Meter(), count(1)
        self.desk = CallbackDesk(
            store=self.store, clock=house.clock, meter=self.meter, feed=LiveFeed(),
            ours={"8001"}, new_id=lambda: f"n{next(ids)}",
        )  # fmt: skip
        house.switchboard.witnesses.call_in(self.desk)

    def run(self, course: Callable[[], Any]) -> None:
        """Start, let the course happen, write, stop."""

        async def whole() -> None:
            await self.desk.start()
            course()
            await self.desk.stop()

        asyncio.run(whole())

    def offer(self, number: str = CALLER, dialled: str = "12345", origin: Origin | None = None) -> Call:
        origin = origin or Origin("trunk", "carrier")
        self.house.switchboard.offered(Offered("in", dialled, number, "", origin, AUDIO, 100.0))
        return self.now()

    def now(self) -> Call:
        call = self.house.switchboard.of_leg("in")
        assert call is not None
        return call

    def talk(self, **how: Any) -> Call:
        call = self.offer(**how)
        self.house.switchboard.on(Answers(call.ringing, AUDIO))
        return self.now()

    def leave(self, leg: str = "in", cause: str = "bye") -> None:
        self.house.switchboard.on(Leaves(leg, cause))  # type: ignore[arg-type]

    def kept(self) -> list[tuple[str, str, float, bool]]:
        return [(each.stage, each.number, each.waited, each.callback) for each in self.store.added]


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


def test_gone_while_an_agent_rang(room: Room) -> None:
    def course() -> None:
        room.offer()
        room.house.clock.now += 12.5
        room.leave(cause="cancel")

    room.run(course)
    assert room.kept() == [("ringing", CALLER, 12.5, True)]
    assert (room.meter.stages, room.meter.unfinished) == (["ringing"], 1)
    assert room.desk.figures.minutes[-1].abandon_rate == 1.0


def test_who_was_spoken_with_leaves_no_record(room: Room) -> None:
    def course() -> None:
        room.talk()
        room.leave()

    room.run(course)
    assert room.store.added == []
    assert (room.meter.answered, room.desk.figures.minutes[-1].answer_rate) == (1, 1.0)


def test_gone_while_a_desk_rang_and_the_agent_had_left(room: Room) -> None:
    def course() -> None:
        call = room.talk()
        transfer = room.house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
        room.house.clock.now += 3.0
        room.leave(call.attendant.leg)
        room.house.clock.now += 4.0
        room.leave()
        assert room.house.switchboard.of_leg(transfer.recipient) is None

    room.run(course)
    assert room.kept() == [("transfer", CALLER, 4.0, True)]
    assert room.store.added[0].incident


def test_gone_during_a_transfer_with_the_agent_still_there_is_nothing(room: Room) -> None:
    def course() -> None:
        call = room.talk()
        room.house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
        room.leave()

    room.run(course)
    assert room.store.added == []


def test_gone_while_being_taken_back_and_during_goodbye(room: Room) -> None:
    def course() -> None:
        room.leave(room.talk().attendant.leg, "lost")
        room.leave()

    room.run(course)
    assert [stage for stage, *_ in room.kept()] == ["recall"]


def test_a_caller_whom_nobody_answered_is_called_back_but_did_not_abandon(room: Room) -> None:
    def course() -> None:
        room.house.switchboard.on(Refuses(room.offer().ringing, 486, "Busy Here"))

    room.run(course)
    assert [stage for stage, *_ in room.kept()] == ["unanswered"]
    assert room.desk.figures.minutes[-1].abandon_rate == 0.0


def test_after_the_goodbye_nobody_answered(room: Room) -> None:
    def course() -> None:
        room.leave(room.talk().attendant.leg, "lost")
        for _ in range(3):
            room.house.switchboard.on(Refuses(room.now().ringing, 486, ""))
            room.house.timers.ring(5.0)
        room.house.switchboard.on(PromptEnds("in", room.now().caller.play.id))

    room.run(course)
    assert [stage for stage, *_ in room.kept()] == ["unanswered"]


@pytest.mark.parametrize("number", ["", "anonymous", "8001"])
def test_who_cannot_or_need_not_be_called_back_has_no_task(room: Room, number: str) -> None:
    def course() -> None:
        room.offer(number)
        room.leave(cause="cancel")

    room.run(course)
    assert [each.callback for each in room.store.added] == [False]
    assert room.meter.unfinished == 0


def test_agents_own_calls_are_no_callers(room: Room) -> None:
    def course() -> None:
        room.offer("8001", "110", Origin("agent", "8001"))
        room.leave(cause="cancel")

    room.run(course)
    assert room.store.added == []


def test_a_caller_who_is_answered_later_needs_no_call_back(house: House) -> None:
    room = Room(house, unfinished=(CALLER,))
    room.run(lambda: room.talk(number=f"+86{CALLER}"))
    assert room.store.settled == [(CALLER, "answered")]
    assert room.desk.open == 0


def test_an_agent_who_reaches_them_has_called_back(house: House) -> None:
    room = Room(house, unfinished=("110",))
    room.run(lambda: room.talk(number="8001", dialled="110", origin=Origin("agent", "8001")))
    assert room.store.settled == [("110", "called-back")]


def test_in_vain_and_then_answered_is_written_in_that_order(room: Room) -> None:
    def course() -> None:
        room.offer()
        room.leave(cause="cancel")
        room.talk()

    room.run(course)
    assert [each.number for each in room.store.added] == [CALLER]
    assert room.store.settled == [(CALLER, "answered")]
    assert room.meter.unfinished == 0


def test_when_the_house_closes_those_who_wait_are_to_be_called_back(room: Room) -> None:
    room.run(room.offer)
    assert [stage for stage, *_ in room.kept()] == ["unanswered"]


def test_a_task_nobody_knows(room: Room) -> None:
    with pytest.raises(NoSuchTask):
        asyncio.run(room.desk.change("x", "take", "李"))


def test_of_finished_calls_nothing_is_kept(room: Room) -> None:
    def course() -> None:
        for _ in range(3):
            room.talk()
            room.leave()

    room.run(course)
    assert (room.desk._waits, room.desk._spoken) == ({}, set())


def test_an_agent_behind_the_exchange_who_asks_the_desk_and_gives_up_is_no_caller(room: Room) -> None:
    def course() -> None:
        pbx = Origin("trunk", "pbx")
        room.house.switchboard.offered(Offered("in", "110", "8007", "", pbx, AUDIO, 100.0, agent="8007"))
        assert not room.now().from_outside
        room.leave(cause="cancel")

    room.run(course)
    assert (room.store.added, room.meter.stages) == ([], [])
