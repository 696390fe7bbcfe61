"""Agents with real telephones: baresip, linphonec and pyVoIP register, answer and press the key their way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.peers.baresip import Baresip
from tests.wire.house import BRIDGE, PHONES, House, free_tcp
from tests.wire.phones import Phones, speak
from tests.wire.sipp import free_udp


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
