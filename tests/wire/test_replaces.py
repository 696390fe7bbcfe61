"""Attended transfers on the wire (RFC 3891, RFC 5589 §7): by REFER between two of our calls, by an INVITE
that takes a leg's place, into a dialog at the exchange; and what is refused."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.wire.house import CARRIER, PBX, POLICE, House
from tests.wire.phones import Phones, speak
from tests.wire.script import Script
from tests.wire.sipp import Sipp


def dialog(phone: Sipp) -> str:
    """A telephone's dialog with the bridge, as the bridge sees it: the value of a Replaces."""
    said, heard = phone.messages("sent"), phone.messages("received")
    answer = next(m for m in (said if phone.script.called else heard) if re.match(r"SIP/2.0 (18|2)", m))
    call_id, to, from_ = (
        re.search(pattern, answer, re.M)
        for pattern in (r"^Call-ID: *(\S+)", r"^To:.*;tag=([^\s;]+)", r"^From:.*;tag=([^\s;]+)")
    )
    assert call_id
    assert to
    assert from_
    ours, theirs = (from_[1], to[1]) if phone.script.called else (to[1], from_[1])
    return f"{call_id[1]};to-tag={ours};from-tag={theirs}"


def asking(phones: Phones) -> tuple[Sipp, Sipp]:
    """Agent 8001, behind the exchange, asks the desk and is heard there: that leg, and the desk."""
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    script = Script(phones.voice(PBX), called=False, user="8001").connects().released()
    ask = phones.calling(script, "110")
    speak(ask)
    speak(desk)
    desk.voice.hears(ask.voice)
    return ask, desk


def refers(script: Script) -> Script:
    """On cue the REFER with what the test says in Refer-To: taken, told 100 and 200, and let go."""
    return script.told().refer("", uri="[$told]").recv(202).notified().notified().released()


def attended(phone: Sipp, uri: str) -> str:
    return f"<{uri}?Replaces={quote(dialog(phone), safe='')}>"


