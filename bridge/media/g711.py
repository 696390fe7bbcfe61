"""G.711: A-law and µ-law octets to and from 16-bit linear samples, by tables built at import from the
formulas.

Strategy: every conversion is one table look-up (`bytes.translate` or numpy `take`), so that a frame costs a
microsecond. Knows nothing of RTP. Linear samples are left-aligned to 16 bits as every sound library has them
(ITU-T G.711 speaks of 13 and 14 bits).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bridge.media.plan import Codec

Samples = NDArray[np.int16]

RATE = 8000
"""Samples per second."""
FRAME = 160
"""Samples (and octets) in 20 ms."""
SILENCE: dict[Codec, int] = {"PCMA": 0xD5, "PCMU": 0xFF}
"""The octet of the smallest positive value: digital silence."""

_ULAW_BIAS = 0x84  # 33 of 14 bits, left-aligned: makes every segment start at a power of two
_ULAW_CLIP = 8158  # with the bias just inside the last segment: all above is its last step (table 2a)


def _decode_alaw(octet: int) -> int:
    """One A-law octet to linear (G.711 table 1a; even bits are inverted on the line)."""
    value = octet ^ 0x55
    segment, step = (value >> 4) & 7, (value & 15) << 4
    magnitude = step + 8 if segment == 0 else (step + 0x108) << (segment - 1)
    return magnitude if value & 0x80 else -magnitude


def _decode_ulaw(octet: int) -> int:
    """One µ-law octet to linear (G.711 table 2a; all bits are inverted on the line)."""
    value = ~octet & 0xFF
    magnitude = ((((value & 15) << 3) + _ULAW_BIAS) << ((value >> 4) & 7)) - _ULAW_BIAS
    return -magnitude if value & 0x80 else magnitude


def _encode_alaw(linear: int) -> int:
    """One linear sample to A-law, by G.711's decision values."""
    sign, magnitude = (0xD5, linear >> 3) if linear >= 0 else (0x55, -(linear >> 3) - 1)
    segment = max(0, magnitude.bit_length() - 5)
    return ((segment << 4) | ((magnitude >> max(segment, 1)) & 15)) ^ sign


def _encode_ulaw(linear: int) -> int:
    """One linear sample to µ-law, by G.711's decision values."""
    sign, magnitude = (0xFF, linear >> 2) if linear >= 0 else (0x7F, -(linear >> 2))
    biased = min(magnitude, _ULAW_CLIP) + (_ULAW_BIAS >> 2)
    segment = min(7, biased.bit_length() - 6)
    return ((segment << 4) | min(15, (biased >> (segment + 1)) & 15)) ^ sign


def _table(values: list[int]) -> Samples:
    table = np.array(values, dtype=np.int16)
    table.setflags(write=False)
    return table


def _encoder(encode_one: Callable[[int], int], unused: int) -> NDArray[np.uint8]:
    """Indexed by the sample seen as an unsigned 16-bit number. unused: low bits the law does not look at:
    neighbours that differ only there share an octet, and the start of every process is that much shorter."""
    step = 1 << unused
    octets = [encode_one(linear) for linear in (*range(0, 32768, step), *range(-32768, 0, step))]
    table = np.repeat(np.array(octets, dtype=np.uint8), step)
    table.setflags(write=False)
    return table


_DECODE: dict[Codec, Samples] = {
    "PCMA": _table([_decode_alaw(octet) for octet in range(256)]),
    "PCMU": _table([_decode_ulaw(octet) for octet in range(256)]),
}
_ENCODE: dict[Codec, NDArray[np.uint8]] = {
    "PCMA": _encoder(_encode_alaw, 3),
    "PCMU": _encoder(_encode_ulaw, 2),
}


def decode(codec: Codec, payload: bytes | bytearray | memoryview) -> Samples:
    """G.711 octets to as many linear samples."""
    return _DECODE[codec].take(np.frombuffer(payload, dtype=np.uint8))


def encode(codec: Codec, samples: Samples) -> bytes:
    """Linear samples to as many G.711 octets."""
    return _ENCODE[codec].take(samples.view(np.uint16)).tobytes()


_SATURATING: dict[Codec, NDArray[np.uint8]] = {
    codec: table[np.arange(-32768, 32768).astype(np.int16).view(np.uint16)]
    for codec, table in _ENCODE.items()
}
"""The same tables in the order of the samples: an index beyond either end is the end."""


def encode_sum(codec: Codec, total: NDArray[np.int32]) -> bytes:
    """Sums of linear samples, saturated to 16 bits, as G.711 octets: one table look-up does both."""
    return _SATURATING[codec].take(total + 32768, mode="clip").tobytes()


@cache
def transcoder(source: Codec, target: Codec) -> bytes | None:
    """The table for `bytes.translate` from one law to the other; None where there is nothing to do."""
    if source == target:
        return None
    return encode(target, _DECODE[source])
