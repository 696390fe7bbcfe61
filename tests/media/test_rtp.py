"""RTP headers: whatever a stranger sends is a packet or MalformedRtp."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedRtp
from bridge.media import rtp

PLAIN = rtp.build(8, (7, 160, 0xCAFE), b"\xd5" * 160)


def test_a_plain_packet() -> None:
    packet = rtp.parse(PLAIN)
    assert packet == (8, False, 7, 160, 0xCAFE, 12, 172)
    assert rtp.voice(packet) == 160


def test_numbers_wrap() -> None:
    packet = rtp.parse(rtp.build(0, (0x10001, 2**32 + 5, 1), b"x", marker=True))
    assert (packet.seq, packet.timestamp, packet.marker) == (1, 5, True)


def test_csrc_extension_and_padding_are_no_payload() -> None:
    head = bytes([0x80 | 0x20 | 0x10 | 2]) + PLAIN[1:12]
    csrc, extension = bytes(8), b"\xbe\xde\x00\x01" + bytes(4)
    packet = rtp.parse(head + csrc + extension + b"voice" + b"\0\0\x03")
    assert (packet.start, packet.end) == (28, 33)


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (b"", "0 octets"),
        (PLAIN[:11], "11 octets"),
        (bytes(12), "version 0"),
        (b"\x40" + PLAIN[1:], "version 1"),
        (b"\xc0" + PLAIN[1:], "version 3"),
        (b"\x8f" + PLAIN[1:20], "longer than"),
        (b"\x90" + PLAIN[1:14], "extension"),
        (b"\x90" + PLAIN[1:12] + b"\0\0\xff\xff", "longer than"),
        (b"\xa0" + PLAIN[1:12] + b"abc\0", "padding"),
        (b"\xa0" + PLAIN[1:12] + b"abc\x20", "longer than"),
        (PLAIN + bytes(2000), "octets"),
    ],
)
def test_malformed(datagram: bytes, why: str) -> None:
    with pytest.raises(MalformedRtp, match=why):
        rtp.parse(datagram)


@pytest.mark.parametrize("size", [0, 961])
def test_wrong_amount_of_voice(size: int) -> None:
    with pytest.raises(MalformedRtp, match=f"{size} octets"):
        rtp.voice(rtp.parse(rtp.build(8, (1, 2, 3), bytes(size))))


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_packet_or_the_error(datagram: bytes) -> None:
    try:
        packet = rtp.parse(datagram)
    except MalformedRtp:
        return
    assert 12 <= packet.start <= packet.end <= len(datagram)


@given(st.integers(0, 0xFFFF), st.integers(-0x8000, 0x7FFF))
def test_sequence_numbers_run_in_a_circle(start: int, step: int) -> None:
    assert rtp.seq_diff((start + step) & 0xFFFF, start) == step


@given(st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1))
def test_timestamps_run_in_a_circle(start: int, step: int) -> None:
    assert rtp.timestamp_diff((start + step) % 2**32, start) == step
