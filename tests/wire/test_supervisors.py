"""Supervisors on the wire: who hears whom is measured by the telephones' own ears."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.media import g711
from bridge.media.mixer import mix
from tests.conftest import Need
from tests.peers.baresip import Baresip
from tests.peers.ports import free_tcp, free_udp
from tests.wire.continuity import Continuity
from tests.wire.house import BRIDGE, PHONES, House
from tests.wire.phones import Part, Phones, speak
from tests.wire.sipp import Sipp, until
from tests.wire.test_recording import SILENCE, packets, recordings, sides
from tests.wire.voice import FRAME, Voice

ALLOWED = 0.4
"""Seconds without a packet on a machine that does other things too; what it is on a quiet one is the report's
(60 ms are promised)."""
OWN = "8002"
"""The supervisor's extension: a telephone behind the second exchange."""


def monitor(house: House, mode: str, extension: str = OWN, call: str = "") -> httpx.Response:
    path = f"/api/v1/calls/{call or house.the_call()['id']}/monitor"
    return house.api.post(path, json={"mode": mode, "extension": extension})


def comes_in(house: House, phones: Phones, mode: str, part: Part) -> tuple[Sipp, str]:
    """The supervisor's telephone, answered and speaking; and where their leg is."""
    script = phones.script(house.pbx_two, OWN).rings().picks_up()
    phone = phones.answering("second", part(script))
    answer = monitor(house, mode)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["mode"], told["extension"]) == (mode, OWN)
    speak(phone)
    house.the_call(lambda call: call["parties"][-1].get("state") == "talking")
    return phone, f"/api/v1/calls/{told['call']}/monitor/{told['leg']}"


def turns(house: House, leg: str, mode: str) -> None:
    answer = house.api.put(leg, json={"mode": mode})
    assert (answer.status_code, answer.json()["mode"]) == (200, mode)


def hears_only(ear: Voice, other: Voice) -> None:
    """From when it is heard on: for half a second nothing else comes."""
    ear.hears(other)
    for _ in range(25):
        ear.socket.settimeout(15)
        assert ear.socket.recv(2048)[12:] == bytes((other.code,)) * FRAME
    ear.socket.setblocking(True)


def test_listen_whisper_barge_and_back(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    with Continuity(caller.voice) as ear:
        watcher, leg = comes_in(house, phones, "listen", lambda watcher: watcher.released())
        watcher.voice.hears_both(caller.voice, agent.voice)
        ear.hears(agent.voice)
        hears_only(agent.voice, caller.voice)
        turns(house, leg, "whisper")
        agent.voice.hears_both(caller.voice, watcher.voice)
        ear.hears(agent.voice)
    print(f"caller's longest gap while a supervisor comes and whispers: {ear.longest * 1000:.1f} ms")
    assert ear.longest < ALLOWED
    hears_only(caller.voice, agent.voice)
    watcher.voice.hears_both(caller.voice, agent.voice)
    with Continuity(agent.voice) as ear:
        turns(house, leg, "barge")
        caller.voice.hears_both(agent.voice, watcher.voice)
    print(f"agent's longest gap while a supervisor barges in: {ear.longest * 1000:.1f} ms")
    assert ear.longest < ALLOWED
    agent.voice.hears_both(caller.voice, watcher.voice)
    watcher.voice.hears_both(caller.voice, agent.voice)
    turns(house, leg, "listen")
    hears_only(caller.voice, agent.voice)
    hears_only(agent.voice, caller.voice)
    assert house.metric('bridge_supervisors{mode="listen"}') == 1
    caller.cue()
    phones.done()
    assert house.metric('bridge_supervisors{mode="listen"}') == 0, "it ends with the call"


def test_a_listener_stays_through_hold_transfer_and_conference(house: House, phones: Phones) -> None:
    """The agent holds and takes back by the page, then makes it three, and leaves."""
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.cue().bye()
    )
    watcher, leg = comes_in(house, phones, "listen", lambda watcher: watcher.released())
    call = house.the_call()["id"]
    for _ in range(2):
        assert house.api.post(f"/api/v1/calls/{call}/hold").json() == {"call": call, "held": True}
    held = house.the_call()["parties"]
    assert [(each["role"], each["held"]) for each in held[:2]] == [("caller", False), ("attendant", True)]
    caller.voice.hears_only_sounds(agent.voice, watcher.voice)
    agent.voice.hears_only_sounds(caller.voice, watcher.voice)
    hears_only(watcher.voice, caller.voice)
    turns(house, leg, "whisper")  # an agent may ask while the caller hears music
    caller.voice.hears_only_sounds(agent.voice, watcher.voice)
    watcher.voice.hears_both(caller.voice, agent.voice)
    turns(house, leg, "listen")
    assert house.api.post(f"/api/v1/calls/{call}/resume").json() == {"call": call, "held": False}
    hears_only(caller.voice, agent.voice)
    agent.voice.hears(caller.voice)
    pressed = house.api.post(
        f"/api/v1/calls/{call}/transfers", json={"to": "1104"}, headers={"Idempotency-Key": call}
    )
    assert pressed.status_code == 202
    desk.got("^INVITE")
    desk.cue()
    speak(desk)
    caller.voice.hears_both(agent.voice, desk.voice)
    house.the_call(lambda call: call["transfers"][0]["state"] == "joined")
    agent.cue()
    caller.voice.hears(desk.voice)
    watcher.voice.hears_both(caller.voice, desk.voice)
    turns(house, leg, "whisper")
    hears_only(desk.voice, caller.voice)
    caller.cue()
    phones.done()


