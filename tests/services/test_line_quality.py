"""What the media process measures, as people see it: a MOS and a light for each leg; and dead lines."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bridge.media.plan import Dead, LegStats, Quality
from bridge.services.feed import LiveFeed
from bridge.services.keys import Keys
from bridge.services.line_quality import LineQuality, view
from bridge.services.media_desk import MediaDesk
from bridge.services.records import Records
from bridge.services.views import call_view

GOOD = Quality("in", 1000, 0, 2.0, 0, 0, 30.0, 0.0, 3.0)


@pytest.fixture
def records(house) -> Records:
    return Records(house.clock)


@pytest.fixture
def lines(house, records: Records) -> LineQuality:
    return LineQuality(records, LiveFeed())


@pytest.fixture
def desk(house, lines: LineQuality) -> MediaDesk:
    return MediaDesk(house.switchboard, Keys(house.switchboard, {}), LiveFeed(), lines)


def test_a_light_for_the_worse_direction() -> None:
    assert view(GOOD)["light"] == "green"
    lossy = LegStats("in", 900, 1000, 100, 0, 20.0, jitter_ms=2.0, remote_lost=0.0, remote_jitter_ms=1.0)
    assert view(lossy)["light"] == "red"
    assert view(lossy)["loss"] == 0.1
    deaf = LegStats("in", 1000, 1000, 0, 0, 20.0, jitter_ms=2.0, remote_lost=0.06, remote_jitter_ms=9.0)
    assert (view(deaf)["mos"], view(deaf)["light"]) == (4.41, "yellow")
    assert view(LegStats("in", 10, 10, 0, 0, 20.0))["mos_far"] is None


def test_live_and_in_the_log_at_the_end(house, records: Records, lines: LineQuality, desk: MediaDesk) -> None:
    call = house.talk()
    records.note(call)
    lines.changed(None, call)
    desk.on(GOOD)
    record = records.get(call.id)
    assert record is not None
    assert call_view(record)["quality"]["in"]["mos"] == 4.41
    with capture_logs() as told:
        desk.on(LegStats("in", 900, 1000, 100, 3, 61.24, jitter_ms=12.5))
        desk.on(LegStats("in", 900, 1000, 100, 3, 61.24, jitter_ms=12.5))
    (line,) = told
    assert (line["event"], line["call"], line["speaker"]) == ("leg.quality", call.id, "caller")
    assert (line["light"], line["refused"], line["longest_gap_ms"]) == ("red", 3, 61.2)
    assert record.quality["in"]["jitter_ms"] == 12.5


def test_legs_that_are_nobodys_or_never_spoke_say_nothing(desk: MediaDesk, lines: LineQuality, house) -> None:
    call = house.talk()
    lines.changed(None, call)
    with capture_logs() as told:
        desk.on(GOOD)
        desk.on(LegStats("unknown", 1, 1, 0, 0, 0.0))
        desk.on(LegStats("in", 0, 0, 0, 0, 0.0))
    assert told == []


def test_a_dead_caller_ends_the_call(house, desk: MediaDesk) -> None:
    call = house.talk()
    agent = call.attendant.leg
    desk.on(Dead("in", 60.0))
    assert house.switchboard.calls() == []
    hung_up = [order[1] for order in house.wire.told if order[0] == "hang_up"]
    assert sorted(hung_up) == sorted([agent, "in"])


def test_a_dead_attendant_gives_the_caller_back(house, desk: MediaDesk) -> None:
    call = house.talk()
    agent = call.attendant.leg
    desk.on(Dead(agent, 60.0))
    (left,) = house.switchboard.calls()
    assert left.phase.value == "recalling"
    assert agent in [order[1] for order in house.wire.told if order[0] == "hang_up"]
    desk.on(Dead(agent, 60.0))
    assert len(house.switchboard.calls()) == 1


def test_who_has_not_answered_cannot_be_dead(house, desk: MediaDesk) -> None:
    house.offer()
    (call,) = house.switchboard.calls()
    for party in call.parties:
        desk.on(Dead(party.leg, 60.0))
    assert len(house.switchboard.calls()) == 1
