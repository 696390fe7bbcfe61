"""SIPREC: an exchange lets us hear its calls; when its agent presses the key, the ticket knows the story."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from bridge.media import g711
from bridge.media.wav import read_samples
from bridge.tickets.evidence import verify
from tests.conftest import Need
from tests.wire.house import CARRIER, PBX, House
from tests.wire.phones import Phones, phones_of
from tests.wire.script import CALLER, Script
from tests.wire.sipp import Sipp, until
from tests.wire.voice import Voice

SPEECH = Path(__file__).parents[1] / "data" / "speech"
KIND = "Content-Type: multipart/mixed;boundary=oss-1"
SRC = ("Require: siprec", KIND)


def metadata(caller: str = CALLER, agent: str = "8001", mode: str = "complete") -> str:
    """Who speaks: the caller on stream 1, the agent on stream 2."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1"><datamode>{mode}</datamode>
<participant participant_id="a"><nameID aor="sip:{caller}@carrier.example"/></participant>
<participant participant_id="b"><nameID aor="sip:{agent}@pbx.example"/></participant>
<stream stream_id="sa" session_id="s"><label>1</label></stream>
<stream stream_id="sb" session_id="s"><label>2</label></stream>
<participantstreamassoc participant_id="a"><send>sa</send></participantstreamassoc>
<participantstreamassoc participant_id="b"><send>sb</send></participantstreamassoc>
</recording>"""


def forked(voices: list[Voice], told: str) -> str:
    """The body of a recording session: two streams, and who speaks on them."""
    lines = ["v=0", f"o=SRC 1 1 IN IP4 {voices[0].host}", "s=-", f"c=IN IP4 {voices[0].host}", "t=0 0"]
    for label, voice in enumerate(voices, 1):
        lines += [f"m=audio {voice.port} RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=sendonly", f"a=label:{label}"]
    parts = [("application/sdp", "\n".join(lines) + "\n"), ("application/rs-metadata+xml", told)]
    body = "".join(f"--oss-1\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    return body + "--oss-1--\n"


def ports(message: str) -> list[int]:
    """Where an answer wants each stream."""
    return [int(line.split()[1]) for line in message.splitlines() if line.startswith("m=audio")]


def test_a_session_is_shown_as_a_call_and_answered_stream_by_stream(house: House, phones: Phones) -> None:
    voices = [phones.voice(PBX), phones.voice(PBX)]
    src = phones.caller(PBX).invite(*SRC, sdp=forked(voices, metadata("anonymous"))).goes_through()
    session = phones.calling(src.cue().bye(), "srs")
    answer = session.got("^SIP/2.0 200")
    assert ";+sip.srs" in answer
    assert answer.count("a=recvonly") == 2
    assert [line for line in answer.splitlines() if line.startswith("a=label")] == ["a=label:1", "a=label:2"]
    call = house.the_call()
    assert [(party["role"], party["speaker"], party["number"]) for party in call["parties"]] == [
        ("caller", "caller", "anonymous"),
        ("attendant", "12345", "8001"),
    ]
    assert call["route"] == "SIPREC"
    session.cue()
    phones.done()
    assert house.finished(call["id"])["outcome"] == "caller left"


def test_a_trunk_that_may_not_is_refused(house: House, phones: Phones) -> None:
    voices = [phones.voice(CARRIER), phones.voice(CARRIER)]
    phones.calling(phones.caller().invite(*SRC, sdp=forked(voices, metadata())).is_refused(415), "srs")
    phones.done()


@pytest.mark.parametrize(
    "body",
    [
        "--oss-1\n\nnothing\n--oss-1--\n",
        "no parts",
        "--oss-1\nContent-Type: application/sdp\n\nv=0\n\n--oss-1--",
    ],
)
def test_what_cannot_be_read_is_refused(house: House, phones: Phones, body: str) -> None:
    phones.calling(phones.caller(PBX).invite(*SRC, sdp=body).is_refused(400), "srs")
    phones.done()


# --- the story from before the press ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listening_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A bridge that hears words and records everything."""
    house = House(tmp_path_factory.mktemp("listening"), asr=True)
    config = house.folder / "bridge.yaml"
    config.write_text(config.read_text().replace("recording: {", "recording: {policy: always, "))
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def listening_phones(listening_house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(listening_house, need, tmp_path)


def say(voice: Voice, to: tuple[str, int], name: str) -> threading.Thread:
    """Speak a recorded sentence in real time, in A-law."""
    octets = g711.encode("PCMA", read_samples((SPEECH / f"{name}.wav").read_bytes()))

    def speak() -> None:
        due = time.monotonic()
        for number in range(len(octets) // 160):
            head = (
                bytes([0x80, 8]) + number.to_bytes(2, "big") + (number * 160).to_bytes(4, "big") + b"\0\0\0\7"
            )
            voice.socket.sendto(head + octets[number * 160 : number * 160 + 160], to)
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    return thread


def alike(said: str, name: str) -> bool:
    """Whether the recogniser heard this sentence."""
    text = (SPEECH / f"{name}.txt").read_text().strip()
    return SequenceMatcher(None, "".join(said.split()), text, autojunk=False).ratio() > 0.8


def test_the_ticket_has_what_was_said_before_the_press(
    listening_house: House, listening_phones: Phones
) -> None:
    house, phones = listening_house, listening_phones
    voices = [phones.voice(PBX), phones.voice(PBX)]
    script: Script = (
        phones.caller(PBX).invite(*SRC, sdp=forked(voices, metadata())).goes_through().cue().bye()
    )
    session: Sipp = phones.calling(script, "srs")
    answer = session.got("^SIP/2.0 200")
    speaking = [
        say(voice, (answer.split("c=IN IP4 ")[1].split()[0], port), name)
        for voice, port, name in zip(voices, ports(answer), ("a_caller_2", "a_agent_1"), strict=True)
    ]
    for thread in speaking:
        thread.join()
    call = house.the_call()["id"]
    until(
        lambda: [u for u in house.api.get(f"/api/v1/calls/{call}").json()["transcript"] if u["final"]],
        "words of the session",
        60,
    )
    # The agent presses the key at the exchange: it hands the caller over to us.
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    moved = phones.caller(PBX).invite("Referred-By: <sip:8001@pbx.example>").goes_through().cue().bye()
    pbx = phones.calling(moved, "110")
    desk.got("^INVITE")
    beside = until(
        lambda: next((each for each in house.calls() if each["transfers"]), None), "the call handed over"
    )
    incident = beside["transfers"][0]["incident"]
    ticket = house.ticket(
        incident,
        lambda ticket: any(
            u["speaker"] == "caller" and alike(u["text"], "a_caller_2")
            for u in ticket["transcript"]["utterances"]
        ),
    )
    assert ticket["caller"]["number"] == CALLER
    session.cue()
    pbx.got("^SIP/2.0 200")
    pbx.cue()
    phones.done()
    recorded = until(
        lambda: house.api.get("/api/v1/recordings", params={"call": call}).json()["recordings"],
        "its recording",
    )
    assert [(leg["channel"], leg["speaker"]) for leg in recorded[0]["legs"]] == [(0, "caller"), (1, "12345")]
    assert recorded[0]["seconds"] > 4
    stored = until(lambda: kept(house, call), "its transcript, whole and with the recording's hash")
    assert any(u["speaker"] == "caller" and alike(u["text"], "a_caller_2") for u in stored["utterances"])
    assert stored["recordings"][0]["sha256"] == recorded[0]["sha256"]
    assert verify(stored["chain"]["entries"], stored["chain"]["head"]).holds
    assert stored["recognisers"][0]["model_sha256"]


def kept(house: House, call: str) -> dict[str, Any] | None:
    """A finished call's stored transcript, once its recording is in it."""
    found: dict[str, Any] = house.api.get(f"/api/v1/calls/{call}/transcript").json()
    return found if found.get("state") == "final" and found["recordings"] else None
