"""The main job: a caller on a trunk, an agent behind the PBX, one REFER, the 110 desk."""

from __future__ import annotations

import re

from tests.wire.house import House
from tests.wire.phones import Phones, speak

CALLER = "13906350001"


def test_one_key_takes_the_caller_from_12345_to_110(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )

    agent.cue()
    invite = desk.got("^INVITE sip:110@")
    assert re.search(rf"^P-Asserted-Identity: <sip:{CALLER}@", invite, re.M)
    call = house.the_call(lambda call: call["transfers"] and call["transfers"][0]["state"] == "ringing")
    incident = call["transfers"][0]["incident"]
    url = f"http://127.0.0.1:{house.platform}/tickets/{incident}"
    assert f"Call-Info: <{url}>;purpose=info" in invite
    told = b"\x00incident=" + incident.encode()
    assert f"User-to-User: {told.hex()};encoding=hex" in invite
    ticket = house.ticket(incident, lambda ticket: True)  # before the desk answers
    assert house.versions(incident)[0]["state"] == "ringing", ticket
    agent.got(r"^NOTIFY[\s\S]*SIP/2.0 180")
    caller.voice.hears(agent.voice)  # they go on talking

    desk.cue()
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    notices = [message for message in agent.messages("received") if message.startswith("NOTIFY")]
    assert [re.search(r"^SIP/2.0 (\d+)", notice, re.M)[1] for notice in notices] == ["100", "180", "200"]
    assert "Subscription-State: terminated;reason=noresource" in notices[-1]
    agent.done()

    caller.cue()
    phones.done()
    final = house.ticket(incident, lambda ticket: ticket["state"] == "final")
    assert (final["from_platform"], final["to_platform"]) == ("12345", "110")
