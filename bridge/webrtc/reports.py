"""Whose stream is whose, in the octets of RTP and RTCP (RFC 3550). Pure.

The browser knows our stream by the number its description names, the media process sends under its own: in
what goes to the browser the number is changed to the one it knows, in the browser's reports back again, so
that loss, jitter and round trip of the last stretch are measured as with any telephone.
"""

from __future__ import annotations

import struct
from typing import Final

_SR: Final = 200
_RR: Final = 201
_SDES: Final = 202
_BYE: Final = 203
_BLOCKS_AT: Final = {_SR: 28, _RR: 8}
"""Where the report blocks begin (RFC 3550 §6.4.1, §6.4.2)."""
_BLOCK: Final = 24
_SSRC: Final = struct.Struct("!I")


def renumbered(packet: bytes, ssrc: bytes) -> bytes:
    """The RTP packet (12 octets or more) under another number."""
    return packet[:8] + ssrc + packet[12:]


def ssrc_of(packet: bytes) -> bytes:
    """An RTP packet's number."""
    return packet[8:12]


def towards_browser(compound: bytes, ssrc: int) -> bytes:
    """The media process's reports as the browser knows their sender; b"" for what is no RTCP."""
    out = b""
    for kind, packet in _parts(compound):
        if kind in (_SR, _RR, _SDES, _BYE) and len(packet) >= 8:
            out += packet[:4] + _SSRC.pack(ssrc) + packet[8:]
    return out


def from_browser(compound: bytes, ssrc: int, theirs: bytes) -> bytes:
    """The browser's reports, about the media process's stream; feedback it may send besides is left out."""
    wanted, out = _SSRC.pack(ssrc), b""
    for kind, packet in _parts(compound):
        if kind in _BLOCKS_AT:
            out += _about(packet, _BLOCKS_AT[kind], wanted, theirs)
        elif kind == _SDES and out:
            out += packet
    return out


def _about(packet: bytes, at: int, ssrc: bytes, theirs: bytes) -> bytes:
    made = bytearray(packet)
    for block in range(at, at + _BLOCK * (packet[0] & 0x1F), _BLOCK):
        if made[block : block + 4] == ssrc:
            made[block : block + 4] = theirs
    return bytes(made)


def _parts(compound: bytes) -> list[tuple[int, bytes]]:
    """Type and octets of each packet; what does not fit ends the list (RFC 3550 §6.1)."""
    found, at = [], 0
    while at + 4 <= len(compound) and compound[at] >> 6 == 2:
        size = 4 * (1 + int.from_bytes(compound[at + 2 : at + 4], "big"))
        if at + size > len(compound):
            break
        found.append((compound[at + 1], compound[at : at + size]))
        at += size
    return found
