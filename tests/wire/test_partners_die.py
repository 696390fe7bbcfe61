"""A part of the house dies: the call goes on, the part comes back, no ticket is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.wire.house import House
from tests.wire.phones import Phones, phones_of, speak
from tests.wire.sipp import Sipp, until


@pytest.fixture(scope="module")
def fragile_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of our own, with its recogniser."""
    house = House(tmp_path_factory.mktemp("fragile"), asr=True)
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def house(fragile_house: House) -> House:
    """Instead of the shared one."""
    return fragile_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    """This test's telephones."""
    yield from phones_of(house, need, tmp_path)


def transferred(phones: Phones, caller: Sipp, agent: Sipp) -> Sipp:
    """The desk the caller has been brought to; the agent's script has pressed by REFER and waits for BYE."""
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    agent.cue()
    agent.done()
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    return desk


def ready_again(house: House, name: str, before: int) -> None:
    """The part has come back as another process and said that it is ready."""
    assert house.bridge is not None
    house.bridge.wait_line(f"{name} ready", 1 + house.deaths(name))
    assert house.child(name) != before


def test_a_dead_recogniser_costs_captions_only_and_comes_back(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    before = house.child("asr")
    house.kill("asr")
    house.the_call(lambda call: call["recogniser_pending"])
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    transferred(phones, caller, agent)
    ready_again(house, "asr", before)
    house.the_call(lambda call: not call["recogniser_pending"])
    incident = house.the_call()["transfers"][0]["incident"]
    caller.cue()
    phones.done()
    final = house.ticket(incident, lambda ticket: ticket["state"] == "final")
    assert final["outcome"] == "transferred"


def test_after_the_media_process_died_the_same_call_is_heard_again(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    before = house.child("media")
    house.kill("media")
    ready_again(house, "media", before)
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    transferred(phones, caller, agent)
    caller.cue()
    phones.done()


def test_a_platform_that_is_down_at_the_press_gets_every_ticket_later(house: House, phones: Phones) -> None:
    assert house.stand_in is not None
    house.stand_in.stop()
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    transferred(phones, caller, agent)
    incident = house.the_call()["transfers"][0]["incident"]
    until(lambda: house.metric('bridge_push_attempts_total{result="unreachable"}') > 0, "an attempt")
    caller.cue()
    phones.done()
    house.start_stand_in()
    house.ticket(incident, lambda ticket: ticket["state"] == "final")
    came = [ticket["version"] for ticket in house.versions(incident)]
    assert came == sorted(set(came))


def test_a_dead_control_process_stops_no_voice_and_its_ticket_is_closed(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    desk = transferred(phones, caller, agent)
    incident = house.the_call()["transfers"][0]["incident"]
    house.ticket(incident, lambda ticket: ticket["outcome"] == "transferred")
    before = house.child("control")
    house.kill("control")
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    ready_again(house, "control", before)
    assert house.ticket(incident, lambda ticket: ticket["state"] == "final")["outcome"] == "transferred"
    again, _ = phones.talking(caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released())
    again.cue()
    again.done()
    house.quiet()


def test_a_house_that_closes_hangs_up_on_everybody(house: House, phones: Phones) -> None:
    phones.talking(caller=lambda caller: caller.released(), agent=lambda agent: agent.released())
    assert house.bridge is not None
    house.bridge.stop()
    try:
        phones.ended()
    finally:
        house.start_bridge()
