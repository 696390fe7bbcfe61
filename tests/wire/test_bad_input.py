"""Whatever anybody sends, a call in progress does not notice, and each piece is answered and counted."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from tests.wire.house import CARRIER, HOMELESS, House
from tests.wire.phones import Phones, media_of
from tests.wire.raw import Raw, header, status
from tests.wire.script import Script
from tests.wire.sipp import Sipp, until

Open = Callable[[str], Raw]


@pytest.fixture
def conversation(house: House, phones: Phones) -> Iterator[tuple[Sipp, Sipp]]:
    """Caller and agent talk; at the end they still do, in the same processes, and nothing was transferred."""
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    control, media = house.child("control"), house.child("media")
    yield caller, agent
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    assert (house.child("control"), house.child("media")) == (control, media)
    assert house.the_call()["transfers"] == []
    caller.cue()
    phones.done()


def refused(house: House) -> float:
    """How much was refused or thrown away so far, by whatever reason."""
    text = house.api.get("/metrics").text
    found = re.findall(r"^bridge_sip_refused_total\{[^}]*\} (\S+)$", text, re.MULTILINE)
    return sum(map(float, found))


Odd = Callable[..., bytes]
SDP = "Content-Type: application/sdp"
NO_VOICE = (
    f"v=0\r\no=- 1 1 IN IP4 {CARRIER}\r\ns=-\r\nc=IN IP4 {CARRIER}\r\nt=0 0\r\nm=video 9 RTP/AVP 31\r\n"
)
ODD: dict[str, tuple[Callable[[Odd], bytes], int]] = {
    "another version": (lambda ask: ask("INVITE", version="SIP/3.0"), 505),
    "unknown method": (lambda ask: ask("TELEPORT"), 405),
    "bad start line": (lambda ask: b"HELLO\r\n\r\n", 0),
    "binary": (lambda ask: bytes(range(256)) * 4, 0),
    "only line ends": (lambda ask: b"\r\n" * 50, 0),
    "no Via": (lambda ask: ask("INVITE", without=("Via",)), 0),
    "no CSeq": (lambda ask: ask("INVITE", without=("CSeq",)), 0),
    "no Call-ID": (lambda ask: ask("INVITE", without=("Call-ID",)), 400),
    "no From": (lambda ask: ask("INVITE", without=("From",)), 400),
    "negative length": (lambda ask: ask("INVITE", "Content-Length: -1"), 400),
    "length beyond the datagram": (lambda ask: ask("INVITE", f"Content-Length: {10**21}"), 400),
    "length in words": (lambda ask: ask("INVITE", "Content-Length: many"), 400),
    "CSeq of another method": (lambda ask: ask("INVITE", "CSeq: 1 BYE"), 400),
    "huge CSeq": (lambda ask: ask("INVITE", f"CSeq: {10**11} INVITE"), 400),
    "header of 60 KB": (lambda ask: ask("INVITE", "X-Big: " + "x" * 60_000), 400),
    "not UTF-8": (lambda ask: ask("INVITE").replace(b"sip:raw@", b"sip:\xff\xfe\x00@"), 400),
    "a foreign scheme": (lambda ask: ask("INVITE", uri="http://12345"), 416),
    "no more hops": (lambda ask: ask("INVITE", "Max-Forwards: 0"), 483),
    "unknown extension": (lambda ask: ask("INVITE", "Require: teleport"), 420),
    "description that is none": (lambda ask: ask("INVITE", SDP, body="v=0\r\nnonsense"), 400),
    "description without voice": (lambda ask: ask("INVITE", SDP, body=NO_VOICE), 488),
    "a body of another kind": (lambda ask: ask("INVITE", "Content-Type: image/png", body="PNG"), 415),
    "BYE for nobody": (lambda ask: ask("BYE", to_tag=";tag=none"), 481),
    "REFER for nobody": (lambda ask: ask("REFER", "Refer-To: <sip:110@x>", to_tag=";tag=none"), 481),
    "REFER outside a call": (lambda ask: ask("REFER", "Refer-To: <sip:110@x>"), 405),
    "CANCEL for nothing": (lambda ask: ask("CANCEL"), 481),
    "NOTIFY unasked": (lambda ask: ask("NOTIFY", "Event: refer"), 489),
}
"""What is sent, and the status it must be answered with; 0: nothing comes back."""


def answers(sender: Raw, data: bytes) -> list[int]:
    """The final answers to this, 0 for none: what came before the answer to a question asked after it."""
    sender.send(data)
    sender.send(sender.request("OPTIONS"))
    found = []
    while not header(answer := sender.final(), "CSeq").endswith("OPTIONS"):
        found.append(status(answer))
    if data.startswith(b"INVITE"):
        sender.send(data.replace(b"INVITE", b"ACK"))
    return found or [0]


def test_odd_messages_of_every_kind(house: House, conversation: tuple[Sipp, Sipp], raw: Open) -> None:
    del conversation
    got, sender = {}, raw(CARRIER)
    for name, (make, _) in ODD.items():
        got[name] = answers(sender, make(sender.request))
    assert got == {name: [wanted] for name, (_, wanted) in ODD.items()}


def test_what_is_no_sip_at_all_is_counted(house: House, conversation: tuple[Sipp, Sipp], raw: Open) -> None:
    del conversation
    before, stranger = refused(house), raw(HOMELESS)
    garbage = [ODD["bad start line"], ODD["binary"], ODD["no Via"]]
    for make, _ in garbage:
        stranger.send(make(stranger.request))
    until(lambda: refused(house) >= before + len(garbage), "counted")


def test_a_line_end_within_a_header_is_no_call(house: House, raw: Open) -> None:
    """Names and numbers go on to the agent's phone; no header may be smuggled with them."""
    caller = raw(CARRIER)
    before = refused(house)
    smuggled = f'From: "a\\\rX-Evil: 1" <sip:139%0d%0aX-Evil:%201@{caller.host}>;tag=1'
    assert answers(caller, caller.request("INVITE", smuggled)) == [400]
    assert refused(house) > before
    assert house.calls() == []


