"""RTP packets: bytes <-> values (RFC 3550 §5.1).

Strategy: one function parses any packet a stranger may send, with CSRC list, extension and padding, or
raises; another writes the plain header we send. The relay's hot path writes with `HEADER` itself; what it
must not do is to trust a byte that `parse` has not seen.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from bridge.errors import MalformedRtp

HEADER = struct.Struct("!BBHII")
"""Version and flags, marker and payload type, sequence number, timestamp, SSRC."""
HEADER_SIZE = HEADER.size
FAST = struct.Struct("!HHII")
"""The same header with its first two octets as one number: what the hot path compares at one stroke. (Four
octets would be a number that Python keeps in two digits, and slower.)"""
PLAIN = 0x80
"""First octet of a packet without padding, extension and CSRC: version 2."""
MARKER = 0x80
MAX_PACKET = 1500
"""Octets; nothing longer comes unfragmented over Ethernet, and no telephone sends it."""
MAX_VOICE = 960
"""Octets of G.711 in one packet: 120 ms. Longer ptimes are no telephony."""


class Packet(NamedTuple):
    """A parsed packet; the payload is the octets [start:end] of the datagram."""

    payload_type: int
    marker: bool
    seq: int
    timestamp: int
    ssrc: int
    start: int
    end: int


def parse(datagram: bytes | bytearray | memoryview, size: int | None = None) -> Packet:
    """The packet in the first `size` octets. Raises MalformedRtp: wrong version, or lengths that do not
    fit."""
    size = len(datagram) if size is None else size
    if not HEADER_SIZE <= size <= MAX_PACKET:
        raise MalformedRtp(f"an RTP packet of {size} octets")
    first, second, seq, timestamp, ssrc = HEADER.unpack_from(datagram)
    if first >> 6 != 2:
        raise MalformedRtp(f"RTP version {first >> 6}")
    start = HEADER_SIZE + 4 * (first & 0x0F)
    if first & 0x10:
        start = _after_extension(datagram, start, size)
    end = _before_padding(datagram, size) if first & 0x20 else size
    if start > end:
        raise MalformedRtp("header longer than the packet")
    return Packet(second & 0x7F, bool(second & MARKER), seq, timestamp, ssrc, start, end)


def _after_extension(datagram: bytes | bytearray | memoryview, start: int, size: int) -> int:
    """RFC 3550 §5.3.1: 16 bits of profile, 16 bits of length in words, the words."""
    if start + 4 > size:
        raise MalformedRtp("extension cut off")
    return start + 4 + 4 * int.from_bytes(datagram[start + 2 : start + 4], "big")


def _before_padding(datagram: bytes | bytearray | memoryview, size: int) -> int:
    """RFC 3550 §5.1: the last octet counts the padding, itself included, so it is never 0."""
    padding = datagram[size - 1]
    if padding == 0:
        raise MalformedRtp("padding of length 0")
    return size - padding


def voice(packet: Packet) -> int:
    """Octets of G.711 in the packet. Raises MalformedRtp when there are none or more than `MAX_VOICE`."""
    length = packet.end - packet.start
    if not 1 <= length <= MAX_VOICE:
        raise MalformedRtp(f"{length} octets of G.711")
    return length


def build(payload_type: int, numbers: tuple[int, int, int], payload: bytes, *, marker: bool = False) -> bytes:
    """A plain packet. `numbers`: sequence number (modulo 2**16), timestamp (modulo 2**32), SSRC."""
    seq, timestamp, ssrc = numbers
    second = payload_type | (MARKER if marker else 0)
    return HEADER.pack(PLAIN, second, seq & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def seq_diff(newer: int, older: int) -> int:
    """newer - older in the circle of 16 bits: -32768 … 32767."""
    return ((newer - older + 0x8000) & 0xFFFF) - 0x8000


def timestamp_diff(newer: int, older: int) -> int:
    """newer - older in the circle of 32 bits."""
    return ((newer - older + 0x80000000) & 0xFFFFFFFF) - 0x80000000
