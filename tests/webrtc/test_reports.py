"""RTP and RTCP under another number: only what names a stream changes."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from bridge.media.rtp import build, parse
from bridge.webrtc.offer import numeric
from bridge.webrtc.reports import from_browser, renumbered, ssrc_of, towards_browser

BROWSER, OURS, MEDIA = 0xB0B0B0B0, 0x0A0A0A0A, 0x3D3D3D3D


def report(kind: int, sender: int, about: int, info: bytes = b"") -> bytes:
    block = struct.pack("!IIIIII", about, 1, 2, 3, 4, 5)
    body = struct.pack("!I", sender) + info + block
    return struct.pack("!BBH", 0x81, kind, len(body) // 4) + body


def test_a_packet_keeps_all_but_its_number() -> None:
    packet = build(8, (7, 1120, MEDIA), b"voice", marker=True)
    other = renumbered(packet, OURS.to_bytes(4, "big"))
    assert parse(other)._replace(ssrc=MEDIA) == parse(packet)
    assert (ssrc_of(packet), other[12:]) == (MEDIA.to_bytes(4, "big"), b"voice")


def test_reports_are_about_the_stream_each_side_knows() -> None:
    sr = report(200, MEDIA, BROWSER, bytes(20))
    assert towards_browser(sr, OURS) == report(200, OURS, BROWSER, bytes(20))
    rr = report(201, BROWSER, OURS)
    feedback = struct.pack("!BBHII", 0x81, 205, 2, BROWSER, OURS)
    assert from_browser(rr + feedback, OURS, MEDIA.to_bytes(4, "big")) == report(201, BROWSER, MEDIA)


@given(st.binary(max_size=200))
def test_whatever_octets_come(data: bytes) -> None:
    for made in (towards_browser(data, OURS), from_browser(data, OURS, b"abcd")):
        assert len(made) <= len(data)


def test_only_numeric_udp_candidates_are_taken() -> None:
    assert numeric("candidate:1 1 udp 2122260223 192.0.2.7 51234 typ host generation 0")
    for wrong in (
        "candidate:1 1 udp 2122260223 7d0d2a2c-5c1a.local 51234 typ host",
        "candidate:1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active",
        "", "candidate:", "x" * 600,
    ):  # fmt: skip
        assert not numeric(wrong)
