"""The configuration taken over while people talk: voice goes on, the next press goes by the new routes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Need
from tests.wire.continuity import Continuity
from tests.wire.house import House
from tests.wire.phones import Phones, phones_of
from tests.wire.script import Script
from tests.wire.sipp import until

LONGEST_GAP = 0.2
"""Seconds without a packet that a caller may meet on this machine at any time; a call set up anew takes
longer."""


@pytest.fixture(scope="module")
def reloaded_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("reloaded"))
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def house(reloaded_house: House) -> Iterator[House]:
    path = reloaded_house.folder / "bridge.yaml"
    text = path.read_text()
    yield reloaded_house
    path.write_text(text)
    assert reload(reloaded_house)["done"]


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


def edit(house: House, old: str, new: str) -> None:
    path = house.folder / "bridge.yaml"
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))


def reload(house: House, status: int = 200) -> dict[str, Any]:
    answer = house.api.post("/api/v1/admin/reload")
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def keys(changes: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(change["key"], change["kind"]) for change in changes}


NEW_ROUTE = """\
  - {name: 新加的, number: "1199", from: [agents, pbx], platform: "110", to: [{trunk: fire}], key: true}
"""
OLD_KEY = """\
  - {name: 不通, number: "1102", from: [agents, pbx], platform: "110", to: [{trunk: dead}], key: true}
"""


def press(house: House, number: str, tag: str) -> Any:
    call = house.the_call()["id"]
    return house.api.post(
        f"/api/v1/calls/{call}/transfers", json={"to": number}, headers={"Idempotency-Key": tag}
    )


def test_the_same_file_again_changes_nothing(house: House) -> None:
    found = reload(house)
    assert (found["applied"], found["waiting"]) == ([], [])


def test_a_wrong_file_changes_nothing_and_says_where(house: House) -> None:
    edit(house, "log: {level: warning}", "log: {level: loud}")
    found = reload(house, status=409)
    assert found["id"] == "config-refused"
    assert any("bridge.yaml:" in fault["what"] and "level" in fault["what"] for fault in found["errors"])
    assert house.api.get("/healthz").status_code == 200
    config = house.api.get("/api/v1/admin/config").json()
    assert config["diff"] is None
    assert config["last"]["done"] is False


def _text(house: House) -> str:
    return (house.folder / "bridge.yaml").read_text()


def test_while_a_call_is_up_and_a_transfer_rings_voice_goes_on_and_the_next_press_goes_the_new_way(
    house: House, phones: Phones
) -> None:
    first_desk = phones.answering("desk", phones.desk().rings().is_cancelled())
    second_desk = phones.answering(
        "second", phones.script(house.pbx_two, "1199").rings().picks_up().cue().bye()
    )
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(), agent=lambda agent: agent.released()
    )
    assert press(house, "110", "one").status_code < 300
    first_desk.got("^INVITE")
    house.the_call(lambda call: call["transfers"][-1]["state"] == "ringing")
    host, port = house.pbx_two
    edit(house, "agents:\n", f'  fire: {{target: "{host}:{port}"}}\nagents:\n')
    edit(house, OLD_KEY, NEW_ROUTE)
    with Continuity(caller.voice) as heard:
        found = reload(house)
        heard.hears(agent.voice)
    assert heard.longest < LONGEST_GAP
    assert keys(found["applied"]) == {
        ("trunks.fire", "added"), ("routes.不通", "removed"), ("routes.新加的", "added"),
    }  # fmt: skip
    assert found["waiting"] == []
    assert house.the_call()["transfers"][-1]["state"] == "ringing"  # goes on by the plan it has
    call = house.the_call()["id"]
    house.api.delete(f"/api/v1/calls/{call}/transfers/current")
    house.the_call(lambda call: call["transfers"][-1]["state"] == "cancelled")
    refused = press(house, "1102", "gone")
    assert (refused.status_code, refused.json()["id"]) == (404, "unknown-number")
    assert press(house, "1199", "two").status_code < 300
    house.the_call(lambda call: call["transfers"][-1]["state"] == "connected")
    second_desk.got("^INVITE sip:1199@")
    second_desk.cue()
    phones.done()


def test_a_trunk_that_is_gone_is_drained_and_lets_nobody_in(house: House, phones: Phones) -> None:
    """Its call goes on, the next one from there is refused."""
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    (house.folder / "bridge.yaml").write_text(_without_carrier(_text(house)))
    assert ("trunks.carrier", "removed") in keys(reload(house)["applied"])
    trunks = {each["name"]: each for each in house.api.get("/api/v1/admin/trunks").json()["trunks"]}
    assert (trunks["carrier"]["state"], trunks["carrier"]["calls"]) == ("drained", 1)
    caller.voice.hears(agent.voice)
    stranger = phones.calling(
        Script(phones.voice(caller.voice.host), called=False).invite().optional_100().recv(403).ack_refusal()
    )
    stranger.done()
    caller.cue()
    phones.done()


def _without_carrier(text: str) -> str:
    """Nobody comes from there any more; routes of it are another trunk's."""
    lines = [line for line in text.splitlines() if not line.startswith("  carrier:")]
    return "\n".join(lines).replace("from: [carrier]", "from: [police]") + "\n"


def test_a_signal_does_the_same(house: House) -> None:
    edit(house, "log: {level: warning}", "log: {level: warning}\nsilence_seconds: 21")
    assert house.bridge is not None
    before = house.api.get("/api/v1/admin/config").json()["loaded_at"]
    os.kill(house.bridge.process.pid, signal.SIGHUP)
    until(
        lambda: house.api.get("/api/v1/admin/config").json()["loaded_at"] != before,
        "the file is read again",
    )
    config = house.api.get("/api/v1/admin/config").json()
    assert "silence_seconds: 21" in config["lines"]
    assert config["diff"] == []


def test_what_needs_a_restart_waits_and_is_shown(house: House) -> None:
    edit(house, "log: {level: warning}", "log: {level: error}\nsilence_seconds: 22")
    found = reload(house)
    assert keys(found["applied"]) == {("silence_seconds", "changed")}
    assert keys(found["waiting"]) == {("log.level", "changed")}
    config = house.api.get("/api/v1/admin/config").json()
    assert "+  level: error" in config["diff"]
    assert keys(config["waiting"]) == {("log.level", "changed")}
