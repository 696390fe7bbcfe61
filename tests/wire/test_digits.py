"""Keys through the bridge: the caller's reach the far telephone in the way that one understands."""

from __future__ import annotations

import select
import time

from tests.wire.phones import Phones, speak
from tests.wire.script import Script
from tests.wire.voice import EVENTS, PATIENCE, Voice


def events(voice: Voice) -> list[int]:
    """The keys heard as telephone events, each once, until two have come."""
    end, heard = time.monotonic() + PATIENCE, dict[bytes, int]()
    while len(heard) < 2:
        assert select.select([voice.socket], [], [], end - time.monotonic())[0], "no telephone events"
        packet = voice.socket.recv(2048)
        if packet[1] & 0x7F == EVENTS:
            heard[packet[4:8]] = packet[12]
    return list(heard.values())


def test_events_reach_a_telephone_that_knows_info_only(phones: Phones) -> None:
    script = phones.agent()
    script.recv_invite().answer(180, "Ringing")
    script.answer(200, "OK", body=script.sdp(codecs="8")).recv("ACK")
    agent = phones.answering("agent", script.recv("INFO").ok().recv("INFO").ok().released())
    caller = phones.calling(phones.caller().connects().cue().bye())
    speak(caller)
    speak(agent)
    agent.voice.hears(caller.voice)
    caller.voice.dial("4#")
    assert "Signal=4" in agent.got("^INFO")
    assert "Signal=#" in agent.got("^INFO", 2)
    caller.cue()
    phones.done()


def test_info_becomes_events_for_a_telephone_that_knows_them(phones: Phones) -> None:
    def presses(caller: Script) -> Script:
        return caller.cue().info("7").info("*").cue().bye()

    caller, agent = phones.talking(caller=presses, agent=lambda agent: agent.released())
    caller.cue()
    assert events(agent.voice) == [7, 10]
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()
