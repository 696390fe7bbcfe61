"""A call is set up, or refused, by the book: who is rung, what the caller is told, and no call made twice."""

from __future__ import annotations

from tests.wire.house import CARRIER, House
from tests.wire.phones import Phones, speak
from tests.wire.raw import status


def test_when_an_agent_is_busy_the_next_one_is_rung(phones: Phones) -> None:
    phones.answering("agent", phones.agent().recv_invite().refuses(486, "Busy Here"))
    second = phones.answering("second", phones.agent("8002").rings().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "12300")
    speak(caller)
    speak(second)
    caller.voice.hears(second.voice)
    caller.cue()
    phones.done()


def test_when_nobody_can_answer_the_caller_is_told_the_last_reason(phones: Phones) -> None:
    phones.answering("agent", phones.agent().recv_invite().refuses(600, "Busy Everywhere"))
    phones.answering("second", phones.agent("8002").rings().refuses(486, "Busy Here"))
    phones.calling(phones.caller().invite().is_refused(486), "12300")
    phones.done()


def test_an_agent_whose_phone_is_not_registered_cannot_be_reached(phones: Phones) -> None:
    phones.calling(phones.caller().invite().is_refused(480), "12303")
    phones.done()


def test_a_number_without_a_route_does_not_exist(phones: Phones) -> None:
    phones.calling(phones.caller().invite().is_refused(404), "99999")
    phones.done()


def test_a_caller_who_gives_up_while_it_rings_is_let_go_and_so_is_the_agent(phones: Phones) -> None:
    agent = phones.answering("agent", phones.agent().rings().is_cancelled())
    script = (
        phones.caller().invite().optional_100().recv(180).cue().cancel().recv(200).recv(487).ack_refusal()
    )
    caller = phones.calling(script)
    caller.got("^SIP/2.0 180")
    caller.cue()
    phones.done()
    assert len([m for m in agent.messages("received") if m.startswith("CANCEL")]) == 1


def test_an_agent_who_hangs_up_ends_the_call(phones: Phones) -> None:
    _, agent = phones.talking(caller=lambda caller: caller.released(), agent=lambda agent: agent.cue().bye())
    agent.cue()
    phones.done()


def test_a_repeated_invite_makes_no_second_call(house: House, phones: Phones, raw) -> None:
    agent = phones.answering("agent", phones.agent().rings().is_cancelled())
    caller = raw(CARRIER)
    invite = caller.request("INVITE")
    caller.send(invite)
    caller.until("SIP/2.0 180")
    caller.send(invite)
    caller.send(invite)
    for _ in range(2):  # RFC 3261 §17.2.1: the last answer once more
        caller.until("SIP/2.0 180")
    house.the_call()
    assert status(caller.ask(invite.replace(b"INVITE", b"CANCEL"))) == 200
    phones.done()
    assert len([m for m in agent.messages("received") if m.startswith("INVITE")]) == 1
    caller.send(invite.replace(b"INVITE", b"ACK"))


def test_of_two_phones_that_answer_the_second_is_thanked_and_hung_up_on(phones: Phones) -> None:
    forked = phones.agent().rings().picks_up().answer(200, "OK", sdp=True, tag="fork").recv("ACK").released()
    agent = phones.answering("agent", forked.released())
    caller = phones.calling(phones.caller().connects().cue().bye())
    bye = agent.got("^BYE")
    assert "tag=fork" in bye
    speak(caller)
    speak(agent)
    caller.voice.hears(agent.voice)  # the first one's call goes on
    caller.cue()
    phones.done()
    assert "tag=fork" not in agent.got("^BYE", 2)


def test_a_caller_without_an_offer_gets_ours(phones: Phones) -> None:
    agent = phones.answering("agent", phones.agent().rings().picks_up().released())
    script = phones.caller()
    script.invite(sdp="").optional_100().recv(180, optional=True).recv(200).ack(sdp=script.sdp()).cue().bye()
    caller = phones.calling(script)
    speak(caller)
    speak(agent)
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_without_a_common_codec_there_is_no_call(house: House, phones: Phones) -> None:
    script = phones.caller()
    before = house.metric('bridge_sip_refused_total{why="no-common-codec"}')
    phones.calling(script.invite(sdp=script.sdp(codecs="9")).is_refused(488))
    phones.done()
    assert house.metric('bridge_sip_refused_total{why="no-common-codec"}') == before + 1


def test_an_extension_we_do_not_know_is_named(phones: Phones) -> None:
    caller = phones.calling(phones.caller().invite("Require: teleport").is_refused(420))
    phones.done()
    assert "Unsupported: teleport" in caller.got("^SIP/2.0 420")


def test_hold_is_answered_and_the_caller_hears_that_they_are_waiting(phones: Phones) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.cue().reinvite("sendonly").cue().reinvite("sendrecv").released(),
    )
    agent.cue()
    assert "a=recvonly" in agent.got("^SIP/2.0 200")
    caller.voice.hears_sound()
    agent.cue()
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()
