"""Sound as the recogniser wants it: a WAV file's bytes as mono 16-bit PCM, and a low rate raised to a higher
one.

Pure: bytes and numpy arrays in, bytes out. Knows RIFF/WAVE and band-limited interpolation; opens no file and
knows nothing of Vosk. Python's `wave` is not used because it refuses WAVE_FORMAT_EXTENSIBLE before 3.12 and
trusts the data size that a recorder killed in the middle never wrote.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.errors import AudioFileError

_PCM: Final = 0x0001
_EXTENSIBLE: Final = 0xFFFE
_NAMES: Final = {0x0003: "32 位浮点", 0x0006: "A 律 (G.711)", 0x0007: "μ 律 (G.711)", 0x0055: "MP3"}

_HALF: Final = 16
"""Input samples on each side of an interpolated one: 2 ms at 8 kHz, flat to 0.1 dB over G.712's telephone
band."""
_CUTOFF: Final = 0.95
_KAISER_BETA: Final = 7.0
"""Images of the voice band above half the input rate end below -60 dB."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A mono recording: `pcm` is 16-bit little-endian, `rate` in Hz."""

    rate: int
    pcm: bytes

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.pcm) / 2 / self.rate


def read_wav(data: bytes) -> Clip:
    """A 16-bit PCM WAV file, mono or stereo (mixed to mono), any rate. Raises AudioFileError, in Chinese."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise AudioFileError("不是 WAV 文件(缺少 RIFF/WAVE 文件头);请先转换成 16 位 PCM 的 WAV")
    chunks = dict(_chunks(data))
    if b"fmt " not in chunks or b"data" not in chunks:
        raise AudioFileError("WAV 文件不完整(缺少 fmt 或 data 段)")
    channels, rate = _format(chunks[b"fmt "])
    return Clip(rate, _mono(chunks[b"data"], channels))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each RIFF chunk; a size past the end means "to the end", as streaming writers leave
    it."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _format(body: bytes) -> tuple[int, int]:
    """Channels and rate of a `fmt ` chunk that we can read, or AudioFileError saying which format it is."""
    if len(body) < 16:
        raise AudioFileError("WAV 文件的 fmt 段太短")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) >= 26:
        tag = int.from_bytes(body[24:26], "little")
    if tag != _PCM or bits != 16:
        raise AudioFileError(f"只支持 16 位 PCM,这个文件是{_NAMES.get(tag, f'格式 {tag}')}、{bits} 位")
    if channels not in (1, 2) or not 1000 <= rate <= 384_000:
        raise AudioFileError(
            f"只支持单声道或双声道、采样率 1000–384000 Hz,这个文件是 {channels} 声道、{rate} Hz"
        )
    return channels, rate


def _mono(body: bytes, channels: int) -> bytes:
    """Both channels of a stereo recording heard as one; a torn last frame is left out."""
    frames = len(body) // (2 * channels)
    samples = np.frombuffer(body, "<i2", frames * channels)
    if channels == 1:
        return bytes(samples)
    mixed = samples.reshape(frames, channels).astype(np.int32).sum(axis=1) // channels
    return bytes(mixed.astype("<i2"))


class Upsampler:
    """Raises a stream's rate piece by piece; the seams between pieces are not audible or visible.

    Windowed-sinc interpolation; a constant input gives the same constant output. `rate` must not be above
    `target`. Delay: 16 input samples, given back by `flush`.
    """

    def __init__(self, rate: int, target: int) -> None:
        if not 0 < rate <= target:
            raise ValueError(f"cannot raise {rate} Hz to {target} Hz")
        common = gcd(rate, target)
        self._up, self._down = target // common, rate // common
        self._table = _phases(self._up)
        self._buffer: NDArray[np.float32] = np.zeros(_HALF - 1, np.float32)
        self._position = 0
        """Position of the next output sample, in 1/up input samples after the one at buffer[_HALF - 1]."""

    def feed(self, pcm: bytes) -> bytes:
        """All output that the input so far decides; pcm is s16le mono at `rate`, the answer s16le at
        `target`."""
        self._buffer = np.concatenate([self._buffer, np.frombuffer(pcm, "<i2").astype(np.float32)])
        ready = (len(self._buffer) - 2 * _HALF + 1) * self._up
        positions = np.arange(self._position, max(ready, self._position), self._down)
        if not len(positions):
            return b""
        index, phase = positions // self._up, positions % self._up
        windows = np.lib.stride_tricks.sliding_window_view(self._buffer, 2 * _HALF)[index]
        out = np.einsum("ij,ij->i", windows, self._table[phase])
        self._forget(int(positions[-1]) + self._down)
        return bytes(np.clip(np.rint(out), -32768, 32767).astype("<i2"))

    def _forget(self, position: int) -> None:
        """Drops input that no later output needs."""
        # Never more than there is: at a low rate the next output may lie past the last input sample.
        used = min(position // self._up, len(self._buffer))
        self._buffer = self._buffer[used:]
        self._position = position - used * self._up

    def flush(self) -> bytes:
        """The delayed end of the stream, as if silence followed."""
        return self.feed(bytes(2 * _HALF))


def _phases(up: int) -> NDArray[np.float32]:
    """One row of 2·_HALF weights for each of the `up` places between two input samples; each row sums to
    one."""
    fraction = np.arange(up)[:, None] / up
    distance = fraction - np.arange(-_HALF + 1, _HALF + 1)[None, :]
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0.0, 1 - (distance / _HALF) ** 2)))
    weights = np.sinc(_CUTOFF * distance) * window
    table: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return table
