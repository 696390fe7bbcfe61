"""The one key, however it is pressed: by digits, over HTTP, by REFER; and what is no key."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.wire.house import House
from tests.wire.phones import Part, Phones, speak
from tests.wire.script import Script
from tests.wire.sipp import Sipp, until

CODE = "*110"


def dials(script: Script, digits: str) -> Script:
    """On cue, these digits by INFO."""
    script.cue()
    for digit in digits:
        script.info(digit)
    return script


def at_the_desk(house: House, caller: Sipp, desk: Sipp, via: str) -> dict[str, Any]:
    """The caller talks to the desk after exactly one transfer made in this way."""
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    call = house.the_call(
        lambda call: call["transfers"][-1:] and call["transfers"][-1]["state"] == "connected"
    )
    assert [transfer["via"] for transfer in call["transfers"]] == [via]
    assert len([m for m in desk.messages("received") if m.startswith("INVITE")]) == 1
    return call


def test_the_feature_code_by_info(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: dials(agent, CODE).released()
    )
    agent.cue()
    agent.done()
    at_the_desk(house, caller, desk, "dtmf")
    caller.cue()
    phones.done()


def test_the_feature_code_in_the_voice_stream(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    agent.voice.dial(CODE)
    agent.done()
    at_the_desk(house, caller, desk, "dtmf")
    caller.cue()
    phones.done()


def press(house: House, call: str, to: str = "110", key: str | None = None) -> httpx.Response:
    """The key over HTTP."""
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return house.api.post(f"/api/v1/calls/{call}/transfers", json={"to": to}, headers=headers)


def test_the_key_over_http_however_often_it_is_sent(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    call, key = house.the_call()["id"], str(uuid.uuid4())
    first = press(house, call, key=key)
    assert first.status_code == 202
    repeated, second = press(house, call, key=key), press(house, call)
    assert (repeated.status_code, repeated.json()) == (202, first.json())  # the same message twice
    assert (second.status_code, second.json()["transfer"]["id"]) == (200, first.json()["transfer"]["id"])
    desk.got("^INVITE")
    desk.cue()
    agent.done()
    at_the_desk(house, caller, desk, "api")
    caller.cue()
    phones.done()


def test_a_refused_key_over_http_changes_nothing(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    call = house.the_call()["id"]
    assert press(house, call, to="404").status_code == 404
    assert press(house, "0" * 16).status_code == 404
    assert house.the_call()["transfers"] == []
    caller.voice.hears(agent.voice)
    caller.cue()
    phones.done()


def test_a_second_press_changes_nothing(house: House, phones: Phones) -> None:
    """Whichever way the second comes: REFER is told 491, digits and HTTP find the transfer in flight."""
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: (
            dials(agent.presses("110").notified().cue().refer("110").recv(491), CODE).notified().released()
        ),
    )
    agent.cue()
    agent.got(r"^SIP/2.0 180")
    agent.cue()
    agent.got("^SIP/2.0 491")
    agent.cue()
    agent.got(r"^CSeq: \d+ INFO", len(CODE))
    assert press(house, house.the_call()["id"]).status_code == 200
    desk.cue()
    agent.done()
    at_the_desk(house, caller, desk, "refer")
    caller.cue()
    phones.done()


def test_the_callers_own_digits_never_transfer(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: dials(caller, CODE).cue().bye(), agent=lambda agent: agent.released()
    )
    before = house.metric('bridge_media_events_total{kind="Dtmf"}')
    caller.voice.dial(CODE)
    until(lambda: house.metric('bridge_media_events_total{kind="Dtmf"}') == before + len(CODE), "digits")
    caller.cue()
    caller.got(r"^CSeq: \d+ INFO", len(CODE))
    assert house.the_call()["transfers"] == []
    caller.voice.hears(agent.voice)
    caller.cue()
    phones.done()


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("<sip:99999@hotline.example>", 404),
        ("<sip:110@hotline.example?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>", 481),
        ("<mailto:110@hotline.example>", 404),
        ("<sip:@@>", 400),
        ("", 400),
    ],
)
def test_a_refer_that_leads_nowhere_is_refused_and_the_call_goes_on(
    house: House, phones: Phones, uri: str, status: int
) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.cue().refer("", uri=uri or " ").recv(status).released(),
    )
    agent.cue()
    agent.got(f"^SIP/2.0 {status}")
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    assert house.the_call()["transfers"] == []
    caller.cue()
    phones.done()


def test_a_caller_cannot_press_the_key(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().refer("110").recv(603).cue().bye(),
        agent=lambda agent: agent.released(),
    )
    caller.cue()
    caller.got("^SIP/2.0 603")
    assert house.the_call()["transfers"] == []
    caller.voice.hears(agent.voice)
    caller.cue()
    phones.done()


@pytest.mark.parametrize(
    "hold_first",
    [
        lambda agent: agent.cue().reinvite("sendonly").refer("110").recv(202).notified(),
        lambda agent: agent.cue().hold_and_refer("110"),
    ],
    ids=["hold confirmed, then REFER", "REFER before the hold is confirmed"],
)
def test_held_before_the_key_as_many_telephones_do_the_caller_comes_through(
    house: House, phones: Phones, hold_first: Part
) -> None:
    ringing_late = phones.desk().recv_invite().cue().answer(180, "Ringing")
    desk = phones.answering("desk", ringing_late.picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: hold_first(agent).notified().notified().released(),
    )
    agent.cue()
    agent.sent("^ACK")  # sipp takes no message between two that it sends
    desk.got("^INVITE")
    desk.cue()
    agent.done()
    at_the_desk(house, caller, desk, "refer")
    caller.cue()
    phones.done()
