"""三方通话 on the wire: all three are heard by the two others, until one of them leaves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.house import House
from tests.wire.phones import Part, Phones, speak
from tests.wire.sipp import Sipp
from tests.wire.test_transfer_fails import outcomes

Three = tuple[Sipp, Sipp, Sipp]


def in_state(house: House, state: str) -> dict[str, Any]:
    """The only call, once its transfer is so."""
    return house.the_call(lambda call: call["transfers"] and call["transfers"][-1]["state"] == state)


def joined(house: House, phones: Phones, *, caller: Part, agent: Part, desk: Part) -> Three:
    """A three-way conversation, made by REFER to a route that says so; the parts are what follows."""
    third = phones.answering("desk", desk(phones.desk().rings().cue().picks_up()))
    front, behind = phones.talking(
        caller=caller, agent=lambda script: agent(script.presses("1104").notified())
    )
    behind.cue()
    behind.got(r"^NOTIFY[\s\S]*SIP/2.0 180")
    front.voice.hears(behind.voice)  # they go on talking
    third.cue()
    speak(third)
    call = in_state(house, "joined")
    front.voice.hears_both(behind.voice, third.voice)
    behind.voice.hears_both(front.voice, third.voice)
    third.voice.hears_both(front.voice, behind.voice)
    incident = call["transfers"][0]["incident"]
    house.ticket(incident, lambda ticket: ticket["state"] == "transferred")
    assert outcomes(behind) == [100, 180], "told it is done, the agent's phone would hang up"
    return front, behind, third


def test_the_agent_leaves_caller_and_desk_go_on(house: House, phones: Phones) -> None:
    caller, agent, desk = joined(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.cue().bye().notified(),
        desk=lambda desk: desk.released(),
    )  # fmt: skip
    agent.cue()
    agent.done()
    assert outcomes(agent) == [100, 180, 200], "its REFER outlives the call (RFC 5057 §4.2)"
    in_state(house, "connected")
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_the_desk_leaves_caller_and_agent_go_on(house: House, phones: Phones) -> None:
    caller, agent, desk = joined(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.notified().released(),
        desk=lambda desk: desk.cue().bye(),
    )  # fmt: skip
    desk.cue()
    desk.done()
    in_state(house, "returned")
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    agent.got(r"^SIP/2.0 487")
    caller.cue()
    phones.done()


def test_the_caller_leaves_and_the_platforms_talk_on(house: House, phones: Phones) -> None:
    """Who takes the case they have still to agree on."""
    caller, agent, desk = joined(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.notified().released(),
        desk=lambda desk: desk.cue().bye(),
    )  # fmt: skip
    caller.cue()
    caller.done()
    call = house.the_call(lambda call: call["phase"] == "desks")
    assert call["transfers"][-1]["state"] == "connected"
    agent.voice.hears(desk.voice)
    desk.voice.hears(agent.voice)
    desk.cue()
    phones.done()
    assert house.finished(call["id"])["outcome"] == "caller left"


@pytest.mark.parametrize(
    ("code", "state", "told"), [("*#1", "connected", [100, 180, 200]), ("*#0", "returned", [100, 180, 487])]
)
def test_the_agent_ends_it_by_digits(
    house: House, phones: Phones, code: str, state: str, told: list[int]
) -> None:
    completes = state == "connected"
    caller, agent, desk = joined(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.notified().released(),
        desk=lambda desk: desk.released(),
    )  # fmt: skip
    caller.voice.dial(code)  # the caller's digits do nothing
    caller.voice.hears_both(agent.voice, desk.voice)
    agent.voice.dial(code)
    in_state(house, state)
    left, stays = (agent, desk) if completes else (desk, agent)
    left.done()
    caller.voice.hears(stays.voice)
    stays.voice.hears(caller.voice)
    caller.cue()
    phones.done()
    assert outcomes(agent) == told


def test_who_holds_is_out_of_the_conversation_until_they_come_back(house: House, phones: Phones) -> None:
    """A telephone on hold may play music of its own: the two others must not hear it."""
    caller, agent, desk = joined(
        house, phones,
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.cue().reinvite("sendonly").cue().reinvite("sendrecv").cue().bye()
        .notified(),
        desk=lambda desk: desk.released(),
    )  # fmt: skip
    agent.cue()
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    agent.cue()
    caller.voice.hears_both(agent.voice, desk.voice)
    desk.voice.hears_both(agent.voice, caller.voice)
    agent.cue()
    agent.done()
    caller.cue()
    phones.done()


def test_an_agent_gone_while_it_rings_makes_it_a_direct_one(house: House, phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("1104").notified().bye().notified(),
    )
    agent.cue()
    agent.sent("^BYE")
    caller.voice.hears_sound()  # ring-back
    desk.cue()
    agent.done()
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    in_state(house, "connected")
    caller.cue()
    phones.done()
