"""What has gone wrong at other people's exchanges, one test each, named after what the callers noticed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.wire.continuity import Continuity
from tests.wire.house import House
from tests.wire.phones import Phones, speak
from tests.wire.script import Script


def test_the_transferor_hangs_up_between_the_202_and_the_answer(house: House, phones: Phones) -> None:
    """Its BYE goes out before any NOTIFY is answered: the transfer goes on without it."""

    def leaves(agent: Script) -> Script:
        """What comes across the BYE is repeated until it is answered; then come 180 and 200."""
        agent.cue().refer("110").recv(202).request("BYE")
        return agent.recv("NOTIFY", optional=True).recv(200).notified().notified().notified()

    desk = phones.answering(
        "desk", phones.desk().recv_invite().cue().answer(180, "Ringing").picks_up().released()
    )
    caller, agent = phones.talking(caller=lambda caller: caller.cue().bye(), agent=leaves)
    agent.cue()
    desk.got("^INVITE")
    house.the_call(lambda call: call["phase"] == "alone")
    caller.voice.hears_sound()
    desk.cue()
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    caller.cue()
    phones.done()


@pytest.mark.parametrize("status", [404, 480, 500])
def test_the_call_is_kept_after_a_failed_referral_and_ends_when_it_should(
    house: House, phones: Phones, status: int
) -> None:
    """Neither dropped with the referral nor left over when its people hang up."""
    phones.answering("desk", phones.desk().recv_invite().refuses(status, "No"))
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(),
        agent=lambda agent: agent.presses("110").notified().cue().bye(),
    )
    agent.cue()
    final = agent.got(r"^Subscription-State: terminated")
    assert final.startswith("NOTIFY")
    caller.voice.hears(agent.voice)
    agent.cue()
    phones.done()
    assert house.calls() == []


def test_a_hold_that_meets_the_bridging_of_the_call_does_no_harm(house: House, phones: Phones) -> None:
    """The agent's re-INVITE is answered but not confirmed yet when the desk picks up: caller and desk are
    connected at once, and the agent is let go all the same."""
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())

    def holds(agent: Script) -> Script:
        agent.presses("110").notified().cue().request("INVITE", body=agent.sdp("sendonly"))
        return agent.optional_100().recv(200).notified().released()

    caller, agent = phones.talking(caller=lambda caller: caller.cue().bye(), agent=holds)
    with Continuity(caller.voice) as ear:
        agent.cue()
        agent.got(r"^NOTIFY[\s\S]*^SIP/2.0 180")
        agent.cue()
        agent.got(r"^SIP/2.0 200[\s\S]*^CSeq: \d+ INVITE")
        desk.cue()
        speak(desk)
        ear.hears(desk.voice)
        caller.cue()
        phones.done()
    assert ear.longest < 0.4


def test_taking_back_really_stops_the_far_telephone(house: House, phones: Phones) -> None:
    """CANCEL with its reason, the 487 confirmed: nobody is left ringing."""
    desk = phones.answering("desk", phones.desk().rings().is_cancelled())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    agent.cue()
    agent.got(r"^NOTIFY[\s\S]*^SIP/2.0 180")
    house.api.delete(f"/api/v1/calls/{house.the_call()['id']}/transfers/current")
    desk.done()
    assert re.search(r"^Reason: ", desk.got("^CANCEL"), re.MULTILINE)
    caller.voice.hears(agent.voice)
    caller.cue()
    phones.done()


def sendonly(agent: Script) -> str:
    return agent.sdp("sendonly")


def inactive(agent: Script) -> str:
    return agent.sdp("inactive")


def old_way(agent: Script) -> str:
    """RFC 2543: the address is zero, and nothing says why."""
    return re.sub(r"c=IN IP4 \S+", "c=IN IP4 0.0.0.0", agent.sdp("sendrecv"))


def late(agent: Script) -> str:
    """No offer: ours comes with the 200, its answer with the ACK."""
    return ""


@pytest.mark.parametrize("way", [sendonly, inactive, old_way, late])
def test_no_way_of_holding_drops_the_call(phones: Phones, way: Callable[[Script], str]) -> None:
    def holds(agent: Script) -> Script:
        return agent.cue().hold_as(way(agent)).cue().reinvite("sendrecv").released()

    caller, agent = phones.talking(caller=lambda caller: caller.cue().bye(), agent=holds)
    agent.cue()
    agent.got(r"^SIP/2.0 200[\s\S]*^CSeq: \d+ INVITE")
    caller.voice.hears_sound()
    agent.cue()
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_a_telephone_that_moves_takes_its_voice_along(phones: Phones) -> None:
    """Another address and law in a re-INVITE (a session border controller re-anchors, a phone roams)."""
    moved = phones.voice(phones.house.pbx[0])

    def moves(agent: Script) -> Script:
        there = agent.sdp().replace(f"m=audio {agent.voice.port} ", f"m=audio {moved.port} ")
        return agent.cue().hold_as(there).released()

    caller, agent = phones.talking(caller=lambda caller: caller.cue().bye(), agent=moves)
    agent.cue()
    agent.got(r"^SIP/2.0 200[\s\S]*^CSeq: \d+ INVITE")
    moved.hears(caller.voice)
    caller.cue()
    phones.done()