def test_the_agent_who_asked_the_desk_connects_the_caller_with_it(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(caller=lambda it: it.cue().bye(), agent=refers)
    ask, desk = asking(phones)
    assert len(house.calls()) == 2
    assert not any(call["transfers"] for call in house.calls()), "asking is no transfer"
    agent.cue(attended(ask, "sip:110@hotline.example"))
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    agent.done()
    ask.done()
    notices = [m for m in agent.messages("received") if m.startswith("NOTIFY")]
    assert [re.search(r"^SIP/2.0 (\d+)", m, re.M)[1] for m in notices] == ["100", "200"]
    call = house.the_call()
    (transfer,) = call["transfers"]
    assert (transfer["state"], transfer["platform"], transfer["via"]) == ("connected", "110", "refer")
    caller.cue()
    phones.done()
    ticket = house.ticket(transfer["incident"], lambda ticket: ticket["state"] == "final")
    assert (ticket["outcome"], ticket["caller"]["agent"]) == ("transferred", "8001")
    assert ticket["caller"]["number"] == caller.script.user


def test_the_exchange_brings_the_caller_in_for_the_agent_who_asked(house: House, phones: Phones) -> None:
    ask, desk = asking(phones)
    takes = f"Replaces: {dialog(ask)}"
    pbx = phones.calling(
        phones.caller(PBX).invite(takes, "Require: replaces").goes_through().cue().bye(), "110"
    )
    speak(pbx)
    pbx.voice.hears(desk.voice)
    desk.voice.hears(pbx.voice)
    ask.done()
    (transfer,) = house.the_call()["transfers"]
    assert (transfer["via"], transfer["state"]) == ("invite", "connected")
    pbx.cue()
    phones.done()
    ticket = house.ticket(transfer["incident"], lambda ticket: ticket["state"] == "final")
    assert (ticket["caller"]["number"], ticket["caller"]["agent"]) == (pbx.script.user, "8001")


def test_the_agents_leg_is_taken_over_by_another_phone_of_the_exchange(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(caller=lambda it: it.cue().bye(), agent=lambda it: it.released())
    script = Script(phones.voice(PBX), called=False, user="8009")
    new = phones.calling(script.invite(f"Replaces: {dialog(agent)}").goes_through().released(), "x")
    speak(new)
    caller.voice.hears(new.voice)
    new.voice.hears(caller.voice)
    agent.done()
    received = [m.split(" ")[0] for m in agent.messages("received")]
    assert received[-1] == "BYE"
    caller.cue()
    phones.done()


def test_a_ringing_call_is_picked_up_and_the_phone_that_rang_is_stopped(house: House, phones: Phones) -> None:
    agent = phones.answering("agent", phones.agent().rings().is_cancelled())
    caller = phones.calling(phones.caller().connects().cue().bye())
    caller.got("^SIP/2.0 180")
    script = Script(phones.voice(PBX), called=False, user="8009")
    picks = phones.calling(
        script.invite(f"Replaces: {dialog(agent)};early-only").goes_through().released(), "x"
    )
    speak(picks)
    speak(caller)
    caller.voice.hears(picks.voice)
    picks.voice.hears(caller.voice)
    agent.done()
    assert house.the_call()["phase"] == "talking"
    caller.cue()
    phones.done()


@pytest.mark.parametrize(
    ("host", "wrong", "status"),
    [(PBX, "", 486), (POLICE, "", 403), (CARRIER, "", 403), (PBX, "x", 481)],
)
def test_what_must_not_be_replaced_is_not(
    house: House, phones: Phones, host: str, wrong: str, status: int
) -> None:
    """Answered meanwhile; somebody else's; a wrong tag."""
    caller, agent = phones.talking(caller=lambda it: it.cue().bye(), agent=lambda it: it.released())
    early = ";early-only" if status == 486 else ""
    script = Script(phones.voice(host), called=False, user="666")
    script.invite(f"Replaces: {dialog(agent)}{wrong}{early}").is_refused(status)
    phones.calling(script, "x").done()
    caller.voice.hears(agent.voice)
    caller.cue()
    phones.done()


def test_a_dialog_at_the_exchange_gets_the_caller(house: House, phones: Phones) -> None:
    theirs = phones.answering("second", phones.script(house.pbx_two, "8009").rings().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda it: it.cue().bye(),
        agent=lambda it: (
            it.told().refer("", uri="[$told]").recv(202).notified().notified().notified().released()
        ),
    )
    there = f"sip:8009@{house.pbx_two[0]}:{house.pbx_two[1]}"
    agent.cue(f"<{there}?Replaces={quote('abc@pbx;to-tag=1;from-tag=2', safe='')}>")
    invite = theirs.got("^INVITE sip:8009@")
    assert re.search(r"^Replaces: abc@pbx;to-tag=1;from-tag=2", invite, re.M)
    assert re.search(r"^Require: replaces", invite, re.M)
    speak(theirs)
    caller.voice.hears(theirs.voice)
    agent.done()
    caller.cue()
    phones.done()


@pytest.mark.parametrize(
    ("uri", "status", "why"),
    [
        ("sip:110@premium-rate.example", 403, "foreign-domain"),
        ("sip:x@premium-rate.example?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2", 403, "foreign-domain"),
        ("sip:x@hotline.example?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2", 481, "replaces"),
    ],
)
def test_a_refer_to_a_stranger_is_refused_and_counted(
    house: House, phones: Phones, uri: str, status: int, why: str
) -> None:
    counter = f'bridge_sip_refused_total{{why="{why}"}}'
    before = house.metric(counter)
    caller, agent = phones.talking(
        caller=lambda it: it.cue().bye(),
        agent=lambda it: it.told().refer("", uri="[$told]").recv(status).released(),
    )
    agent.cue(f"<{uri}>")
    caller.voice.hears(agent.voice)
    caller.cue()
    phones.done()
    assert house.metric(counter) == before + 1
