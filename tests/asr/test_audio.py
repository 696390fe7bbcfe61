"""WAV files as they come, and a raised rate that keeps the sound and adds none."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.audio import Upsampler, read_wav
from asr.errors import AudioFileError


def wav(
    pcm: bytes, *, rate: int = 8000, channels: int = 1, tag: int = 1, bits: int = 16, size: int = -1
) -> bytes:
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    if tag == 0xFFFE:
        fmt += struct.pack("<HHIH14s", 22, bits, 0, 1, b"\0" * 14)
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"LIST" + struct.pack("<I", 3) + b"abc\0"
    chunks += b"data" + struct.pack("<I", len(pcm) if size < 0 else size) + pcm
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize("rate", [6000, 8000, 11025, 16000, 44100, 48000])
def test_mono(rate: int) -> None:
    clip = read_wav(wav(b"\1\0\2\0", rate=rate))
    assert (clip.rate, clip.pcm) == (rate, b"\1\0\2\0")


def test_stereo_is_mixed_without_overflow() -> None:
    loud = np.array([32767, 32767, -32768, -32768, 100, -100], "<i2").tobytes()
    assert np.frombuffer(read_wav(wav(loud, channels=2)).pcm, "<i2").tolist() == [32767, -32768, 0]


def test_extensible_and_unfinished_headers() -> None:
    assert read_wav(wav(b"\1\0", tag=0xFFFE)).pcm == b"\1\0"
    assert read_wav(wav(b"\1\0\2\0", size=0x7FFFF000)).pcm == b"\1\0\2\0"


def test_a_torn_last_sample_is_left_out() -> None:
    assert read_wav(wav(b"\1\0\2")).pcm == b"\1\0"
    assert read_wav(wav(b"\1\0\2\0\3", channels=2)).pcm == b"\1\0"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "不是 WAV"),
        (b"ID3" + bytes(100), "不是 WAV"),
        (b"RIFF\0\0\0\0WAVE", "不完整"),
        (wav(b"", tag=6, bits=8), "A 律"),
        (wav(b"", bits=24), "24 位"),
        (wav(b"", channels=6), "6 声道"),
        (wav(b"", rate=0), "0 Hz"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, told: str) -> None:
    with pytest.raises(AudioFileError, match=told):
        read_wav(data)


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: wav(b"\1\0")[:30] + tail))
def test_a_strangers_file_ends_in_one_error(data: bytes) -> None:
    with contextlib.suppress(AudioFileError):
        read_wav(data)


def raised(pcm: bytes, rate: int, target: int, sizes: list[int]) -> np.ndarray:
    up, out, at = Upsampler(rate, target), b"", 0
    for size in sizes:
        out += up.feed(pcm[at : at + 2 * size])
        at += 2 * size
    out += up.feed(pcm[at:]) + up.flush()
    return np.frombuffer(out, "<i2")


def tone(hertz: float, rate: int, seconds: float = 0.5) -> bytes:
    at = np.arange(int(rate * seconds)) / rate
    return bytes((10_000 * np.sin(2 * np.pi * hertz * at)).astype("<i2"))


@given(
    st.lists(st.integers(0, 700), max_size=8), st.sampled_from([(8000, 16000), (11025, 16000), (6000, 8000)])
)
def test_seams_do_not_show(sizes: list[int], rates: tuple[int, int]) -> None:
    pcm = tone(440, rates[0], 0.3)
    assert raised(pcm, *rates, sizes).tolist() == raised(pcm, *rates, []).tolist()


@pytest.mark.parametrize(("rate", "target"), [(8000, 16000), (11025, 16000), (6000, 8000)])
@pytest.mark.parametrize("part", [0.05, 0.25, 0.42])
def test_a_tone_stays_that_tone(rate: int, target: int, part: float) -> None:
    hertz = rate * part
    out = raised(tone(hertz, rate), rate, target, []).astype(float)
    ideal = np.frombuffer(tone(hertz, target), "<i2").astype(float)
    assert abs(len(out) - len(ideal)) <= 1
    middle = slice(target // 20, -target // 20)
    size = min(len(out), len(ideal))
    heard, meant = out[:size][middle], ideal[:size][middle]
    gain = heard @ meant / (meant @ meant)
    assert gain == pytest.approx(1, abs=0.012)  # 0.1 dB
    assert (heard - gain * meant).std() < meant.std() / 560  # what was added: -55 dB


def test_full_scale_does_not_wrap_round() -> None:
    square = np.repeat(np.array([32767, -32768] * 50, "<i2"), 20).tobytes()
    out = raised(square, 8000, 16000, []).astype(int)
    assert abs(np.diff(out)).max() < 45_000  # a wrapped sample would jump by 65 535


def test_lowering_is_not_its_business() -> None:
    with pytest.raises(ValueError, match="cannot raise"):
        Upsampler(16000, 8000)
