"""A caller who must not be heard to call: nothing on the line but people, and keys that say yes and no."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.media.g711 import decode
from tests.conftest import Need
from tests.wire.house import House
from tests.wire.phones import Phones, phones_of, speak
from tests.wire.sipp import until
from tests.wire.voice import PATIENCE, Voice

FAINT = 400
"""A sample of comfort noise at -50 dBm0 is never as loud; ring-back, music and prompts are for seconds."""
MORE = """\
  - name: 静默
    number: "12398"
    from: [carrier]
    platform: "12345"
    to: [{agent: "8001"}]
    silent_danger: always
  - name: 自动
    number: "12399"
    from: [carrier]
    platform: "12345"
    to: [{agent: "8001"}]
    silent_danger: auto
    emergency: true
silence_seconds: 3
"""


@pytest.fixture(scope="module")
def silent_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("silence"), more=MORE)
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def house(silent_house: House) -> House:
    return silent_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


def loudest(voice: Voice, packets: int) -> int:
    """The loudest sample of so many packets that are no other voice's (one octet all through)."""
    end, seen, loud = time.monotonic() + PATIENCE, 0, 0
    while seen < packets:
        assert select.select([voice.socket], [], [], end - time.monotonic())[0], "the line is dead"
        body = voice.socket.recv(2048)[12:]
        if len(set(body)) > 1:
            seen += 1
            loud = max(loud, int(np.abs(decode("PCMA", body).astype(np.int32)).max()))
    return loud


def answers(house: House, call: dict[str, Any]) -> list[tuple[str, str]]:
    """What stands in the transcript."""
    told = house.api.get(f"/api/v1/calls/{call['id']}").json()["transcript"]
    return [(item["speaker"], item["text"]) for item in told]


def test_yes_and_no_by_keys_and_nothing_but_people_on_the_line(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().refuses(486, "Busy Here"))
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().info("2").cue().bye(),
        agent=lambda agent: agent.cue().reinvite("sendonly").cue().reinvite("sendrecv").cue().bye(),
        number="12398",
    )  # fmt: skip
    call = house.the_call()
    assert call["quiet"]
    caller.voice.dial("1")
    until(lambda: answers(house, call) == [("caller", "（按键 1：是）")], "yes")
    caller.cue()
    until(lambda: answers(house, call)[1:] == [("caller", "（按键 2：不是）")], "no")
    agent.cue()  # hold: no music
    house.the_call(lambda call: any(party["holds"] for party in call["parties"]))
    caller.voice.heard()
    assert 0 < loudest(caller.voice, 50) < FAINT
    agent.cue()
    caller.voice.hears(agent.voice)
    agent.voice.dial("*110#")
    desk.got("^INVITE")
    agent.cue()  # gone: no ring-back
    agent.done()
    house.the_call(lambda call: call["phase"] == "alone")
    caller.voice.heard()
    assert 0 < loudest(caller.voice, 50) < FAINT
    back = phones.answering("agent-again", phones.agent().rings().picks_up().released())
    desk.cue()
    speak(back)
    caller.voice.hears(back.voice)
    transfer = house.the_call()["transfers"][0]
    caller.cue()
    phones.done()
    ticket = house.ticket(transfer["incident"], lambda ticket: ticket["state"] == "final")
    said = [item["text"] for item in ticket["transcript"]["utterances"]]
    assert said == ["（按键 1：是）", "（按键 2：不是）"]


def test_a_caller_who_says_nothing_is_shown_kept_and_called_back(house: House, phones: Phones) -> None:
    agent = phones.answering("agent", phones.agent().rings().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "12399")
    speak(agent)
    caller.voice.hears(agent.voice)
    call = house.the_call(lambda call: call["silent"])
    assert call["quiet"]
    caller.cue()
    phones.done()
    (kept,) = until(
        lambda: [
            each
            for each in house.api.get("/api/v1/abandoned").json()["abandoned"]
            if each["call"] == call["id"]
        ],
        "a record",
    )
    assert (kept["stage"], kept["route"]) == ("silent", "自动")
    tasks = house.api.get("/api/v1/callbacks").json()["callbacks"]
    assert [(task["number"], task["stage"]) for task in tasks] == [(kept["number"], "silent")]


def test_an_agent_makes_the_line_quiet_by_key_or_page(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    assert not house.the_call()["quiet"]
    agent.voice.dial("*95#")
    call = house.the_call(lambda call: call["quiet"])
    answer = house.api.post(f"/api/v1/calls/{call['id']}/quiet")
    assert (answer.status_code, answer.json()["quiet"]) == (200, True)
    caller.voice.dial("1")
    until(lambda: answers(house, call) == [("caller", "（按键 1：是）")], "yes, on any route")
    caller.cue()
    phones.done()
    assert house.api.post(f"/api/v1/calls/{call['id']}/quiet").status_code == 404
