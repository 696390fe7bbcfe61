"""The exchange moves the call itself: our REFER on the caller's leg, its NOTIFYs, both ends (RFC 3515)."""

from __future__ import annotations

import re

import pytest

from tests.wire.house import PBX, House
from tests.wire.phones import Phones, speak
from tests.wire.script import Script
from tests.wire.sipp import Sipp


def talking(phones: Phones, caller: Script, agent: Script) -> tuple[Sipp, Sipp]:
    """A caller who came by the exchange, and agent 8002 elsewhere."""
    behind = phones.answering("second", agent)
    front = phones.calling(caller, "12302")
    speak(front)
    speak(behind)
    front.voice.hears(behind.voice)
    return front, behind


def caller(phones: Phones) -> Script:
    return phones.caller(PBX).connects()


def agent(phones: Phones, key: str = "1189") -> Script:
    return phones.script(phones.house.pbx_two, "8002").rings().picks_up().presses(key)


def test_the_exchange_moves_the_caller_and_nothing_stays_with_us(house: House, phones: Phones) -> None:
    moving = caller(phones).recv("REFER").ok(202, "Accepted").cue().reports(180, "Ringing")
    moving.cue().reports(200, "OK").released()
    front, behind = talking(phones, moving, agent(phones).notified().notified().released())
    behind.cue()
    refer = front.got("^REFER ")
    assert re.search(rf"^Refer-To: <sip:110@{re.escape(PBX)}:\d+>", refer, re.M)
    assert re.search(r"^Referred-By: <sip:8002@", refer, re.M)
    call = house.the_call(lambda call: call["transfers"] != [])
    incident = call["transfers"][0]["incident"]
    front.cue()
    behind.got(r"^NOTIFY[\s\S]*SIP/2.0 180")
    front.voice.hears(behind.voice)  # they go on talking
    front.cue()
    phones.done()
    assert house.finished(call["id"])["outcome"] == "moved by the exchange"
    assert house.ticket(incident, lambda ticket: ticket["state"] == "final")["outcome"] == "transferred"


@pytest.mark.parametrize("taken", [True, False])
def test_what_the_exchange_cannot_leaves_caller_and_agent_together(
    house: House, phones: Phones, taken: bool
) -> None:
    moving = caller(phones).recv("REFER")
    moving = moving.ok(202, "Accepted").reports(486, "Busy Here") if taken else moving.ok(603, "Decline")
    front, behind = talking(phones, moving.cue().bye(), agent(phones).notified().released())
    behind.cue()
    behind.got(rf"^NOTIFY[\s\S]*SIP/2.0 {486 if taken else 603}")
    front.voice.hears(behind.voice)
    (transfer,) = house.the_call()["transfers"]
    assert (transfer["state"], transfer["reason"]) == ("failed", "busy" if taken else "refused")
    front.cue()
    phones.done()


def test_an_exchange_that_never_says_how_it_went_is_given_up(house: House, phones: Phones) -> None:
    moving = caller(phones).recv("REFER").ok(202, "Accepted").cue().reports(200, "OK", answer=481).bye()
    front, behind = talking(phones, moving, agent(phones, "1188").notified().released())
    behind.cue()
    behind.got(r"^NOTIFY[\s\S]*SIP/2.0 480")
    front.voice.hears(behind.voice)
    front.cue()
    phones.done()
