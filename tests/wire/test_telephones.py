"""Agents with real telephones: baresip and pyVoIP register, answer and press the key their way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.peers.baresip import Baresip
from tests.peers.json_lines import JsonPhone
from tests.peers.ports import free_tcp, free_udp
from tests.wire.house import BRIDGE, PHONES, House
from tests.wire.phones import Phones, speak


@pytest.fixture
def baresip(house: House, need: Need, tmp_path: Path) -> Iterator[Baresip]:
    """Agent 8003's telephone, registered."""
    program = need("baresip", debian="baresip-core")
    at, registrar = (PHONES, free_udp(PHONES)), f"{BRIDGE}:{house.sip}"
    phone = Baresip(program, tmp_path, at, free_tcp(), registrar, "8003", house.password)
    try:
        phone.register()
        yield phone
    finally:
        phone.stop()


def test_baresip_answers_and_transfers_by_its_own_command(
    house: House, phones: Phones, baresip: Baresip
) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "12303")
    baresip.wait("CALL_INCOMING")
    baresip.order("accept")
    baresip.wait("CALL_ESTABLISHED")
    speak(caller)
    caller.voice.hears_sound()
    baresip.order("transfer", f"sip:110@{BRIDGE}")
    desk.got("^INVITE sip:110@")
    incident = house.the_call(lambda call: call["transfers"])["transfers"][0]["incident"]
    assert house.ticket(incident, lambda ticket: True)["caller"]["agent"] == "8003"
    desk.cue()
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    baresip.wait("CALL_CLOSED")
    caller.cue()
    phones.done()


def test_baresip_asks_the_desk_and_sends_it_to_its_caller(
    house: House, phones: Phones, baresip: Baresip
) -> None:
    """Its own command knows no second call, so the dialog it names is read from its trace; the REFER is its
    own, and goes on the call to the desk."""
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "12303")
    baresip.wait("CALL_INCOMING")
    baresip.order("accept")
    baresip.wait("CALL_ESTABLISHED")
    speak(caller)
    first = baresip.log()
    baresip.order("hold")
    baresip.order("dial", f"sip:110@{BRIDGE}:{house.sip}")
    baresip.wait("CALL_ESTABLISHED")
    speak(desk)
    answer = re.findall(r"SIP/2\.0 200 (?:OK|Answering)\r?\n(?:.+\r?\n)*?CSeq: \d+ INVITE", first)[-1]
    tags = [re.search(rf"^{name}:.*;tag=([^\s;]+)", answer, re.M) for name in ("From", "To")]
    call_id = re.search(r"^Call-ID: (\S+)", answer, re.M)
    assert call_id
    assert all(tags)
    named = f"{call_id[1]}%3Bto-tag%3D{tags[0][1]}%3Bfrom-tag%3D{tags[1][1]}"  # type: ignore[index]
    baresip.order("transfer", f"sip:12303@{BRIDGE}?Replaces={named}")
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    (transfer,) = house.the_call()["transfers"]
    assert (transfer["via"], transfer["state"], transfer["platform"]) == ("refer", "connected", "110")
    caller.cue()
    phones.done()


def test_all_phones_of_an_extension_ring_and_the_first_to_answer_has_the_call(
    house: House, phones: Phones, need: Need, baresip: Baresip
) -> None:
    """baresip rings; the second phone of 8003, a pyVoIP, answers."""
    need("pyVoIP", pypi="pyVoIP")
    server = f"{BRIDGE}:{house.sip}"
    where = ["--bind", PHONES, "--port", str(free_udp(PHONES)), "--rtp", str(free_udp(PHONES) & ~1)]
    second = JsonPhone(*where, "--server", server, "--user", "8003", "--password", house.password)
    try:
        second.wait("ready")
        caller = phones.calling(phones.caller().connects().cue().bye(), "12303")
        second.wait("answered")
        closed = baresip.wait("CALL_CLOSED")
        assert closed["direction"] == "incoming", closed
        assert 'Reason: SIP;cause=200;text="Call completed elsewhere"' in baresip.log()
        assert house.the_call()["phase"] == "talking"
        caller.cue()
        second.wait("ended")
    finally:
        second.stop()
    phones.done()


def test_baresip_reports_how_it_hears_us(house: House, phones: Phones, baresip: Baresip) -> None:
    """Its RTCP is understood: after its first report the call's figures tell what reaches it."""
    caller = phones.calling(phones.caller().connects().cue().bye(), "12303")
    baresip.wait("CALL_INCOMING")
    baresip.order("accept")
    baresip.wait("CALL_ESTABLISHED")
    speak(caller)
    leg = next(party["leg"] for party in house.the_call()["parties"] if party["role"] == "attendant")
    said = house.the_call(lambda call: call["quality"].get(leg, {}).get("jitter_far_ms") is not None)
    figures = said["quality"][leg]
    assert figures["loss_far"] <= 0.05
    assert 1.0 <= figures["mos_far"] <= 4.5
    caller.cue()
    phones.done()


@pytest.fixture
def pyvoip(house: House, need: Need) -> Iterator[JsonPhone]:
    """Agent 8005's telephone, registered."""
    need("pyVoIP", pypi="pyVoIP")
    server = f"{BRIDGE}:{house.sip}"
    where = ["--bind", PHONES, "--port", str(free_udp(PHONES)), "--rtp", str(free_udp(PHONES) & ~1)]
    phone = JsonPhone(*where, "--server", server, "--user", "8005", "--password", house.password)
    try:
        phone.wait("ready")
        house.until_status(lambda now: "8005" in now["phones"])
        yield phone
    finally:
        phone.stop()


def test_pyvoip_presses_the_feature_code_in_its_voice(
    house: House, phones: Phones, pyvoip: JsonPhone
) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "12305")
    pyvoip.wait("answered")
    speak(caller)
    pyvoip.order("dtmf", digits="*110")
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    (transfer,) = house.the_call()["transfers"]
    assert (transfer["via"], transfer["state"]) == ("dtmf", "connected")
    pyvoip.wait("ended")
    caller.cue()
    phones.done()
