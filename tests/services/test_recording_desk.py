"""The recording desk: a take for each call that is recorded, with whoever comes, and one end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bridge.calls.call import Call, Phase
from bridge.calls.parties import Party
from bridge.calls.recording import Recorded
from bridge.clock import SystemClock
from bridge.media.takes import LEFT, RIGHT, TakePlan
from bridge.routing.plan import Origin
from bridge.services.recording_desk import RecordingDesk
from bridge.services.records import Records


class Tape:
    def __init__(self) -> None:
        self.plans: list[TakePlan] = []

    def roll(self, plan: TakePlan) -> None:
        self.plans.append(plan)


class Feed:
    heard = True

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def publish(self, event: dict[str, Any]) -> None:
        self.told.append(event)


def party(leg: str, role: Any, speaker: str, *, up: bool = True) -> Party:
    return Party(leg, role, speaker, "1", Origin("trunk", "carrier"), up=up)


CALLER, AGENT = party("c.0", "caller", "caller"), party("c.1", "attendant", "12345")
DESK = party("c.2", "attendant", "110")


def call(*parties: Party, policy: Any = "always", phase: Phase = Phase.TALKING) -> Call:
    return Call("c", "12345", "12345", "r", parties, (), (), phase, recorded=Recorded(policy))


def desk() -> tuple[RecordingDesk, Tape, Feed]:
    tape, feed = Tape(), Feed()
    names = iter(["one", "two"])
    return RecordingDesk(tape, feed, lambda: next(names), Records(SystemClock())), tape, feed


def test_a_take_grows_with_whoever_answers_and_ends_once() -> None:
    room, tape, _ = desk()
    room.changed(None, call(CALLER, replace(AGENT, up=False)))
    room.changed(None, call(CALLER, AGENT))
    room.changed(None, call(CALLER, AGENT))
    room.changed(None, call(CALLER, DESK))
    assert room.open == 1
    over = call(CALLER, DESK, phase=Phase.OVER)
    room.over(over, "caller left")
    room.changed(None, over)  # the switchboard tells this last: nothing begins anew by it
    assert room.open == 0
    assert [(plan.take, plan.ended) for plan in tape.plans] == [
        ("one", False), ("one", False), ("one", False), ("one", True),
    ]  # fmt: skip
    assert [(leg.leg, leg.channel, leg.speaker) for leg in tape.plans[-1].legs] == [
        ("c.0", LEFT, "caller"), ("c.1", RIGHT, "12345"), ("c.2", RIGHT, "110"),
    ]  # fmt: skip


def test_nothing_where_nothing_is_recorded() -> None:
    room, tape, _ = desk()
    room.changed(None, call(CALLER, AGENT, policy="never"))
    room.over(call(CALLER, policy="never", phase=Phase.OVER), "bye")
    assert tape.plans == []


def test_each_start_after_a_stop_is_another_take() -> None:
    room, tape, _ = desk()
    for asked in (True, False, True):
        state = replace(call(CALLER, AGENT), recorded=Recorded("on-demand", asked=asked))
        room.changed(None, state)
    assert [(plan.take, plan.ended) for plan in tape.plans] == [("one", False), ("one", True), ("two", False)]


def test_the_worst_trouble_is_shown_and_told() -> None:
    room, _, feed = desk()
    assert room.state == "up"
    room.troubled({"slow-disk": "…", "disk-full": "剩余 3 MB"})
    assert room.state == "disk-full"
    room.troubled({})
    assert room.state == "up"
    assert [event["state"] for event in feed.told] == ["disk-full", "up"]
