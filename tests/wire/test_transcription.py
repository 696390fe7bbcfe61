"""A whole call's words on the wire: one transcript through a transfer, on the clock of the recording, whole
although a recogniser dies in mid-sentence; and from the recording where no recogniser was to be had."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.media import g711
from bridge.media.wav import HEADER_SIZE, read_samples
from tests.conftest import Need
from tests.peers.ports import free_tcp
from tests.wire.house import House
from tests.wire.phones import Phones, phones_of, speak
from tests.wire.sipp import until
from tests.wire.voice import Voice

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "tests" / "data" / "speech"
NAMES = ROOT / "tests" / "data" / "names"
ALIKE = 0.8


class Recogniser:
    """`python -m asr serve` at a port of its own."""

    def __init__(self, port: int) -> None:
        argv = [sys.executable, "-m", "asr", "serve", "--port", str(port), "--threads", "1"]
        self.process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert "ready" in self.process.stdout.readline()

    def kill(self) -> None:
        """kill -9; harmless twice."""
        self.process.kill()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


class Farm:
    """Two ports for recognisers, and whoever listens there."""

    def __init__(self) -> None:
        self.ports = (free_tcp(), free_tcp())
        self.running: dict[int, Recogniser] = {}

    def start(self, *ports: int) -> None:
        """Those not running yet."""
        for port in set(ports) - self.running.keys():
            self.running[port] = Recogniser(port)

    def kill(self, port: int) -> None:
        self.running.pop(port).kill()

    def stop(self) -> None:
        for port in list(self.running):
            self.kill(port)


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    made = Farm()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def hearing_house(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A bridge that has two recognisers, none of its own, and records everything."""
    house = House(tmp_path_factory.mktemp("hearing"), asr=True)
    config = house.folder / "bridge.yaml"
    urls = ", ".join(f"ws://127.0.0.1:{port}" for port in farm.ports)
    text = config.read_text().replace("recording: {", "recording: {policy: always, ")
    config.write_text(text.replace("asr: {enabled: true}", f"asr: {{urls: [{urls}], sample_rate: 8000}}"))
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def house(hearing_house: House) -> House:
    return hearing_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


def say(voice: Voice, name: str, folder: Path = SPEECH) -> None:
    """A recorded sentence in the place of this voice, from now on."""
    voice.say(g711.encode("PCMA", read_samples((folder / f"{name}.wav").read_bytes())))


def alike(said: str, name: str) -> float:
    text = (SPEECH / f"{name}.txt").read_text().strip()
    return SequenceMatcher(None, "".join(said.split()), text, autojunk=False).ratio()


def by_speaker(ticket: dict[str, Any], speaker: str) -> str:
    said = [u["text"] for u in ticket["transcript"]["utterances"] if u["speaker"] == speaker]
    return "".join(said)


def press(house: House, call: str) -> str:
    """The key; the incident."""
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answer = house.api.post(f"/api/v1/calls/{call}/transfers", json={"to": "110"}, headers=headers)
    incident: str = answer.json()["transfer"]["incident"]
    return incident