def test_an_agent_hangs_up_by_the_page_and_leaves_the_caller_to_who_barged_in(
    house: House, phones: Phones
) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(), agent=lambda agent: agent.released()
    )
    watcher, leg = comes_in(house, phones, "barge", lambda watcher: watcher.released())
    caller.voice.hears_both(agent.voice, watcher.voice)
    call = house.the_call()["id"]
    assert house.api.post(f"/api/v1/calls/{call}/hangup").status_code == 200
    agent.done()
    hears_only(caller.voice, watcher.voice)
    watcher.voice.hears(caller.voice)
    refused = house.api.put(leg, json={"mode": "listen"})
    assert (refused.status_code, refused.json()["id"]) == (409, "wrong-moment")
    assert house.api.delete(leg).status_code == 204
    phones.done()
    assert house.finished(call)["outcome"] == "supervisor left"


def test_keys_of_the_page_reach_the_caller(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    call = house.the_call()["id"]
    caller.voice.heard()
    for _ in range(2):  # the second is the first one's retry
        answer = house.api.post(
            f"/api/v1/calls/{call}/digits", json={"digits": "7#"}, headers={"Idempotency-Key": call}
        )
        assert answer.status_code == 200
    pressed: list[int] = []

    def both() -> bool:
        ends = [body[0] for body in caller.voice.heard() if len(body) == 4 and body[1] & 0x80]
        pressed.extend(key for key in ends if not pressed or pressed[-1] != key)
        return pressed == [7, 11]

    until(both, "keys 7 and #")
    caller.voice.hears(agent.voice)
    caller.cue()
    phones.done()


# --- what is kept -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["whisper", "barge"])
def test_only_who_barges_in_is_recorded(house: House, phones: Phones, mode: str) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released(), number="12306"
    )
    call = house.the_call()["id"]
    watcher, _ = comes_in(house, phones, mode, lambda watcher: watcher.released())
    agent.voice.hears_both(caller.voice, watcher.voice)
    packets(caller.voice, 40)
    caller.cue()
    phones.done()
    (kept,) = recordings(house, call)
    left, right = sides(house, kept)
    both = g711.encode("PCMA", mix([agent.voice.samples, watcher.voice.samples]))[0]
    assert watcher.voice.code not in left
    assert both not in left
    if mode == "barge":
        assert [leg["speaker"] for leg in kept["legs"]] == ["caller", "12345", "supervisor"]
        assert right.count(both) > 20 * FRAME
    else:
        assert [leg["speaker"] for leg in kept["legs"]] == ["caller", "12345"]
        assert set(right) <= {agent.voice.code, SILENCE}


# --- what does not work out ---------------------------------------------------------------------------------


def test_a_telephone_that_does_not_come_leaves_the_call_as_it_was(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    call = house.the_call()["id"]
    missed = house.metric('bridge_supervisions_missed_total{why="busy"}')
    busy = phones.answering(
        "second", phones.script(house.pbx_two, OWN).recv_invite().refuses(486, "Busy Here")
    )
    for extension, status, problem, detail in (
        (OWN, 409, "supervisor-unreachable", "正忙"),
        ("8010", 409, "supervisor-unreachable", "没有注册"),
        ("8001", 409, "already-supervised", "自己就在"),
        ("7777", 404, "no-such-agent", "7777"),
    ):
        answer = monitor(house, "barge", extension)
        assert (answer.status_code, answer.json()["id"]) == (status, problem), answer.text
        assert detail in answer.json()["detail"]
        hears_only(caller.voice, agent.voice)
    busy.done()
    assert house.metric('bridge_supervisions_missed_total{why="busy"}') == missed + 1
    assert [each["role"] for each in house.the_call()["parties"]] == ["caller", "attendant"]
    assert monitor(house, "listen", call="never-was").status_code == 404
    caller.cue()
    phones.done()
    late = monitor(house, "listen", call=call)
    assert (late.status_code, late.json()["id"]) == (404, "no-such-call")


def test_a_supervisor_who_thinks_better_of_it_while_it_rings(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    ringing = phones.answering("second", phones.script(house.pbx_two, OWN).rings().is_cancelled())
    told = monitor(house, "barge").json()
    assert told["state"] == "ringing"
    hears_only(caller.voice, agent.voice)
    path = f"/api/v1/calls/{told['call']}/monitor/{told['leg']}"
    assert house.api.delete(path).status_code == 204
    ringing.done()
    assert house.api.delete(path).status_code == 404
    caller.cue()
    phones.done()


# --- a telephone of another make ----------------------------------------------------------------------------


@pytest.fixture
def baresip(house: House, need: Need, tmp_path: Path) -> Iterator[Baresip]:
    """The supervisor's telephone, registered as 8003; it says something all the time."""
    program = need("baresip", debian="baresip-core")
    at, registrar = (PHONES, free_udp(PHONES)), f"{BRIDGE}:{house.sip}"
    folder = tmp_path / "baresip"
    folder.mkdir()
    phone = Baresip(program, folder, at, free_tcp(), registrar, "8003", house.password)
    try:
        phone.register()
        yield phone
    finally:
        phone.stop()


def test_a_registered_baresip_listens_and_barges_in(house: House, phones: Phones, baresip: Baresip) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    told: dict[str, Any] = monitor(house, "listen", "8003").json()
    baresip.wait("CALL_INCOMING")
    baresip.order("accept")
    baresip.wait("CALL_ESTABLISHED")
    leg = f"/api/v1/calls/{told['call']}/monitor/{told['leg']}"
    house.the_call(lambda call: call["parties"][-1].get("state") == "talking")
    hears_only(caller.voice, agent.voice)
    turns(house, leg, "barge")
    caller.voice.hears_sound()
    agent.voice.hears_sound()
    assert house.api.delete(leg).status_code == 204
    baresip.wait("CALL_CLOSED")
    hears_only(caller.voice, agent.voice)
    caller.cue()
    phones.done()
