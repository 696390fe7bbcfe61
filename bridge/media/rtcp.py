"""RTCP: compound packets as values, and their bytes (RFC 3550 §6).

Strategy: what a stranger sends is checked by the rules of §A.2 (a compound that begins with SR or RR, whose
lengths add up) and read for the little a telephone bridge needs: the report about our stream, the sender's
clock for the round trip, BYE. Unknown packets in a compound are passed over. Knows no clock: NTP time is an
argument.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from bridge.errors import MalformedRtcp

SR, RR, SDES, BYE = 200, 201, 202, 203
MAX_PACKET: Final = 1500
NTP_EPOCH: Final = 2_208_988_800
"""Seconds from 1900 to 1970 (§4)."""
_HEAD: Final = struct.Struct("!BBH")
_SENDER: Final = struct.Struct("!IIIII")
_BLOCK: Final = struct.Struct("!IIIIII")
_PLAIN: Final = 0x80
_CNAME: Final = 1
_MOST_LOST: Final = 0x7FFFFF


class Block(NamedTuple):
    """One report about one stream. lost: share since the last report, 0..255 of 256; total: packets lost
    since the beginning, negative with duplicates; highest: extended sequence number; jitter: timestamp units;
    last: middle 32 bits of the NTP time of our last SR (0: none); since: 1/65536 s from then to now."""

    ssrc: int
    lost: int
    total: int
    highest: int
    jitter: int
    last: int
    since: int


class Sender(NamedTuple):
    """What an SR says of its own stream. ntp: 64 bits."""

    ntp: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Compound:
    """What we need of a compound packet. sender None: it began with an RR. bye: its sender leaves."""

    ssrc: int
    sender: Sender | None = None
    blocks: tuple[Block, ...] = ()
    bye: bool = False


def parse(datagram: bytes) -> Compound:
    """The compound packet. Raises MalformedRtcp."""
    packets = _split(datagram)
    kind, count, body = packets[0]
    if kind not in (SR, RR) or len(body) < 4:
        raise MalformedRtcp(f"a compound that begins with {kind}")
    ssrc = int.from_bytes(body[:4], "big")
    sender, at = _read_sender(body) if kind == SR else (None, 4)
    blocks = _read_blocks(body, at, count)
    for kind, count, body in packets[1:]:
        if kind == RR:  # §6.1: reports that did not fit into the first
            blocks += _read_blocks(body, 4, count)
    return Compound(ssrc, sender, blocks, any(kind == BYE for kind, _, _ in packets))


def _split(datagram: bytes) -> list[tuple[int, int, bytes]]:
    """(type, count, body) of each packet in the compound (§A.2)."""
    if not 8 <= len(datagram) <= MAX_PACKET or len(datagram) % 4:
        raise MalformedRtcp(f"an RTCP packet of {len(datagram)} octets")
    packets: list[tuple[int, int, bytes]] = []
    at = 0
    while at < len(datagram):
        first, kind, words = _HEAD.unpack_from(datagram, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(datagram):
            raise MalformedRtcp("a compound whose versions or lengths do not fit")
        padded = first & 0x20
        if padded and (end != len(datagram) or not packets):  # only the last packet may be padded
            raise MalformedRtcp("padding in the middle of a compound")
        packets.append((kind, first & 0x1F, datagram[at + 4 : end]))
        at = end
    return packets


def _read_sender(body: bytes) -> tuple[Sender, int]:
    if len(body) < 24:
        raise MalformedRtcp("a sender report cut off")
    high, low, timestamp, packets, octets = _SENDER.unpack_from(body, 4)
    return Sender(high << 32 | low, timestamp, packets, octets), 24


def _read_blocks(body: bytes, at: int, count: int) -> tuple[Block, ...]:
    if len(body) < at + count * _BLOCK.size:
        raise MalformedRtcp("report blocks cut off")
    return tuple(_read_block(body, at + each * _BLOCK.size) for each in range(count))


def _read_block(body: bytes, at: int) -> Block:
    ssrc, losses, highest, jitter, last, since = _BLOCK.unpack_from(body, at)
    total = (losses & 0xFFFFFF) - (0x1000000 if losses & 0x800000 else 0)
    return Block(ssrc, losses >> 24, total, highest, jitter, last, since)


def build(ssrc: int, sender: Sender | None, block: Block | None, cname: bytes, *, bye: bool = False) -> bytes:
    """A compound: SR (or RR), SDES with the CNAME (§6.1: always), BYE when we leave. cname: 1..255 octets."""
    blocks = b"" if block is None else _write_block(block)
    body = struct.pack("!I", ssrc)
    if sender is not None:
        counts = (sender.timestamp, sender.packets & 0xFFFFFFFF, sender.octets & 0xFFFFFFFF)
        body += _SENDER.pack(sender.ntp >> 32, sender.ntp & 0xFFFFFFFF, *counts)
    report = _packet(RR if sender is None else SR, int(block is not None), body + blocks)
    item = struct.pack("!IBB", ssrc, _CNAME, len(cname)) + cname
    item += bytes(4 - len(item) % 4)  # §6.5: at least one null octet ends the list
    source = struct.pack("!I", ssrc)
    return report + _packet(SDES, 1, item) + (_packet(BYE, 1, source) if bye else b"")


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(_PLAIN | count, kind, len(body) // 4) + body


def _write_block(block: Block) -> bytes:
    total = max(-_MOST_LOST, min(_MOST_LOST, block.total)) & 0xFFFFFF
    counts = (block.highest & 0xFFFFFFFF, min(block.jitter, 0xFFFFFFFF), block.last, block.since & 0xFFFFFFFF)
    return _BLOCK.pack(block.ssrc, block.lost << 24 | total, *counts)


def ntp(wall: float) -> int:
    """Seconds since 1970 as a 64-bit NTP time stamp."""
    return round((wall + NTP_EPOCH) * 2**32) & 0xFFFFFFFFFFFFFFFF


def middle(ntp_time: int) -> int:
    """The middle 32 bits, which a report gives back: 1/65536 s (§4)."""
    return ntp_time >> 16 & 0xFFFFFFFF


def round_trip(block: Block, now: int) -> float | None:
    """Seconds to the far end and back, by what it says of our last SR; now: `middle` of the present time
    (§6.4.1). None: it has heard none, or its numbers cannot be."""
    if not block.last:
        return None
    units = (now - block.last - block.since) & 0xFFFFFFFF
    return units / 65536 if units < 60 * 65536 else None
