"""A strip: some tenths of a second of one leg's G.711, from the media process to the recorder (bytes <->
values).

Layout: CLOCK_MONOTONIC of the first sample (8 octets, IEEE double), the strip's number within its leg (4
octets), payload type of the law (1 octet: 0 or 8), length of the leg's id (1 octet), the id (UTF-8), then the
octets as they came. Both ends are processes of one machine, so the clock is the same.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from bridge.media.plan import Codec

_HEAD: Final = struct.Struct("!dIBB")
MAX_DATAGRAM: Final = 16384
"""Octets: two seconds and an id; a strip is normally half a second."""
_TYPE: Final[dict[Codec, int]] = {"PCMU": 0, "PCMA": 8}
_LAW: Final[dict[int, Codec]] = {0: "PCMU", 8: "PCMA"}


class Strip(NamedTuple):
    """leg: its id, at most 255 octets; number: counts the leg's strips, so that a lost one shows; at:
    CLOCK_MONOTONIC seconds of the first sample."""

    leg: str
    number: int
    at: float
    law: Codec
    octets: bytes


def encode_strip(strip: Strip) -> bytes:
    """One datagram. Raises ValueError when the leg's id is longer than 255 octets."""
    name = strip.leg.encode()
    if len(name) > 255:
        raise ValueError("leg id too long for a strip")
    head = _HEAD.pack(strip.at, strip.number & 0xFFFFFFFF, _TYPE[strip.law], len(name))
    return head + name + strip.octets


def decode_strip(datagram: bytes) -> Strip:
    """The strip in a datagram. Raises ValueError on anything else."""
    if len(datagram) < _HEAD.size:
        raise ValueError("strip shorter than its head")
    at, number, kind, length = _HEAD.unpack_from(datagram)
    body = _HEAD.size + length
    if kind not in _LAW or len(datagram) < body or at != at:  # noqa: PLR0124 - NaN
        raise ValueError("strip of an unknown law, or cut off")
    return Strip(datagram[_HEAD.size : body].decode(), number, at, _LAW[kind], datagram[body:])