def test_a_peer_whose_refer_and_offers_are_garbage_keeps_its_call(house: House, phones: Phones) -> None:
    def tries_everything(agent: Script) -> Script:
        agent.cue().request("REFER").recv(400)
        agent.request("REFER", "Refer-To: <sip:110@x>", "Refer-To: <sip:119@x>").recv(400)
        agent.request("REFER", "Refer-To: \x07<<<>").recv(400)
        agent.bad_reinvite("v=0").bad_reinvite(agent.sdp(codecs="9"), 488)
        agent.request("INFO", "Content-Type: application/dtmf-relay").recv(200)
        agent.request("UPDATE", "Require: teleport").recv(420)
        return agent.request("TELEPORT").recv(405).released()

    caller, agent = phones.talking(caller=lambda caller: caller.cue().bye(), agent=tries_everything)
    agent.cue()
    agent.got("^SIP/2.0 405")
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    assert house.the_call()["transfers"] == []
    caller.cue()
    phones.done()


def packet(version: int = 2, kind: int = 8, body: bytes = b"\x00" * 160, csrc: int = 0) -> bytes:
    """One RTP packet."""
    return struct.pack("!BBHII", version << 6 | csrc, kind, 7, 7, 7) + body


RTP = {
    "empty": b"",
    "one octet": b"\x80",
    "half a header": packet()[:7],
    "version 0": packet(version=0),
    "version 3": packet(version=3),
    "CSRCs that are not there": packet(csrc=15, body=b""),
    "another payload": packet(kind=77),
    "no voice": packet(body=b""),
    "one sample": packet(body=b"\x00"),
    "the longest": packet(body=b"\x00" * 60_000),
    "odd event": packet(kind=101, body=b"\xff"),
    "padding beyond the packet": b"\xa0" + packet()[1:-1] + b"\xff",
    "extension beyond the packet": b"\x90" + packet(body=b"\xbe\xde\xff\xff")[1:],
    "STUN": bytes.fromhex("000100002112a442000000000000000000000000"),
}


def test_packets_from_strangers_reach_nobody(conversation: tuple[Sipp, Sipp]) -> None:
    caller, agent = conversation
    where = media_of(caller.got("m=audio"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((HOMELESS, 0))
        agent.voice.heard()
        for data in [*RTP.values(), packet(body=STRANGE)]:
            for _ in range(10):
                stranger.sendto(data, where)
        caller.voice.hears(agent.voice)
        agent.voice.hears(caller.voice)
        assert STRANGE not in agent.voice.heard()


def test_odd_packets_of_the_peer_itself_cost_only_themselves(conversation: tuple[Sipp, Sipp]) -> None:
    caller, agent = conversation
    where = media_of(caller.got("m=audio"))
    for data in RTP.values():
        for _ in range(3):
            caller.voice.socket.sendto(data, where)
    agent.voice.hears(caller.voice)
    caller.voice.hears(agent.voice)


STRANGE = b"\x7e" * 160
