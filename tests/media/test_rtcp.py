"""RTCP: what we write is read back, the RFC's rules are kept, and a stranger's bytes end in one error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedRtcp
from bridge.media.rtcp import (
    BYE,
    RR,
    SDES,
    SR,
    Block,
    Compound,
    Sender,
    build,
    middle,
    ntp,
    parse,
    round_trip,
)

WORD = st.integers(0, 2**32 - 1)
BLOCKS = st.builds(
    Block, WORD, st.integers(0, 255), st.integers(-(2**23) + 1, 2**23 - 1), WORD, WORD, WORD, WORD
)
SENDERS = st.builds(Sender, st.integers(0, 2**64 - 1), WORD, WORD, WORD)


@given(WORD, st.none() | SENDERS, st.none() | BLOCKS, st.binary(min_size=1, max_size=255), st.booleans())
def test_round_trip_of_bytes(
    ssrc: int, sender: Sender | None, block: Block | None, cname: bytes, bye: bool
) -> None:
    packet = build(ssrc, sender, block, cname, bye=bye)
    assert len(packet) % 4 == 0
    assert parse(packet) == Compound(ssrc, sender, (block,) if block else (), bye)


def test_what_goes_out_begins_with_a_report_and_names_us() -> None:
    packet = build(7, None, None, b"bridge@here", bye=True)
    kinds, at = [], 0
    while at < len(packet):
        kinds.append(packet[at + 1])
        at += 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
    assert kinds == [RR, SDES, BYE]
    assert b"\x01\x0bbridge@here\0" in packet
    assert build(7, Sender(1, 2, 3, 4), None, b"x")[1] == SR


def test_a_report_of_baresip() -> None:
    """RFC 3550 §6.4.1, octet by octet: SR with one block, then SDES."""
    packet = bytes.fromhex(
        "81c8000c" "11223344" "e3b0c44298fc1c14" "000003e8" "0000000a" "00000640"
        "55667788" "40000005" "00010064" "00000010" "9ac0ffee" "00008000"
        "81ca0002" "11223344" "01010000"
    )  # fmt: skip
    read = parse(packet)
    assert read.sender == Sender(0xE3B0C44298FC1C14, 1000, 10, 1600)
    assert read.blocks == (Block(0x55667788, 64, 5, 0x10064, 16, 0x9AC0FFEE, 0x8000),)


def test_reports_that_did_not_fit_into_the_first() -> None:
    more = Block(9, 1, 2, 3, 4, 5, 6)
    packet = build(7, Sender(1, 2, 3, 4), Block(8, 0, 0, 0, 0, 0, 0), b"x")
    extra = build(7, None, more, b"x")
    assert parse(packet + extra).blocks[1] == more


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x80\xc9\x00",
        b"\x80\xc9\x00\x00",
        b"\x40\xc9\x00\x01" + bytes(4),
        b"\x80\xca\x00\x01" + bytes(4),
        b"\x80\xc9\x00\x09" + bytes(4),
        b"\x81\xc9\x00\x01" + bytes(4),
        b"\x80\xc8\x00\x01" + bytes(4),
        b"\xa0\xc9\x00\x01" + bytes(4),
        b"\x80\xc9\x00\x01" + bytes(4) + b"\xa0\xca\x00\x00" + b"\x80\xcb\x00\x00",
        b"\x80\xc9\x00\x01" + bytes(5),
        bytes(1504),
    ],
)
def test_malformed(packet: bytes) -> None:
    with pytest.raises(MalformedRtcp):
        parse(packet)


@given(
    st.binary(max_size=200) | st.binary(min_size=4, max_size=120).map(lambda tail: b"\x81\xc8\x00\x0c" + tail)
)
def test_any_bytes_are_a_compound_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedRtcp):
        assert len(parse(data).blocks) <= 31 * 50


@given(st.floats(1e9, 4e9), st.floats(0, 50), st.floats(0, 5))
def test_the_round_trip_is_what_is_left_of_the_time(wall: float, held: float, rtt: float) -> None:
    sent = ntp(wall)
    block = Block(1, 0, 0, 0, 0, middle(sent), round(held * 65536))
    measured = round_trip(block, middle(ntp(wall + held + rtt)))
    assert measured is None or abs(measured - rtt) < 0.001
    assert measured is not None or rtt < 0.001 or not block.last


def test_no_round_trip_without_our_report_or_out_of_reason() -> None:
    assert round_trip(Block(1, 0, 0, 0, 0, 0, 0), 5 << 16) is None
    assert round_trip(Block(1, 0, 0, 0, 0, 9 << 16, 0), 5 << 16) is None