def archived(house: House, call: str, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The call's stored transcript, once that is so."""

    def find() -> dict[str, Any] | None:
        answer = house.api.get(f"/api/v1/calls/{call}/transcript")
        return answer.json() if answer.status_code == 200 and true(answer.json()) else None

    found: dict[str, Any] = until(find, "the stored transcript")
    return found


def recording(house: House, call: str) -> dict[str, Any]:
    found: dict[str, Any] = until(
        lambda: next(
            iter(house.api.get("/api/v1/recordings", params={"call": call}).json()["recordings"]), None
        ),
        "the recording",
    )
    return found


def loudness(house: House, kept: dict[str, Any], side: int) -> Any:
    """A function: how much a side's samples move between two times of the transcript. A test voice that says
    nothing is one value for ever."""
    octets = house.api.get(f"/api/v1/recordings/{kept['id']}/audio").content[HEADER_SIZE:][side::2]
    samples = g711.decode("PCMA", octets).astype(np.float64)

    def between(start: float, end: float) -> float:
        first, last = (max(0, round((at - kept["offset_seconds"]) * 8000)) for at in (start, end))
        return float(np.std(samples[first:last])) if last > first else 0.0

    return between


def test_one_transcript_through_a_transfer_although_a_recogniser_is_killed_in_mid_sentence(
    farm: Farm, house: House, phones: Phones
) -> None:
    farm.start(*farm.ports)
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    call = house.the_call()["id"]

    def heard(speaker: str, *, final: bool) -> str:
        said = house.api.get(f"/api/v1/calls/{call}").json()["transcript"]
        return "".join(u["text"] for u in said if u["speaker"] == speaker and (u["final"] or not final))

    say(caller.voice, "a_caller_2")
    until(lambda: len(heard("caller", final=False)) > 6, "the beginning of the sentence", 30)
    dead = next(s["url"] for s in house.api.get("/api/v1/status").json()["recognisers"] if s["streams"])
    for server in house.api.get("/api/v1/status").json()["recognisers"]:
        assert server["streams"] == 1, "caller and agent, one with each"
    farm.kill(int(dead.rpartition(":")[2]))
    say(agent.voice, "a_agent_2")
    until(lambda: alike(heard("caller", final=True), "a_caller_2") > ALIKE, "all of it", 30)
    incident = press(house, call)
    speak(desk)
    agent.done()
    say(desk.voice, "a_desk_2")
    until(lambda: alike(heard("110", final=True), "a_desk_2") > ALIKE, "the desk", 30)
    caller.cue()
    phones.done()
    ticket = house.ticket(incident, lambda ticket: ticket["state"] == "final")
    assert ticket["transcript"]["state"] == "final", "nothing was missed"
    for speaker, name in (("caller", "a_caller_2"), ("12345", "a_agent_2"), ("110", "a_desk_2")):
        assert alike(by_speaker(ticket, speaker), name) > ALIKE, "whole, and nothing twice"
    said = ticket["transcript"]["utterances"]
    assert len({u["id"] for u in said}) == len(said)
    # The words stand where the recording has them.
    kept = recording(house, call)
    for speaker, side in (("caller", 0), ("12345", 1), ("110", 1)):
        between = loudness(house, kept, side)
        words = [word for u in said if u["speaker"] == speaker for word in u["words"]]
        assert all(between(start, end) > 100 for _, start, end, _ in words)
        assert between(words[0][1] - 0.6, words[0][1] - 0.2) < 100, "silence before the first"


def test_a_misheard_place_is_right_in_the_ticket(farm: Farm, house: House, phones: Phones) -> None:
    """清河路 is written 请和六; its voice alone, heard once more among names, is not."""
    farm.start(*farm.ports)
    phones.answering("desk", phones.desk().rings().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    call = house.the_call()["id"]

    def where() -> dict[str, Any]:
        found: dict[str, Any] = house.api.get(f"/api/v1/calls/{call}").json()["draft"]["elements"]["where"]
        return found

    say(caller.voice, "changed_2", NAMES)
    until(lambda: "清河路" in where()["value"], "the place", 30)
    assert where()["resolved"] == "阳谷县清河路26号"
    ticket = house.ticket(press(house, call), lambda ticket: bool(ticket["elements"]["where"]["value"]))
    assert ticket["elements"]["where"]["resolved"] == "阳谷县清河路26号"
    assert "请和六" in ticket["elements"]["where"]["said"]
    assert "请和六" in by_speaker(ticket, "caller"), "the transcript is what was heard"
    told = house.api.get("/metrics").text
    assert 'bridge_asr_names_total{outcome="changed"} 1.0' in told
    assert house.api.get("/api/v1/status").json()["names"] in ("dynamic", "unknown")
    agent.done()
    caller.cue()
    phones.done()


def test_what_no_recogniser_heard_comes_from_the_recording_after_the_call(
    farm: Farm, house: House, phones: Phones
) -> None:
    """All recognisers are dead while the call lasts; control dies before any is back."""
    farm.stop()
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    call = house.the_call()["id"]
    incident = press(house, call)
    speak(desk)
    agent.done()
    house.ticket(incident, lambda ticket: ticket["transcript"]["state"] == "pending")
    assert house.the_call()["transcript_state"] == "pending"
    for voice, name in ((caller.voice, "a_agent_2"), (desk.voice, "a_desk_2")):
        say(voice, name)
    for voice in (caller.voice, desk.voice):
        assert voice.said.wait(20)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    caller.cue()
    phones.done()
    ticket = house.ticket(incident, lambda ticket: ticket["state"] == "final")
    assert (ticket["transcript"]["state"], ticket["transcript"]["utterances"]) == ("pending", [])
    recording(house, call)
    assert archived(house, call, lambda stored: stored["state"] == "final")["utterances"] == []
    before = house.child("control")
    house.kill("control")
    farm.start(farm.ports[0])
    assert house.bridge is not None
    house.bridge.wait_line("control ready", 1 + house.deaths("control"))
    assert house.child("control") != before
    whole = house.ticket(incident, lambda ticket: ticket["transcript"]["state"] == "final", 100)
    assert alike(by_speaker(whole, "caller"), "a_agent_2") > ALIKE
    assert alike(by_speaker(whole, "110"), "a_desk_2") > ALIKE
    assert whole["version"] > ticket["version"]
    stored = archived(house, call, lambda stored: len(stored["utterances"]) >= 2)
    for speaker in ("caller", "110"):
        assert by_speaker({"transcript": stored}, speaker) == by_speaker(whole, speaker)
    assert (stored["pending"], stored["chain"]["holds"]) == (False, True)
