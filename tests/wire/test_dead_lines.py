"""A line that breaks without a word: no voice, no RTCP. And how each line sounded, by the interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.wire.house import House
from tests.wire.phones import Phones, phones_of
from tests.wire.sipp import until


@pytest.fixture(scope="module")
def impatient_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """It believes in death after four seconds."""
    house = House(tmp_path_factory.mktemp("impatient"))
    path = house.folder / "bridge.yaml"
    text = path.read_text()
    assert "media: {" in text
    path.write_text(text.replace("media: {", "media: {dead_after_seconds: 4, ", 1))
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def house(impatient_house: House) -> House:
    return impatient_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


def test_a_dead_caller_is_hung_up_and_the_agent_set_free(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(), agent=lambda agent: agent.released()
    )
    call = house.the_call()
    caller.voice.close()
    agent.done()
    phones.done()
    finished = house.finished(call["id"])
    assert finished["outcome"] == "caller left"
    quality = until(lambda: house.finished(call["id"])["quality"], "figures of the legs that closed")
    assert {leg["light"] for leg in quality.values()} <= {"green", "yellow", "red"}
    assert all(1.0 <= leg["mos"] <= 4.5 and leg["loss"] == 0 for leg in quality.values())
    assert house.metric('bridge_rtp_mos_count{direction="in"}') >= 2


def test_the_caller_of_a_dead_agent_is_taken_back(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    agent.voice.close()
    agent.done()
    house.the_call(lambda call: call["phase"] == "recalling")
    caller.voice.hears_sound()
    caller.cue()
    phones.done()
