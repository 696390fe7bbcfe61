"""linphonec as an agent's telephone: it registers, answers, holds, asks the desk and joins the two calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.peers.linphone import Linphone
from tests.peers.ports import free_udp
from tests.wire.house import BRIDGE, PHONES, House
from tests.wire.phones import Phones, speak


@pytest.fixture
def linphone(house: House, need: Need, tmp_path: Path) -> Iterator[Linphone]:
    """Agent 8004's telephone, registered."""
    folder = tmp_path / "linphone"
    folder.mkdir()
    program = need("linphonec", debian="linphone-cli")
    at, registrar = (PHONES, free_udp(PHONES)), f"{BRIDGE}:{house.sip}"
    phone = Linphone(program, folder, at, free_udp(PHONES) & ~1, registrar, "8004", house.password)
    try:
        house.until_status(lambda now: "8004" in now["phones"])
        yield phone
        phone.order("unregister")  # it does not by itself, and others use the extension
        house.until_status(lambda now: "8004" not in now["phones"])
    finally:
        phone.stop()


def test_linphone_asks_the_desk_and_connects_the_caller_with_it(
    house: House, phones: Phones, linphone: Linphone
) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "12304")
    linphone.wait("moving from state LinphoneCallIdle to LinphoneCallIncomingReceived")
    linphone.order("answer")
    caller.got("^SIP/2.0 200")
    speak(caller)
    linphone.order("pause")
    linphone.wait("from state LinphoneCallPausing to LinphoneCallPaused")
    linphone.order(f"call sip:110@{BRIDGE}:{house.sip}")
    linphone.wait("moving from state LinphoneCallConnected to LinphoneCallStreamsRunning", times=2)
    speak(desk)
    caller.voice.hears_sound()  # held: music
    linphone.order("transfer 1 --to-call 2")
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    call = house.the_call()
    (transfer,) = call["transfers"]
    assert (transfer["via"], transfer["state"], transfer["platform"]) == ("refer", "connected", "110")
    ticket = house.ticket(transfer["incident"], lambda ticket: True)
    assert ticket["caller"]["agent"] == "8004"
    caller.cue()
    phones.done()
