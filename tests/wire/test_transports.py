"""Calls over TCP and TLS with strangers: sipp as carrier and desk, baresip as an agent's telephone."""

from __future__ import annotations

import itertools
import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.peers.baresip import Baresip
from tests.peers.ports import free_tcp, free_udp
from tests.wire.house import BRIDGE, CARRIER, HOMELESS, PHONES, POLICE_TLS, House
from tests.wire.phones import Phones, speak
from tests.wire.raw import tls_from
from tests.wire.sipp import until


def test_a_carrier_on_tcp_and_an_agent_on_udp(house: House, phones: Phones) -> None:
    agent = phones.answering("agent", phones.agent().rings().picks_up().cue().bye())
    caller = phones.calling(phones.caller().connects().released(), transport="tcp")
    speak(caller)
    speak(agent)
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    answer = caller.got("^SIP/2.0 200")
    assert re.search(rf"^Contact: <sip:bridge@{BRIDGE}:{house.sip};transport=tcp>", answer, re.M)
    assert f"Via: SIP/2.0/UDP {BRIDGE}:{house.sip};" in agent.got("^INVITE")
    agent.cue()
    phones.done()


def test_a_trunk_on_tcp(house: House, phones: Phones) -> None:
    desk = phones.over_tcp(phones.desk().rings().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "1104")
    speak(caller)
    speak(desk)
    caller.voice.hears(desk.voice)
    invite = desk.got("^INVITE")
    assert f"Via: SIP/2.0/TCP {BRIDGE}:{house.sip};" in invite
    assert invite.startswith(f"INVITE sip:1104@{house.police_tcp[0]}:{house.police_tcp[1]};transport=tcp ")
    caller.cue()
    phones.done()


def test_a_trunk_on_tcp_that_is_down_is_known_at_once(house: House, phones: Phones) -> None:
    caller = phones.calling(phones.caller().invite().optional_100().recv(503).ack_refusal(), "1104")
    caller.got("^SIP/2.0 503")
    phones.done()


@pytest.fixture
def baresip(house: House, need: Need, tmp_path: Path) -> Iterator[Baresip]:
    """Agent 8004's telephone, which registers by TLS and checks our certificate."""
    program = need("baresip", debian="baresip-core")
    at, registrar = (PHONES, free_udp(PHONES)), f"{BRIDGE}:{house.sips}"
    phone = Baresip(
        program, tmp_path, at, free_tcp(), registrar, "8004", house.password, ca=house.authority.ca
    )
    try:
        phone.register()
        yield phone
    finally:
        phone.stop()


def test_an_agents_telephone_on_tls_is_rung_over_its_connection(
    house: House, phones: Phones, baresip: Baresip
) -> None:
    assert house.metric('bridge_sip_connections{transport="tls"}') == 1
    caller = phones.calling(phones.caller().connects().cue().bye(), "12304")
    baresip.wait("CALL_INCOMING")
    baresip.order("accept")
    baresip.wait("CALL_ESTABLISHED")
    speak(caller)
    caller.voice.hears_sound()
    assert house.metric('bridge_sip_connections{transport="tls"}') == 1
    caller.cue()
    baresip.wait("CALL_CLOSED")
    phones.done()


def ended(house: House, why: str) -> float:
    return house.metric(f'bridge_sip_connections_ended_total{{why="{why}"}}')


def test_a_wrong_certificate_is_refused_and_counted(house: House, tmp_path: Path) -> None:
    """Shown by openssl's own client, from where our carrier is."""
    before = ended(house, "certificate")
    certificate, key = house.authority.issue("expired", dns="police.example", expired=True)
    argv = [
        "openssl", "s_client", "-connect", f"{BRIDGE}:{house.sips}", "-bind", f"{CARRIER}:0", "-cert",
        str(certificate), "-key", str(key), "-CAfile", str(house.authority.ca), "-quiet",
    ]  # fmt: skip
    done = subprocess.run(argv, input=b"", capture_output=True, timeout=20, check=False)
    assert b"alert" in done.stderr
    until(lambda: ended(house, "certificate") == before + 1, "counted")


def test_old_versions_and_strangers_are_not_spoken_with(house: House) -> None:
    before = ended(house, "unknown-network")
    with pytest.raises((ssl.SSLError, OSError)):
        tls_from(HOMELESS, house.sips)
    until(lambda: ended(house, "unknown-network") == before + 1, "counted")


_MARKS = itertools.count()
SDP = (
    f"v=0\r\no=- 1 1 IN IP4 {POLICE_TLS}\r\ns=-\r\nc=IN IP4 {POLICE_TLS}\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8\r\n"
)


def invite(number: str) -> str:
    """One of a transaction of its own."""
    mark = f"{next(_MARKS)}-{free_tcp()}"
    lines = (
        f"INVITE sip:{number}@{BRIDGE} SIP/2.0", f"Via: SIP/2.0/TLS {POLICE_TLS};branch=z9hG4bK{mark}",
        "From: <sip:119@police.example>;tag=1", f"To: <sip:{number}@{BRIDGE}>", f"Call-ID: {mark}",
        "CSeq: 1 INVITE", f"Contact: <sip:119@{POLICE_TLS};transport=tls>",
        "Content-Type: application/sdp", f"Content-Length: {len(SDP)}", "", SDP,
    )  # fmt: skip
    return "\r\n".join(lines)


def test_a_trunk_is_known_by_its_certificate_and_not_by_its_address(house: House) -> None:
    right = house.authority.issue("police", dns="police.example")
    other = house.authority.issue("other", dns="other.example")
    assert "SIP/2.0 480" in tls_from(POLICE_TLS, house.sips, invite("1105"), right)  # let in: nobody there
    assert "SIP/2.0 403" in tls_from(POLICE_TLS, house.sips, invite("1105"), other)
    assert "SIP/2.0 403" in tls_from(POLICE_TLS, house.sips, invite("1105"))
