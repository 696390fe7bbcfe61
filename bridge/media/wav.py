"""WAV files as bytes: any PCM or G.711 one in (what an administrator has), G.711 ones out (what we record).

Strategy: RIFF is a list of chunks; only `fmt ` and `data` matter, and a `data` that is longer than the file
(a recorder that was cut off) is read to the file's end. Knows no files: bytes come in as an argument.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from bridge.errors import UnusableSound
from bridge.media import g711, pcm
from bridge.media.g711 import RATE, Samples
from bridge.media.plan import Codec

PCM, FLOAT, ALAW, ULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
"""wFormatTag of Microsoft's WAVEFORMATEX."""
LAW_TAG: Final[dict[Codec, int]] = {"PCMA": ALAW, "PCMU": ULAW}
RATES: Final = range(8000, 192_001)
"""Hz we convert; below 8000 there is no telephone band to be had."""
HEADER_SIZE: Final = 58
"""Octets before the samples in the files we write: RIFF, an 18-octet `fmt `, `fact`, `data`."""

_ADVICE: Final = "用 sox 转换：sox 原文件 -r 8000 -c 1 -b 16 新文件.wav"
_RIFF: Final = struct.Struct("<4sI4s")
_CHUNK: Final = struct.Struct("<4sI")
_FORMAT: Final = struct.Struct("<HHIIHH")
_HEADER: Final = struct.Struct("<4sI4s 4sIHHIIHHH 4sII 4sI")


@dataclass(frozen=True, slots=True)
class _Shape:
    """The `fmt ` chunk: what the samples are."""

    tag: int
    channels: int
    rate: int
    bits: int


def read_samples(data: bytes) -> Samples:
    """The sound as 8 kHz mono samples, whatever its rate, channels (averaged) and sample format.

    Raises UnusableSound, saying in Chinese what is wrong and what to do.
    """
    shape, body = _parse(data)
    linear = _linear(shape, body)
    frames = linear[: linear.size // shape.channels * shape.channels].reshape(-1, shape.channels)
    if not len(frames):
        raise UnusableSound("文件里没有声音")
    mono = frames.mean(axis=1, dtype=np.float32) if shape.channels > 1 else frames[:, 0]
    return pcm.to_8k(mono, shape.rate)


def header(law: Codec, channels: Literal[1, 2], octets: int) -> bytes:
    """The head of a G.711 WAV at 8 kHz whose samples take `octets`; always HEADER_SIZE long."""
    size = min(octets, 0xFFFFFFFF - HEADER_SIZE)
    return _HEADER.pack(
        b"RIFF", HEADER_SIZE - 8 + size, b"WAVE",
        b"fmt ", 18, LAW_TAG[law], channels, RATE, RATE * channels, channels, 8, 0,
        b"fact", 4, size // channels, b"data", size,
    )  # fmt: skip


def _parse(data: bytes) -> tuple[_Shape, bytes]:
    if len(data) < _RIFF.size or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise UnusableSound(f"不是 WAV 文件；{_ADVICE}")
    shape: _Shape | None = None
    for name, body in _chunks(data):
        if name == b"fmt ":
            shape = _shape(body)
        elif name == b"data" and shape is not None:
            return shape, body
    raise UnusableSound(f"WAV 文件残缺（没有格式或没有声音）；{_ADVICE}")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = _RIFF.size
    while at + _CHUNK.size <= len(data):
        name, size = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        yield name, data[at : at + size]
        at += size + size % 2  # chunks are padded to even places


def _shape(body: bytes) -> _Shape:
    if len(body) < _FORMAT.size:
        raise UnusableSound(f"WAV 文件残缺（格式说明太短）；{_ADVICE}")
    tag, channels, rate, _, _, bits = _FORMAT.unpack_from(body)
    if tag == EXTENSIBLE and len(body) >= 26:  # the true tag begins the sub-format's GUID
        (tag,) = struct.unpack_from("<H", body, 24)
    if not channels or rate not in RATES:
        raise UnusableSound(f"采样率 {rate} Hz、{channels} 个声道用不了（要 8000 Hz 以上）；{_ADVICE}")
    return _Shape(tag, channels, rate, bits)


def _linear(shape: _Shape, body: bytes) -> NDArray[np.float32]:
    """Samples in 16-bit scale."""
    match shape.tag, shape.bits:
        case (6, 8):
            return g711.decode("PCMA", body).astype(np.float32)
        case (7, 8):
            return g711.decode("PCMU", body).astype(np.float32)
        case (1, 8):  # 8-bit PCM is unsigned
            return (np.frombuffer(body, dtype=np.uint8).astype(np.float32) - 128.0) * 256.0
        case (1, 16):
            return np.asarray(_whole(body, "<i2"), dtype=np.float32)
        case (1, 24):
            return _from_24(body)
        case (1, 32):
            return np.asarray(_whole(body, "<i4") / 65536.0, dtype=np.float32)
        case (3, 32):
            floats = np.nan_to_num(_whole(body, "<f4")).clip(-1.0, 1.0)
            return np.asarray(floats * 32767.0, dtype=np.float32)
        case _:
            raise UnusableSound(f"不认得的编码（格式 {shape.tag}，{shape.bits} 位）；{_ADVICE}")


def _whole(body: bytes, kind: str) -> NDArray[Any]:
    width = np.dtype(kind).itemsize
    return np.frombuffer(body[: len(body) // width * width], dtype=kind)


def _from_24(body: bytes) -> NDArray[np.float32]:
    octets = np.frombuffer(body[: len(body) // 3 * 3], dtype=np.uint8).reshape(-1, 3).astype(np.int32)
    value = (octets[:, 0] << 8 | octets[:, 1] << 16 | octets[:, 2] << 24) >> 8
    return (value / 256.0).astype(np.float32)
