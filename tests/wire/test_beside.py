"""Beside the call centre: the PBX makes the transfer itself and sends us the caller as a new INVITE."""

from __future__ import annotations

import pytest

from tests.wire.house import PBX, House
from tests.wire.phones import Phones, speak
from tests.wire.script import Script

BY = "Referred-By: <sip:8001@pbx.example>"


def moved(phones: Phones) -> Script:
    """The PBX's leg with the caller on it."""
    return phones.caller(PBX).invite(BY)


def test_the_pbx_hears_200_only_when_the_desk_answers(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    pbx = phones.calling(moved(phones).goes_through().cue().bye(), "110")
    pbx.got("^SIP/2.0 180")
    call = house.the_call(lambda call: call["transfers"] != [])
    incident = call["transfers"][0]["incident"]
    ticket = house.ticket(incident, lambda ticket: True)
    assert (ticket["from_platform"], ticket["to_platform"], ticket["state"]) == ("12345", "110", "ringing")
    assert ticket["caller"]["number"] == phones.caller(PBX).user
    assert not [message for message in pbx.messages("received") if message.startswith("SIP/2.0 200")]
    desk.cue()
    speak(pbx)
    speak(desk)
    pbx.voice.hears(desk.voice)
    desk.voice.hears(pbx.voice)
    pbx.cue()
    phones.done()
    final = house.ticket(incident, lambda ticket: ticket["state"] == "final")
    assert final["outcome"] == "transferred"


@pytest.mark.parametrize("status", [486, 603])
def test_a_desk_that_says_no_is_left_to_the_pbx(house: House, phones: Phones, status: int) -> None:
    phones.answering("desk", phones.desk().recv_invite().refuses(status, "No"))
    phones.calling(moved(phones).is_refused(status), "110")
    phones.done()


def test_a_silent_desk_is_told_to_the_pbx_as_480(phones: Phones) -> None:
    phones.answering("desk", phones.desk().rings().is_cancelled())
    phones.calling(moved(phones).is_refused(480), "1101")
    phones.done()


def test_a_dead_desk_is_told_to_the_pbx_as_503(phones: Phones) -> None:
    phones.calling(moved(phones).is_refused(503), "1102")
    phones.done()


def test_a_pbx_that_takes_the_caller_back_stops_the_ringing(phones: Phones) -> None:
    phones.answering("desk", phones.desk().rings().is_cancelled())
    pbx = phones.calling(moved(phones).gives_up(), "110")
    pbx.got("^SIP/2.0 180")
    pbx.cue()
    phones.done()
