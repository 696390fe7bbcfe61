"""A transfer that does not come about, or whose people leave on the way: the caller is never left alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.wire.house import House
from tests.wire.phones import Phones, speak
from tests.wire.script import Script
from tests.wire.sipp import Sipp


def outcomes(agent: Sipp) -> list[int]:
    """The statuses the phone that pressed was told, in order."""
    notices = [message for message in agent.messages("received") if message.startswith("NOTIFY")]
    return [int(re.search(r"^SIP/2.0 (\d+)", notice, re.MULTILINE)[1]) for notice in notices]  # type: ignore[index]


def failed(house: House, reason: str) -> dict[str, Any]:
    """The transfer of the only call, once it has failed; its ticket says why."""
    call = house.the_call(lambda call: call["transfers"] and call["transfers"][-1]["state"] == "failed")
    transfer: dict[str, Any] = call["transfers"][-1]
    assert transfer["reason"] == reason
    ticket = house.ticket(transfer["incident"], lambda ticket: ticket["outcome"] == "failed")
    assert ticket["reason"] == reason
    return transfer


def still_together(caller: Sipp, agent: Sipp) -> None:
    """Caller and agent hear each other; the agent has been told why before."""
    agent.voice.hears_sound()
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)


@pytest.mark.parametrize(
    ("status", "told", "reason"), [(486, 486, "busy"), (603, 603, "refused"), (500, 503, "dead")]
)
def test_a_desk_that_says_no_leaves_caller_and_agent_together(
    house: House, phones: Phones, status: int, told: int, reason: str
) -> None:
    phones.answering("desk", phones.desk().recv_invite().refuses(status, "No"))
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(),
        agent=lambda agent: agent.presses("110").notified().cue().bye(),
    )
    agent.cue()
    failed(house, reason)
    assert outcomes(agent) == [100, told]
    assert "Subscription-State: terminated;reason=noresource" in agent.got("^NOTIFY", 2)
    still_together(caller, agent)
    agent.cue()
    phones.done()


def test_a_desk_that_never_answers_is_given_up(house: House, phones: Phones) -> None:
    phones.answering("desk", phones.desk().rings().is_cancelled())
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(),
        agent=lambda agent: agent.presses("1101").notified().notified().cue().bye(),
    )
    agent.cue()
    failed(house, "silent")
    assert outcomes(agent) == [100, 180, 480]
    still_together(caller, agent)
    agent.cue()
    phones.done()


def test_a_desk_where_nobody_listens_is_told_at_once(house: House, phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(),
        agent=lambda agent: agent.presses("1102").notified().cue().bye(),
    )
    agent.cue()
    failed(house, "dead")
    assert outcomes(agent) == [100, 503]
    still_together(caller, agent)
    agent.cue()
    phones.done()


def test_after_a_dead_target_the_next_one_is_rung(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().cue().bye())
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(),
        agent=lambda agent: agent.presses("1103").notified().notified().released(),
    )
    agent.cue()
    agent.done()
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    desk.cue()
    phones.done()


def test_pressed_again_after_a_failure_it_is_the_same_incident(house: House, phones: Phones) -> None:
    phones.answering("desk", phones.desk().recv_invite().refuses(486, "Busy Here"))
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().presses("110").notified().notified().released(),
    )
    agent.cue()
    first = failed(house, "busy")
    desk = phones.answering("desk-again", phones.desk().rings().picks_up().released())
    agent.cue()
    agent.done()
    call = house.the_call(lambda call: call["transfers"][-1]["state"] == "connected")
    assert [each["incident"] for each in call["transfers"]] == [first["incident"]] * 2
    assert call["transfers"][-1]["id"] != first["id"]
    speak(desk)
    caller.voice.hears(desk.voice)
    caller.cue()
    phones.done()


# --- somebody leaves while the desk rings -------------------------------------------------------------------


def leaves_early(agent: Script) -> Script:
    """Presses, hears that it rings, hangs up at once, and is told the end (RFC 5057 §4.2)."""
    return agent.presses("110").notified().bye().notified()


def test_an_agent_who_hangs_up_before_the_desk_answers_does_not_drop_the_caller(
    house: House, phones: Phones
) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller, agent = phones.talking(caller=lambda caller: caller.cue().bye(), agent=leaves_early)
    agent.cue()
    house.the_call(lambda call: call["phase"] == "alone")
    caller.voice.hears_sound()  # ring-back
    desk.cue()
    agent.done()
    assert outcomes(agent) == [100, 180, 200]
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_when_the_desk_fails_a_caller_left_alone_is_taken_back_to_the_agents(
    house: House, phones: Phones
) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().refuses(486, "Busy Here"))
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.cue().bye()
    )
    agent.voice.dial("*110#")
    desk.got("^INVITE")
    agent.cue()
    agent.done()
    back = phones.answering("agent-again", phones.agent().rings().cue().picks_up().released())
    desk.cue()
    back.got("^INVITE")
    caller.voice.hears_sound()  # ring-back
    back.cue()
    speak(back)
    caller.voice.hears(back.voice)
    call = house.the_call()
    assert (call["phase"], call["transfers"][0]["state"]) == ("talking", "recalled")
    caller.cue()
    phones.done()
    house.ticket(call["transfers"][0]["incident"], lambda t: t["state"] == "final" and t["reason"] == "busy")


def test_a_caller_who_hangs_up_ends_the_ringing_and_releases_the_agent(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().is_cancelled())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    agent.cue()
    agent.got(r"^SIP/2.0 180")
    call = house.the_call()
    caller.cue()
    desk.got("^CANCEL")
    phones.done()
    assert outcomes(agent) == [100, 180, 487]
    assert house.finished(call["id"])["transfers"][0]["state"] == "abandoned"


def test_a_desk_that_answers_across_our_cancel_is_hung_up_on(house: House, phones: Phones) -> None:
    desk = phones.answering(
        "desk",
        phones.desk().rings().recv("CANCEL").ok().answer(200, "OK", sdp=True).recv("ACK").released(),
    )
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    agent.cue()
    agent.got(r"^SIP/2.0 180")
    caller.cue()
    phones.done()
    assert len([m for m in desk.messages("received") if m.startswith("BYE")]) == 1


def test_the_agent_can_take_the_transfer_back(house: House, phones: Phones) -> None:
    phones.answering("desk", phones.desk().rings().is_cancelled())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    agent.cue()
    agent.got(r"^SIP/2.0 180")
    call = house.the_call()
    answer = house.api.delete(f"/api/v1/calls/{call['id']}/transfers/current")
    assert (answer.status_code, answer.json()["transfer"]["state"]) == (200, "cancelled")
    agent.got(r"^SIP/2.0 487")
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()
