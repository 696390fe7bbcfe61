"""A flood of new calls, bounded in number and time: most are told to come back later, and nobody who is
talking notices."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.conftest import Need
from tests.peers.ports import free_udp
from tests.wire.house import BRIDGE, CARRIER, House
from tests.wire.phones import Phones
from tests.wire.sipp import until

CALLS, A_SECOND, SECONDS = 10_000, 4000, 20
FLOOD = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="flood">
<send retrans="500"><![CDATA[
INVITE sip:12303@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:13900000000@[local_ip]>;tag=[call_number]
To: <sip:12303@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:flood@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 4000 RTP/AVP 8
]]></send>
<recv response="100" optional="true"/>
<recv response="480" optional="true" next="1"/>
<recv response="503"/>
<label id="1"/>
<send><![CDATA[
ACK sip:12303@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-6];rport
From: <sip:13900000000@[local_ip]>;tag=[call_number]
To: <sip:12303@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
</scenario>
"""


def test_a_flood_is_told_to_come_back_later(house: House, phones: Phones, need: Need, tmp_path: Path) -> None:
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    (tmp_path / "flood.xml").write_text(FLOOD)
    argv = [
        need("sipp", debian="sip-tester"), "-sf", str(tmp_path / "flood.xml"), "-i", CARRIER,
        "-p", str(free_udp(CARRIER)), "-m", str(CALLS), "-r", str(A_SECOND), "-l", str(CALLS),
        "-nostdin", "-timeout", str(SECONDS),
        "-trace_shortmsg", "-shortmessage_file", str(tmp_path / "short"),
        f"{BRIDGE}:{house.sip}",
    ]  # fmt: skip
    flood = subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: house.metric("bridge_overload_level") >= 1, "it is too much")
        caller.cue()  # in the middle of it: the BYE is served
        agent.done()
        until(lambda: "503 Service" in (tmp_path / "short").read_text(errors="replace"), "503 told")
    finally:
        flood.kill()
        flood.wait(10)
    until(lambda: house.metric("bridge_overload_level") == 0, "calm again")
    until(lambda: house.metric("bridge_media_ports_free") >= 2, "ports")
    phones.done()
    again, other = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    again.cue()
    other.done()
