"""A tap datagram: what one leg said, from the media process to control (bytes <-> values).

Layout: CLOCK_MONOTONIC of the first sample (8 octets, IEEE double), length of the leg's id (1 octet), the id
(UTF-8), then s16le samples at 8 kHz. Both ends are processes of one machine, so the clock is the same.
"""

from __future__ import annotations

import struct

from bridge.media.g711 import Samples

_HEAD = struct.Struct("!dB")
MAX_DATAGRAM = 16384
"""Octets: half a second of samples and an id; a chunk is normally 100 ms."""


def encode_tap(leg: str, at: float, samples: Samples) -> bytes:
    """One datagram. Raises ValueError when the leg's id is longer than 255 octets."""
    name = leg.encode()
    if len(name) > 255:
        raise ValueError("leg id too long for a tap")
    return _HEAD.pack(at, len(name)) + name + samples.astype("<i2", copy=False).tobytes()


def decode_tap(datagram: bytes) -> tuple[str, float, bytes]:
    """Leg id, time of the first sample, s16le samples. Raises ValueError on anything else."""
    if len(datagram) < _HEAD.size:
        raise ValueError("tap shorter than its head")
    at, length = _HEAD.unpack_from(datagram)
    body = _HEAD.size + length
    if len(datagram) < body or (len(datagram) - body) % 2:
        raise ValueError("tap of a wrong length")
    return datagram[_HEAD.size : body].decode(), at, datagram[body:]
