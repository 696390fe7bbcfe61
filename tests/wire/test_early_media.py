"""Early media through the bridge: the caller hears what the far network says before anybody answers."""

from __future__ import annotations

import re

from tests.wire.house import House
from tests.wire.phones import Phones, speak


def test_the_callers_network_hears_ring_back_and_then_what_the_far_one_says(phones: Phones) -> None:
    agent = phones.answering(
        "agent",
        phones.agent().recv_invite().answer(183, "Session Progress", sdp=True).cue().picks_up().released(),
    )
    caller = phones.calling(phones.caller().invite().optional_100().recv(183).recv(200).ack().cue().bye())
    early = caller.got(r"^SIP/2.0 183[\s\S]*m=audio")
    caller.voice.hears_sound()  # the far network has not said anything yet: ring-back of ours
    speak(agent)
    caller.voice.hears(agent.voice)
    agent.cue()
    answer = caller.got(r"^SIP/2.0 200[\s\S]*m=audio")
    lines = [re.search(r"^o=.*$[\s\S]*", text, re.MULTILINE)[0] for text in (early, answer)]  # type: ignore[index]
    assert lines[0] == lines[1]  # RFC 3261 §13.2.1: the same answer
    speak(caller)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_a_caller_left_alone_hears_the_announcement_of_the_desks_network(
    house: House, phones: Phones
) -> None:
    desk = phones.answering(
        "desk",
        phones.desk().recv_invite().answer(183, "Session Progress", sdp=True).cue().picks_up().released(),
    )
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().bye(),
    )
    agent.cue()
    agent.done()
    house.the_call(lambda call: call["phase"] == "alone")
    caller.voice.hears_sound()
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.cue()
    desk.voice.hears(caller.voice)
    caller.cue()
    phones.done()
