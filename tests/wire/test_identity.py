"""Who calls and how the call came, as the 110 desk is told it (RFC 3323, RFC 3325, RFC 3892, RFC 5806)."""

from __future__ import annotations

import re

from tests.wire.house import House
from tests.wire.phones import Phones

WITHHELD = ("Privacy: id", 'P-Asserted-Identity: "Wang" <sip:13800000000@carrier>')
DIVERTED = "Diversion: <sip:96110@carrier>;reason=unconditional;counter=1"


def test_the_desk_is_told_a_withheld_number_and_where_the_call_was(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    script = phones.agent().rings().picks_up().presses("110").notified().notified().released()
    agent = phones.answering("agent", script)
    caller = phones.calling(phones.caller().invite(*WITHHELD, DIVERTED).goes_through().cue().bye())
    agent.got("^ACK")
    agent.cue()
    invite = desk.got("^INVITE sip:110@")
    assert re.search(r'^From: "Anonymous" <sip:anonymous@anonymous.invalid>', invite, re.M)
    assert re.search(r'^P-Asserted-Identity: "Wang" <sip:13800000000@', invite, re.M)
    assert re.search(r"^Privacy: id", invite, re.M)
    assert re.search(r"^Referred-By: <sip:8001@", invite, re.M)
    ways = re.findall(r"^Diversion: <sip:(\d+)@[^>]*>;reason=([a-z-]+)", invite, re.M)
    assert ways == [("12345", "deflection"), ("96110", "unconditional")]
    assert re.search(r"^History-Info: <sip:96110@.*index=1, <sip:12345@.*index=1\.1, <sip:110@", invite, re.M)
    house.the_call(lambda call: call["transfers"] and call["transfers"][0]["state"] == "connected")
    caller.cue()
    phones.done()


def test_a_line_that_broke_takes_the_caller_back_and_a_person_who_hangs_up_does_not(
    house: House, phones: Phones
) -> None:
    broken = phones.agent().rings().picks_up().cue()
    broken.request("BYE", "Reason: Q.850;cause=38").recv(200)
    agent = phones.answering("agent", broken)
    caller = phones.calling(phones.caller().connects().cue().bye(), "12300")
    caller.got("^SIP/2.0 200")
    agent.cue()
    agent.done()
    house.the_call(lambda call: call["phase"] == "recalling")
    caller.cue()
    phones.done()


def test_the_page_shows_who_calls_and_where_the_call_was(house: House, phones: Phones) -> None:
    phones.answering("agent", phones.agent().rings().picks_up().released())
    caller = phones.calling(phones.caller().invite(*WITHHELD, DIVERTED).goes_through().cue().bye())
    caller.got("^SIP/2.0 200")
    call = house.the_call(lambda call: call["phase"] == "talking")
    assert (call["display"], call["private"]) == ("Wang", True)
    assert call["came"] == [{"number": "96110", "reason": "unconditional"}]
    caller.cue()
    phones.done()
