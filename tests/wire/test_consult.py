"""咨询转接 on the wire: the agent asks the desk while the caller hears music, then decides."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Need
from tests.peers.json_lines import JsonPhone
from tests.peers.ports import free_udp
from tests.wire.house import BRIDGE, PHONES, House
from tests.wire.phones import Part, Phones, speak
from tests.wire.sipp import Sipp, until
from tests.wire.test_conference import Three, in_state
from tests.wire.test_transfer_fails import outcomes


def ask(house: House, call: str, path: str = "", **body: str) -> httpx.Response:
    """The interface: press the key, or lead the transfer to its end."""
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return house.api.post(f"/api/v1/calls/{call}/transfers{path}", json=body or None, headers=headers)


def apart(talks: Sipp, with_: Sipp, waits: Sipp) -> None:
    """Two talk, the third hears music and neither of them."""
    talks.voice.hears(with_.voice)
    with_.voice.hears(talks.voice)
    waits.voice.hears_only_sounds(talks.voice, with_.voice)


def consulting(house: House, phones: Phones, *, caller: Part, agent: Part, desk: Part) -> Three:
    """The agent talks with the desk: pressed over HTTP, in a mode that is this press's own."""
    third = phones.answering("desk", desk(phones.desk().rings().cue().picks_up()))
    front, behind = phones.talking(caller=caller, agent=agent)
    call = house.the_call()["id"]
    pressed = ask(house, call, to="110", mode="consult")
    assert (pressed.status_code, pressed.json()["transfer"]["mode"]) == (202, "consult")
    third.got("^INVITE")
    assert ask(house, call, "/current/complete").status_code == 409, "nobody has answered"
    front.voice.hears(behind.voice)  # they go on talking
    third.cue()
    speak(third)
    in_state(house, "consulting")
    apart(behind, third, front)
    return front, behind, third


def test_swap_there_and_back_then_complete(house: House, phones: Phones) -> None:
    caller, agent, desk = consulting(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.released(),
        desk=lambda desk: desk.released(),
    )  # fmt: skip
    call = house.the_call()
    incident = call["transfers"][0]["incident"]
    assert house.versions(incident)[-1]["state"] == "ringing", "not before it is completed"
    assert ask(house, call["id"], "/current/swap").json()["transfer"]["state"] == "swapped"
    apart(agent, caller, desk)
    assert ask(house, call["id"], "/current/swap").json()["transfer"]["state"] == "consulting"
    apart(agent, desk, caller)
    assert ask(house, call["id"], "/current/complete").json()["transfer"]["state"] == "connected"
    agent.done()
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    house.ticket(incident, lambda ticket: ticket["state"] == "transferred")
    caller.cue()
    phones.done()


def test_hanging_up_completes(house: House, phones: Phones) -> None:
    caller, agent, desk = consulting(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.cue().bye(),
        desk=lambda desk: desk.released(),
    )  # fmt: skip
    agent.cue()
    agent.done()
    in_state(house, "connected")
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_joined_by_digits_then_all_three_talk(house: House, phones: Phones) -> None:
    caller, agent, desk = consulting(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.cue().bye(),
        desk=lambda desk: desk.released(),
    )  # fmt: skip
    agent.voice.dial("*#2")
    in_state(house, "swapped")
    agent.voice.dial("*#3")
    in_state(house, "joined")
    caller.voice.hears_both(agent.voice, desk.voice)
    desk.voice.hears_both(agent.voice, caller.voice)
    agent.cue()
    agent.done()
    caller.cue()
    phones.done()


def test_the_caller_gives_up_waiting(house: House, phones: Phones) -> None:
    caller, agent, desk = consulting(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.cue().bye(),
        desk=lambda desk: desk.released(),
    )  # fmt: skip
    caller.cue()
    caller.done()
    call = house.the_call(lambda call: call["phase"] == "desks")
    agent.voice.hears(desk.voice)
    agent.cue()
    phones.done()
    transfer = house.finished(call["id"])["transfers"][0]
    assert (transfer["state"], transfer["reason"]) == ("abandoned", "caller-left")


# --- by REFER, to a route that says consult and has a dead target first ---


def referred(house: House, phones: Phones, *, caller: Part, agent: Part, desk: Part) -> Three:
    """The same by REFER; the desk is the second target."""
    third = phones.answering("desk", desk(phones.desk().rings().cue().picks_up()))
    front, behind = phones.talking(
        caller=caller, agent=lambda script: agent(script.presses("1105").notified())
    )
    behind.cue()
    third.got("^INVITE sip:1105@")
    behind.got(r"^NOTIFY[\s\S]*SIP/2.0 180")
    third.cue()
    speak(third)
    in_state(house, "consulting")
    apart(behind, third, front)
    assert outcomes(behind) == [100, 180]
    return front, behind, third


def test_taken_back_by_digits(house: House, phones: Phones) -> None:
    caller, agent, desk = referred(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.notified().released(),
        desk=lambda desk: desk.released(),
    )  # fmt: skip
    agent.voice.dial("*#0")
    desk.done()
    in_state(house, "cancelled")
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()
    assert outcomes(agent) == [100, 180, 487]


def test_a_desk_that_does_not_take_it(house: House, phones: Phones) -> None:
    caller, agent, desk = referred(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.notified().released(),
        desk=lambda desk: desk.cue().bye(),
    )  # fmt: skip
    desk.cue()
    desk.done()
    call = in_state(house, "failed")
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    house.ticket(call["transfers"][0]["incident"], lambda ticket: ticket["reason"] == "left")
    caller.cue()
    phones.done()


def test_a_desk_that_answers_across_our_cancel_is_hung_up_on(house: House, phones: Phones) -> None:
    across = phones.desk().rings().recv("CANCEL").ok().answer(200, "OK", sdp=True).recv("ACK").released()
    desk = phones.answering("desk", across)
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("1105").notified().notified().released(),
    )
    agent.cue()
    agent.got(r"^NOTIFY[\s\S]*SIP/2.0 180")
    call = house.the_call()["id"]
    assert house.api.delete(f"/api/v1/calls/{call}/transfers/current").status_code == 200
    desk.done()
    assert len([m for m in desk.messages("received") if m.startswith("BYE")]) == 1
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()


# --- with a stranger's telephone ---


@pytest.fixture
def pyvoip(house: House, need: Need) -> Iterator[JsonPhone]:
    """Agent 8005's telephone, registered."""
    need("pyVoIP", pypi="pyVoIP")
    server = f"{BRIDGE}:{house.sip}"
    where = ["--bind", PHONES, "--port", str(free_udp(PHONES)), "--rtp", str(free_udp(PHONES) & ~1)]
    phone = JsonPhone(*where, "--server", server, "--user", "8005", "--password", house.password)
    try:
        phone.wait("ready")
        house.until_status(lambda now: "8005" in now["phones"])
        yield phone
    finally:
        phone.stop()


def test_pyvoip_consults_and_completes_by_its_keys(house: House, phones: Phones, pyvoip: JsonPhone) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "12305")
    pyvoip.wait("answered")
    speak(caller)
    pyvoip.order("dtmf", digits="*115")
    speak(desk)
    in_state(house, "consulting")
    caller.voice.hears_only_sounds(desk.voice)
    pyvoip.order("dtmf", digits="*#2")
    in_state(house, "swapped")
    desk.voice.hears_only_sounds(caller.voice)
    pyvoip.order("dtmf", digits="*#1")
    pyvoip.wait("ended")
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    until(lambda: house.the_call()["transfers"][0]["via"] == "dtmf", "the key by digits")
    caller.cue()
    phones.done()
