"""Supervisors at the switchboard: whose words are written down, what is dialled, and a line that breaks. Who
may what, and what is on record, is tests/api/test_monitor's."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.calls.events import Answers, Types
from bridge.calls.supervisors import Supervises, Turns
from bridge.routing.plan import Target
from bridge.services.line_quality import LineQuality
from bridge.services.recording_desk import RecordingDesk
from tests.services.test_recording_desk import Feed, Tape
from tests.services.test_transcriber import Noting, Room, final

PHONE = Target("agent", "9001", None, 30, 4)


@pytest.fixture
def room(house: Any) -> Room:
    return Room(house)


def supervised(house: Any, mode: Any, call: Any = None) -> tuple[str, str]:
    """A call with a supervisor in it; its id and their leg."""
    call = call or house.talk()
    house.switchboard.tell(call.id, Supervises(PHONE, mode))
    leg = f"{call.id}.s1"
    house.switchboard.on(Answers(leg, call.caller.audio))
    return call.id, leg


def test_their_telephone_is_told_who_calls_and_nothing_of_a_transfer(house: Any) -> None:
    call = house.talk()
    orders = []
    house.wire.dial = lambda leg, order: orders.append((leg, order))
    supervised(house, "listen", call)
    ((leg, order),) = orders
    assert (leg, order.target.number, order.caller) == (f"{call.id}.s1", "9001", "139")
    assert (order.headers, order.way, order.referred_by, order.passes) == ((), (), "", "")


def test_only_who_barges_in_is_written_down_and_under_their_own_name(house: Any, room: Room) -> None:
    call, leg = supervised(house, "listen")
    assert leg not in room.ears.open_legs
    room.transcriber.tap(leg, 1.0, b"whispered")
    assert room.ears.fed == []
    for mode in ("whisper", "barge", "whisper", "barge"):
        house.switchboard.tell(call, Turns(leg, mode))
    assert room.ears.open_legs.count(leg) == 1, "one stream, however often they turn"
    room.transcriber.speech(leg, final("我是班长"), 100.0)
    room.transcriber.speech(leg, final("请您放心", 3.0, 4.0), 100.0)
    assert room.told == [("said", "supervisor", "我是班长"), ("said", "supervisor", "请您放心")]
    ids = [each.id for each in room.records.get(call).transcript.utterances]  # type: ignore[union-attr]
    assert len(set(ids)) == 2
    house.switchboard.hang_up_all("test")
    assert ("hang_up", leg, "test") in house.wire.told


def test_a_take_has_who_barged_in_and_nobody_who_listens(house: Any, room: Room) -> None:
    tape = Tape()
    desk = RecordingDesk(tape, Feed(), lambda: "one", room.records)
    house.switchboard.witnesses.call_in(Noting(room.records), desk)
    call = house.talk()
    from bridge.calls.events import Records as Wish  # noqa: PLC0415
    from bridge.frozen import replace  # noqa: PLC0415

    always = replace(call, recorded=replace(call.recorded, policy="on-demand"))
    house.switchboard._calls[call.id] = always
    house.switchboard.tell(call.id, Wish("start"))
    _, leg = supervised(house, "whisper", call)
    assert [each.speaker for each in tape.plans[-1].legs] == ["caller", "12345"]
    house.switchboard.tell(call.id, Turns(leg, "barge"))
    assert [(each.speaker, each.channel) for each in tape.plans[-1].legs][-1] == ("supervisor", 1)


def test_a_supervisors_broken_line_takes_nobody_along(house: Any) -> None:
    call, leg = supervised(house, "whisper")
    house.switchboard.dead(leg, 60.0)
    after = house.switchboard.call(call)
    assert (after.supervisors, after.attendant is not None) == ((), True)
    assert ("hang_up", leg, "no media") in house.wire.told


def test_their_keys_and_their_refer_do_nothing_to_the_call(house: Any) -> None:
    call, leg = supervised(house, "barge")
    before = house.switchboard.call(call)
    house.switchboard.on(Types(leg, "1", "rtp"))
    house.switchboard.refer(leg, "110", 1.0)
    assert house.switchboard.call(call) is before
    assert [told[0] for told in house.wire.told][-1] == "refuse_key"


def test_their_line_has_figures_too(house: Any, room: Room) -> None:
    quality = LineQuality(room.records, Feed())
    house.switchboard.witnesses.call_in(Noting(room.records), quality)
    _, leg = supervised(house, "listen")
    assert quality._owners[leg][1] == "supervisor"
