"""Ringing that must arrive (100rel), UPDATE and session timers, with sipp at both ends."""

from __future__ import annotations

import re

from tests.wire.house import House
from tests.wire.phones import Phones, speak

RELIABLE = ("Require: 100rel", "RSeq: 41")


def the_200(phone: object, method: str) -> str:
    """The 200 to the phone's last request of this method."""
    return phone.got(rf"^SIP/2.0 200[\s\S]*^CSeq: \d+ {method}")  # type: ignore[attr-defined, no-any-return]


def test_a_caller_who_insists_hears_early_media_by_a_reliable_183(phones: Phones) -> None:
    agent = phones.answering(
        "agent",
        phones.agent().recv_invite().answer(183, "Session Progress", sdp=True).cue().picks_up().released(),
    )
    script = phones.caller().invite("Require: 100rel").optional_100().recv_reliable(183).prack()
    caller = phones.calling(script.recv(200).ack(number=1).cue().bye())
    assert "m=audio" in caller.got("^SIP/2.0 183")
    the_200(caller, "PRACK")
    speak(agent)
    speak(caller, r"^SIP/2.0 183[\s\S]*m=audio")
    caller.voice.hears(agent.voice)
    agent.cue()
    assert "m=audio" not in the_200(caller, "INVITE")  # said and acknowledged already (RFC 6337 §3.1.1)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_reliable_ringing_from_the_far_end_is_acknowledged_and_its_answer_counts(phones: Phones) -> None:
    script = (
        phones.agent().recv_invite().answer(183, "Session Progress", *RELIABLE, sdp=True).recv("PRACK").ok()
    )
    agent = phones.answering("agent", script.cue().answer(200, "OK").recv("ACK").released())
    caller = phones.calling(phones.caller().invite().optional_100().recv(183).recv(200).ack().cue().bye())
    assert "RAck: 41 1 INVITE" in agent.got("^PRACK")
    assert "100rel" in agent.got(r"^INVITE[\s\S]*^Supported: ")
    agent.cue()
    speak(caller)
    speak(agent)
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_without_an_offer_ours_comes_with_the_ringing_and_the_answer_with_the_prack(phones: Phones) -> None:
    agent = phones.answering("agent", phones.agent().rings().cue().picks_up().released())
    script = phones.caller()
    script.invite("Require: 100rel", sdp="").optional_100().recv_reliable(180).prack(sdp=script.sdp())
    caller = phones.calling(script.recv(200).ack(number=1).cue().bye())
    speak(caller, r"^SIP/2.0 180[\s\S]*m=audio")
    the_200(caller, "PRACK")
    agent.cue()
    speak(agent)
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_hold_by_update_and_a_refresh(phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: (
            agent.cue()
            .update("sendonly", "Supported: timer", "Session-Expires: 600;refresher=uac")
            .cue()
            .update("sendrecv")
            .released()
        ),
    )
    agent.cue()
    held = the_200(agent, "UPDATE")
    assert "a=recvonly" in held
    assert "Session-Expires: 600;refresher=uac" in held
    caller.voice.hears_sound()
    agent.cue()
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_both_sides_are_asked_for_a_session_timer(phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    assert re.search(r"^Session-Expires: 1800\r?$", agent.got("^INVITE"), re.MULTILINE)
    assert "timer" in caller.got(r"^SIP/2.0 200[\s\S]*^Supported: ")
    caller.cue()
    phones.done()


def test_too_short_a_session_is_refused_with_what_would_do(house: House, phones: Phones) -> None:
    script = phones.caller().invite("Supported: timer", "Session-Expires: 60").is_refused(422)
    caller = phones.calling(script)
    phones.done()
    assert "Min-SE: 90" in caller.got("^SIP/2.0 422")
    assert house.calls() == []
