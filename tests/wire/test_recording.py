"""Recording, from the telephones' voices to the WAV a supervisor fetches."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from bridge.media.wav import HEADER_SIZE
from tests.wire.house import House
from tests.wire.phones import Phones, speak
from tests.wire.sipp import Sipp, until
from tests.wire.voice import Voice

SILENCE = 0xD5


def recordings(house: House, call: str, count: int = 1) -> list[dict[str, Any]]:
    """The finished recordings of a call, oldest first."""

    def find() -> list[dict[str, Any]]:
        answer = house.api.get("/api/v1/recordings", params={"call": call}).json()
        found: list[dict[str, Any]] = answer["recordings"]
        return found[::-1] if len(found) == count else []

    return until(find, f"{count} recordings of {call}")


def sides(house: House, recording: dict[str, Any]) -> tuple[bytes, bytes]:
    """Left and right."""
    answer = house.api.get(f"/api/v1/recordings/{recording['id']}/audio")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    stereo = answer.content[HEADER_SIZE:]
    return stereo[0::2], stereo[1::2]


def share(octets: bytes, *voices: Voice) -> float:
    """How much of it is these voices."""
    return sum(octets.count(voice.code) for voice in voices) / max(1, len(octets))


def packets(voice: Voice, count: int) -> None:
    """Wait until so many packets have come."""
    voice.heard()
    total = 0

    def more() -> bool:
        nonlocal total
        total += len(voice.heard())
        return total >= count

    until(more, f"{count} packets")


def conversation(house: House, phones: Phones, number: str) -> tuple[Sipp, Sipp, str]:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released(), number=number
    )
    return caller, agent, house.the_call()["id"]


def test_both_sides_are_kept_each_on_its_own(house: House, phones: Phones) -> None:
    before = house.metric('bridge_recordings_total{end="whole"}')
    caller, agent, call = conversation(house, phones, "12306")
    assert house.the_call()["recording"] == "on"
    packets(caller.voice, 40)
    caller.cue()
    phones.done()
    (kept,) = recordings(house, call)
    assert (kept["ended"], kept["missing_seconds"], kept["sealed"]) == ("whole", 0.0, False)
    assert [(leg["channel"], leg["speaker"]) for leg in kept["legs"]] == [(0, "caller"), (1, "12345")]
    assert kept["seconds"] > 0.3
    left, right = sides(house, kept)
    assert abs(len(left) - kept["seconds"] * 8000) < 8
    house.until_status(lambda status: status["recordings"] == 0)
    # All but silence before the first packet, or after the last of the other side, is the voice alone.
    assert set(left) <= {caller.voice.code, SILENCE}
    assert set(right) <= {agent.voice.code, SILENCE}
    assert share(left, caller.voice) > 0.5
    assert share(right, agent.voice) > 0.5
    (file,) = (house.folder / "recordings").glob(f"2*/*/*/{kept['id']}.wav")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == kept["sha256"]
    part = house.api.get(f"/api/v1/recordings/{kept['id']}/audio", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, file.read_bytes()[100:200])
    assert house.metric('bridge_recordings_total{end="whole"}') == before + 1


def test_a_pause_by_key_is_silence_in_the_file_and_the_clock_goes_on(house: House, phones: Phones) -> None:
    caller, agent, call = conversation(house, phones, "12306")
    packets(caller.voice, 20)
    agent.voice.dial("*88")
    house.the_call(lambda call: call["recording"] == "paused")
    packets(caller.voice, 40)
    assert (
        house.api.post(f"/api/v1/calls/{call}/recording", json={"do": "resume"}).json()["recording"] == "on"
    )
    packets(caller.voice, 20)
    caller.cue()
    phones.done()
    (kept,) = recordings(house, call)
    left, _ = sides(house, kept)
    pause = left.rstrip(bytes([SILENCE])).lstrip(bytes([SILENCE]))
    longest = max(len(gap) for gap in pause.split(bytes([caller.voice.code])))
    assert 0.3 < longest / 8000 < kept["seconds"]


def test_on_demand_each_start_is_a_file_of_its_own(house: House, phones: Phones) -> None:
    caller, _, call = conversation(house, phones, "12307")
    assert house.the_call()["recording"] == "off"
    for _ in range(2):
        for wish, state in (("start", "on"), ("stop", "off")):
            answer = house.api.post(f"/api/v1/calls/{call}/recording", json={"do": wish})
            assert answer.json() == {"call": call, "recording": state}
            packets(caller.voice, 20)
    caller.cue()
    phones.done()
    first, second = recordings(house, call, 2)
    assert first["started_at"] < second["started_at"]


def test_where_the_policy_is_never_nobody_can_start_it(house: House, phones: Phones) -> None:
    caller, _, call = conversation(house, phones, "12345")
    answer = house.api.post(f"/api/v1/calls/{call}/recording", json={"do": "start"})
    assert (answer.status_code, answer.json()["id"]) == (409, "wrong-moment")
    caller.cue()
    phones.done()
    assert house.api.get("/api/v1/recordings", params={"call": call}).json() == {"recordings": []}


def test_from_the_press_on_with_the_desk_on_the_right(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    call = house.the_call()
    assert call["recording"] == "off"
    key = {"Idempotency-Key": str(uuid.uuid4())}
    assert house.api.post(
        f"/api/v1/calls/{call['id']}/transfers", json={"to": "1190"}, headers=key
    ).is_success
    speak(desk)
    caller.voice.hears(desk.voice)
    agent.done()
    packets(caller.voice, 20)
    caller.cue()
    phones.done()
    (kept,) = recordings(house, call["id"])
    assert [leg["speaker"] for leg in kept["legs"]] == ["caller", "12345", "110"]
    left, right = sides(house, kept)
    assert share(left, caller.voice) > 0.5
    assert desk.voice.code in right


def test_a_recorder_that_dies_costs_a_second_of_recording_and_no_call(house: House, phones: Phones) -> None:
    caller, agent, call = conversation(house, phones, "12306")
    packets(caller.voice, 60)
    house.kill("recorder")
    house.until_status(lambda status: status["recording"] == "recorder-gone")
    caller.voice.hears(agent.voice)
    house.until_status(lambda status: status["recording"] == "up")
    packets(caller.voice, 60)
    caller.cue()
    phones.done()
    cut, whole = recordings(house, call, 2)
    assert (cut["ended"], whole["ended"]) == ("cut", "whole")
    for kept in (cut, whole):
        left, right = sides(house, kept)
        assert share(left, caller.voice) > 0.5
        assert share(right, agent.voice) > 0.5
