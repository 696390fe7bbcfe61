"""The listening desk: sessions become calls, and the story goes over to the call the exchange hands to us."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from bridge.calls.call import Call, Transfer
from bridge.calls.listening import SessionOffered, Voice, same_people
from bridge.calls.parties import Party
from bridge.calls.transfer import Mode, State
from bridge.errors import Overload
from bridge.media.plan import CallPlan
from bridge.routing.plan import Origin
from bridge.services.listening_desk import REMEMBERED, ListeningDesk, ListeningRules
from bridge.services.records import Records
from bridge.services.witnesses import Witnesses
from bridge.tickets.transcript import Utterance
from tests.services.conftest import AUDIO, Clock

CALLER, AGENT = "13906350001", "8001"


class World:
    """Door, media and witness, by hand."""

    def __init__(self) -> None:
        self.answered: list[tuple[str, dict[int, int]]] = []
        self.refused: list[tuple[str, int]] = []
        self.plans: list[CallPlan] = []
        self.shown: list[Call] = []
        self.told: list[tuple[str, str]] = []
        self._ports = iter(range(20000, 20010, 2))

    def answer(self, leg: str, ports: dict[int, int]) -> None:
        self.answered.append((leg, ports))

    def refuse(self, leg: str, status: int, reason: str) -> None:
        self.refused.append((leg, status))

    def take_port(self) -> int:
        port = next(self._ports, 0)
        if not port:
            raise Overload("no port")
        return port

    def give_back(self, port: int) -> None:
        pass

    def apply(self, plan: CallPlan) -> None:
        self.plans.append(plan)

    def changed(self, before: Call | None, call: Call) -> None:
        self.shown.append(call)

    def __getattr__(self, name: str) -> Any:
        if name in {"opened", "moved", "over"}:
            return lambda *_, **__: None
        raise AttributeError(name)


class Room:
    def __init__(self) -> None:
        self.world, self.clock, ids = World(), Clock(), count(1)
        self.records, witnesses = Records(self.clock), Witnesses()
        self.desk = ListeningDesk(
            door=self.world,
            media=self.world,
            witnesses=witnesses,
            records=self.records,
            clock=self.clock,
            new_id=lambda: f"s{next(ids)}",
            rules=ListeningRules({AGENT: "12345"}, "12345", "always", transcribe=True),
            told=lambda call, said: self.world.told.append((call, said.text)),
        )
        witnesses.call_in(self.desk, self.world)

    def offered(self, caller: str = CALLER, agent: str = AGENT, leg: str = "leg") -> Call:
        voices = (Voice(0, AUDIO, agent), Voice(1, AUDIO, caller))
        self.desk.offered(SessionOffered(leg, "pbx", voices, self.clock.now))
        call = self.world.shown[-1]
        self.records.note(call)
        return call

    def press(self, caller: str = CALLER, by: str | None = AGENT, trunk: str = "pbx") -> str:
        """The exchange hands a caller over; the new call's id."""
        party = Party("in", "caller", "caller", caller, Origin("trunk", trunk), up=True)
        transfer = Transfer(
            "t", "i", "110", "110", "r", Mode.DIRECT, State.DIALLING, "", "x", (), "invite", self.clock.now
        )
        call = Call("new", "110", "110", "r", (party,), (), (), transfers=(transfer,), referred_by=by)
        self.desk.opened(call, transfer)
        return call.id

    def story(self, call: str) -> list[str]:
        record = self.records.get(call)
        return [said.text for said in record.transcript.utterances] if record else []


@pytest.fixture
def room() -> Room:
    return Room()


def said(text: str, start: float, leg: str = "s1.1") -> Utterance:
    return Utterance("caller", leg, start, start + 1, text, final=True)


def test_a_session_is_a_call_nobody_is_heard_in(room: Room) -> None:
    call = room.offered()
    assert [(party.role, party.speaker, party.number) for party in call.parties] == [
        ("caller", "caller", CALLER),
        ("attendant", "12345", AGENT),
    ]
    assert room.world.answered == [("leg", {0: 20000, 1: 20002})]
    (plan,) = room.world.plans
    assert all(leg.tap and leg.record and not leg.sends and not leg.hears for leg in plan.legs)
    room.desk.ended("leg")
    assert room.world.plans[-1] == CallPlan(call.id)
    room.desk.ended("leg")
    assert len(room.world.plans) == 2


def test_a_session_there_is_no_port_for_is_refused(room: Room) -> None:
    room.offered(leg="one")
    room.offered(leg="two")
    voices = (Voice(0, AUDIO), Voice(1, AUDIO))
    room.desk.offered(SessionOffered("three", "pbx", voices, 0.0))
    assert room.world.refused == [("three", 503)]


def test_the_story_goes_over_and_late_words_with_it(room: Room) -> None:
    session = room.offered()
    record = room.records.note(session)
    record.transcript = record.transcript.hear(said("有人打架", 1.0))
    room.clock.now += 10
    new = room.press()
    assert room.story(new) == ["有人打架"]
    told, now = room.records.get(session.id), room.records.get(new)
    assert told is not None
    assert now is not None
    assert (now.started, now.started_at) == (told.started, told.started_at)
    room.desk.utterance(session.id, said("快点来", 8.0))
    room.desk.utterance(session.id, said("按键以后的", 11.0))
    assert room.story(new) == ["有人打架", "快点来"]
    assert room.world.told == [("new", "快点来")]


@pytest.mark.parametrize(
    ("caller", "by", "trunk", "fits"),
    [
        (CALLER, AGENT, "pbx", True),
        (CALLER, None, "pbx", True),
        (CALLER, "8009", "pbx", False),
        ("13900000000", AGENT, "pbx", False),
        ("", AGENT, "pbx", True),
        ("", None, "pbx", False),
        (CALLER, AGENT, "carrier", False),
    ],
)
def test_who_is_taken_for_whom(room: Room, caller: str, by: str | None, trunk: str, fits: bool) -> None:
    session = room.offered()
    record = room.records.note(session)
    record.transcript = record.transcript.hear(said("有人打架", 1.0))
    assert room.story(room.press(caller, by, trunk)) == (["有人打架"] if fits else [])


def test_a_session_that_ended_long_ago_is_nobodys(room: Room) -> None:
    session = room.offered()
    record = room.records.note(session)
    record.transcript = record.transcript.hear(said("有人打架", 1.0))
    room.desk.ended("leg")
    room.clock.now += REMEMBERED + 1
    assert room.story(room.press()) == []


def test_a_stream_that_is_gone_is_heard_no_more_and_numbers_are_learnt(room: Room) -> None:
    call = room.offered(caller="")
    assert call.caller.number == ""
    ports = room.desk.described("leg", (Voice(1, AUDIO, CALLER),))
    assert ports == {1: 20002}
    assert [party.number for party in room.world.shown[-1].parties] == [CALLER]
    assert same_people(room.world.shown[-1], CALLER, None)
    assert room.desk.described("other", ()) == {}
