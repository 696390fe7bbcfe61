"""Silent calls at work: shown in time, answered by keys, kept at their end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.calls.call import Call
from bridge.calls.events import Hushes, Leaves, Refuses
from bridge.calls.silence import State
from bridge.media.plan import CallPlan
from bridge.services.feed import LiveFeed
from bridge.services.papers import Papers
from bridge.services.records import Records
from bridge.services.silence_desk import SilenceDesk
from bridge.tickets.advice import Advice
from bridge.tickets.transcript import Utterance
from tests.services import conftest
from tests.services.conftest import ROUTES, House

SECONDS = 12.0


class Room:
    """A house whose 12345 is a line for people in danger, as `mode` says."""

    def __init__(self, house: House, mode: str, *, hears: bool = True) -> None:
        self.house, self.records, self.feed = house, Records(house.clock), LiveFeed()
        self.kept: list[State] = []
        self.noted: list[str] = []
        self.desk = SilenceDesk(
            seconds=SECONDS, hears=hears, records=self.records, feed=self.feed, timers=house.timers,
            clock=house.clock, tell=house.switchboard.tell, note=lambda _, said: self.noted.append(said.text),
            keep=lambda call, state, lasted: self.kept.append(state),
        )  # fmt: skip
        self.papers = Papers(
            desk=None, records=self.records, feed=self.feed, clock=house.clock, home_of={}.get,
            ticket_url=lambda name: None, other_platform=lambda name: "", advise=lambda said: Advice(),
        )  # type: ignore[arg-type]  # fmt: skip
        house.switchboard.witnesses.call_in(self.papers, self.desk)
        self._mode = mode

    def talk(self, monkeypatch: pytest.MonkeyPatch) -> Call:
        route = replace(ROUTES["12345"], silent_danger=self._mode)
        monkeypatch.setitem(conftest.ROUTES, "12345", route)
        call = self.house.talk()
        self.desk.voice(call, "in", there=True)
        return call

    def now(self) -> Call:
        call = self.house.switchboard.of_leg("in")
        assert call is not None
        return call

    def says(self, text: str, speaker: str = "caller") -> None:
        self.desk.heard(self.now().id, Utterance(speaker, "in", 1.0, 2.0, text))

    def presses(self, digit: str, leg: str = "in") -> None:
        self.desk.key(self.now(), leg, digit)

    def silent(self) -> bool:
        record = self.records.get(self.now().id)
        assert record is not None
        return record.silent

    def plays(self) -> str | None:
        plan: CallPlan = self.house.wire.plan
        leg = next(leg for leg in plan.legs if leg.leg == "in")
        return leg.play.sound if leg.play else None


@pytest.fixture
def room(house: House) -> Room:
    return Room(house, "auto")


def test_who_says_nothing_for_so_long_is_a_silent_call(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.talk(monkeypatch)
    room.says("您好", "12345")
    room.house.timers.ring(SECONDS)
    assert (room.silent(), room.now().quiet) == (True, True)
    room.house.switchboard.on(Leaves("in", "bye"))
    assert room.kept == [State.SILENT]


def test_who_speaks_is_not(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.talk(monkeypatch)
    room.says("我要投诉")
    room.house.timers.ring(SECONDS)
    assert (room.silent(), room.now().quiet) == (False, False)
    room.house.switchboard.on(Leaves("in", "bye"))
    assert room.kept == []


def test_a_long_sentence_is_speech_before_it_is_final(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    call = room.talk(monkeypatch)
    record = room.records.get(call.id)
    assert record is not None
    record.transcript = record.transcript.hear(
        Utterance("caller", "in", 1.0, 9.0, "事情是这样的", final=False)
    )
    room.house.timers.ring(SECONDS)
    assert not room.silent()


def test_speech_that_comes_late_takes_the_sign_away_but_the_line_stays_quiet(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.talk(monkeypatch)
    room.house.timers.ring(SECONDS)
    room.says("救命")
    assert (room.silent(), room.now().quiet) == (False, True)


def test_keys_are_answers_in_the_transcript_at_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    call = room.talk(monkeypatch)
    room.house.clock.now += 3.0
    for digit in "1295":
        room.presses(digit)
    assert room.noted == ["（按键 1：是）", "（按键 2：不是）"]
    record = room.records.get(call.id)
    assert record is not None
    assert [(said.speaker, said.start) for said in record.transcript.finals] == [("caller", 3.0)] * 2
    assert room.now().quiet
    room.house.switchboard.on(Leaves("in", "bye"))
    assert room.kept == [State.KEYS]


def test_the_agents_keys_are_no_answers(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    call = room.talk(monkeypatch)
    assert call.attendant is not None
    room.presses("1", call.attendant.leg)
    assert room.noted == []


def test_on_other_routes_keys_count_once_the_line_was_made_quiet(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(house, "never")
    room.talk(monkeypatch)
    room.presses("1")
    assert room.noted == []
    house.switchboard.tell(room.now().id, Hushes())
    room.presses("1")
    assert room.noted == ["（按键 1：是）"]


@pytest.mark.parametrize(("there", "silent"), [(True, False), (False, True)])
def test_without_a_recogniser_only_a_line_without_packets_is_silent(
    house: House, monkeypatch: pytest.MonkeyPatch, there: bool, silent: bool
) -> None:
    room = Room(house, "auto", hears=False)
    room.desk.voice(room.talk(monkeypatch), "in", there=there)
    house.timers.ring(SECONDS)
    assert room.silent() == silent


def test_nothing_on_a_quiet_line_can_betray_the_caller(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """From ringing to the last word: whatever is no person is faint noise."""
    room = Room(house, "always")
    call = room.talk(monkeypatch)
    heard: list[str | None] = []
    transfer = house.switchboard.press(call.attendant.leg, "110", "api", 100.0)
    heard.append(room.plays())
    house.switchboard.on(Leaves(call.attendant.leg, "bye"))
    heard.append(room.plays())
    house.switchboard.on(Refuses(transfer.recipient, 486, ""))
    for _ in range(3):
        heard.append(room.plays())
        house.switchboard.on(Refuses(room.now().ringing, 486, ""))
        heard.append(room.plays())
        house.timers.ring(5.0)
    assert set(heard) == {None, "comfort", "prompt:hush"}
    assert heard[0] is None, "while a person is there"


def test_of_finished_calls_nothing_is_kept(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.talk(monkeypatch)
    room.house.switchboard.on(Leaves("in", "bye"))
    parts: list[Any] = [room.desk._calls, room.desk._voices, room.desk._alarms]
    assert [len(part) for part in parts] == [0, 0, 0]
    assert all(alarm.cancelled for alarm in room.house.timers.alarms)
