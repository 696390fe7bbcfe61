"""The main job: a caller on a trunk, an agent behind the PBX, one REFER, the 110 desk."""

from __future__ import annotations

import json
import re
import subprocess
import sys

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
    assert "\nMax-Forwards: 69\n" in invite.replace("\r", "")  # one less than the caller's INVITE had
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
    the_ladder_tells(house, call["id"])


def the_ladder_tells(house: House, call_id: str) -> None:
    """`bridge ladder` after the call: every party a column, the transfer as it went over the wire."""
    url = f"http://127.0.0.1:{house.page}"
    text = run("ladder", call_id, "--url", url)
    heads = text.splitlines()[1]
    assert [word for word in re.split(r"\s{2,}", heads) if word] == [
        "诉求人 139****01", "bridge", "话务员 8001", "接收方 110",
    ]  # fmt: skip
    order = ("INVITE 12345", "INVITE 8001", "REFER", "202", "INVITE sip:110", "NOTIFY", "BYE")
    places = [text.find(f"-{word}") for word in order]
    assert all(place > 0 for place in places), text
    assert "[SIP/2.0 180 Ringing]" in text
    assert "[SIP/2.0 200 OK]" in text
    assert "Refer-To: <sip:110@" in text
    assert "[application/sdp " in text
    assert CALLER not in text
    found = json.loads(run("ladder", call_id, "--url", url, "--json", "--numbers"))
    assert found["columns"][0]["name"] == f"诉求人 {CALLER}"
    times = [row["at"] for row in found["rows"]]
    assert times == sorted(times)
    assert {row["from"] for row in found["rows"]} == {0, 1, 2, 3}


def run(*argv: str) -> str:
    """One command of ours, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *argv], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
