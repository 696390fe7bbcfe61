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
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from asr.errors import AudioFileError

_PCM: Final = 0x0001
_EXTENSIBLE: Final = 0xFFFE
_TORN: Final = "WAV 文件不完整(缺少 fmt 或 data 段)"
_NAMES: Final = {0x0003: "32 位浮点", 0x0006: "A 律 (G.711)", 0x0007: "μ 律 (G.711)", 0x0055: "MP3"}

Channel = Literal["left", "right", "mix"]
"""What of a stereo recording is heard; ours have the caller on the left and everybody else on the right."""

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


@dataclass(frozen=True, slots=True)
class Shape:
    """A WAV file seen from outside: channels (1 or 2), rate in Hz, length in seconds."""

    channels: int
    rate: int
    seconds: float


def read_wav(data: bytes, channel: Channel = "mix") -> Clip:
    """A 16-bit PCM WAV file, mono, or one channel or the mix of a stereo one, any rate. Raises
    AudioFileError, in Chinese."""
    chunks = {name: data[start : start + size] for name, start, size in _chunks(data)}
    if b"fmt " not in chunks or b"data" not in chunks:
        raise AudioFileError(_TORN)
    channels, rate = _format(chunks[b"fmt "])
    return Clip(rate, _mono(chunks[b"data"], channels, channel))


def wav_shape(head: bytes, size: int) -> Shape:
    """What a WAV file's beginning (64 KiB are plenty) tells of the whole, which has `size` bytes. Raises
    AudioFileError as read_wav."""
    chunks = {name: (start, length) for name, start, length in _chunks(head)}
    if b"fmt " not in chunks or b"data" not in chunks:
        raise AudioFileError(_TORN)
    at, length = chunks[b"fmt "]
    channels, rate = _format(head[at : at + length])
    at, length = chunks[b"data"]
    return Shape(channels, rate, min(length, size - at) // (2 * channels) / rate)


def wav_bytes(clip: Clip) -> bytes:
    """The clip as a WAV file."""
    fmt = struct.pack("<HHIIHH", _PCM, 1, clip.rate, 2 * clip.rate, 2, 16)
    body = (
        struct.pack("<4sI", b"fmt ", len(fmt)) + fmt + struct.pack("<4sI", b"data", len(clip.pcm)) + clip.pcm
    )
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and stated size of each RIFF chunk. A size past the end means "to the end", as streaming
    writers leave it; slices take it so."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise AudioFileError("不是 WAV 文件(缺少 RIFF/WAVE 文件头);请先转换成 16 位 PCM 的 WAV")
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, at + 8, size
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


def _mono(body: bytes, channels: int, channel: Channel) -> bytes:
    """One channel, or both heard as one; a torn last frame is left out."""
    frames = len(body) // (2 * channels)
    samples = np.frombuffer(body, "<i2", frames * channels)
    if channels == 1:
        return bytes(samples)
    both = samples.reshape(frames, channels)
    if channel == "mix":
        return bytes((both.astype(np.int32).sum(axis=1) // channels).astype("<i2"))
    return both[:, 0 if channel == "left" else 1].tobytes()


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
