"""An administrator's WAV, whatever made it, is the same sound at 8 kHz; anything else is refused."""

from __future__ import annotations

import contextlib
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import UnusableSound
from bridge.media import g711, wav
from tests.conftest import Need

SECONDS = 0.5


def tone(rate: int, hertz: float = 1000.0) -> np.ndarray:
    return 10000 * np.sin(2 * np.pi * hertz / rate * np.arange(int(rate * SECONDS)))


def made(tag: int, bits: int, rate: int, body: bytes, channels: int = 1) -> bytes:
    shape = struct.pack(
        "<HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits
    )
    chunks = b"fmt " + struct.pack("<I", len(shape)) + shape + b"LIST" + struct.pack("<I", 3) + b"abc\0"
    chunks += b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def alike(samples: np.ndarray, hertz: float = 1000.0, within: float = 150) -> None:
    inner = slice(100, -100)
    assert abs(samples.size - SECONDS * 8000) <= 1
    assert np.max(np.abs(samples[inner] - tone(8000, hertz)[: samples.size][inner])) < within


@pytest.mark.parametrize(
    ("tag", "bits", "convert"),
    [
        (1, 8, lambda x: (x / 256 + 128).round().astype(np.uint8)),
        (1, 16, lambda x: x.astype("<i2")),
        (1, 32, lambda x: (x * 65536).astype("<i4")),
        (3, 32, lambda x: (x / 32767).astype("<f4")),
        (6, 8, lambda x: np.frombuffer(g711.encode("PCMA", x.astype(np.int16)), np.uint8)),
        (7, 8, lambda x: np.frombuffer(g711.encode("PCMU", x.astype(np.int16)), np.uint8)),
    ],
)
def test_every_coding_is_the_same_sound(tag: int, bits: int, convert: object) -> None:
    alike(wav.read_samples(made(tag, bits, 8000, convert(tone(8000)).tobytes())), within=400)  # type: ignore[operator]


def test_24_bits() -> None:
    body = b"".join(int(x * 256).to_bytes(4, "little", signed=True)[:3] for x in tone(8000))
    alike(wav.read_samples(made(1, 24, 8000, body)))


@pytest.mark.parametrize("rate", [11025, 16000, 22050, 32000, 44100, 48000])
@pytest.mark.parametrize("hertz", [300, 1000, 3000])
def test_every_rate_is_the_same_sound(rate: int, hertz: float) -> None:
    alike(wav.read_samples(made(1, 16, rate, tone(rate, hertz).astype("<i2").tobytes())), hertz)


def test_what_8_khz_cannot_hold_is_gone() -> None:
    high = wav.read_samples(made(1, 16, 48000, tone(48000, 6000).astype("<i2").tobytes()))
    assert np.max(np.abs(high[200:-200])) < 30  # 50 dB down, where plain decimation would alias it to 2 kHz


def test_two_channels_are_averaged() -> None:
    both = np.stack([tone(8000), np.zeros(4000)], axis=1).astype("<i2")
    samples = wav.read_samples(made(1, 16, 8000, both.tobytes(), channels=2))
    assert np.max(np.abs(samples - tone(8000) / 2)) < 2


def test_a_file_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = made(1, 16, 8000, tone(8000).astype("<i2").tobytes())
    assert wav.read_samples(whole[:-2000]).size == 3000


@pytest.mark.parametrize("rate", ["8000", "44100"])
@pytest.mark.parametrize("law", ["a-law", "u-law", "signed-integer"])
def test_files_sox_wrote(need: Need, tmp_path: Path, rate: str, law: str) -> None:
    sox, path = need("sox"), tmp_path / "t.wav"
    bits = "16" if law == "signed-integer" else "8"
    making = [
        "-n",
        "-r",
        rate,
        "-b",
        bits,
        "-e",
        law,
        str(path),
        "synth",
        "0.5",
        "sine",
        "1000",
        "vol",
        "0.305",
    ]
    subprocess.run([sox, *making], check=True, capture_output=True, timeout=20)
    samples = wav.read_samples(path.read_bytes()).astype(float)
    spectrum = np.abs(np.fft.rfft(samples))
    assert abs(np.argmax(spectrum) * 8000 / samples.size - 1000) < 4
    assert 9000 < np.max(np.abs(samples[200:-200])) < 11000


def test_sox_reads_what_we_write(need: Need, tmp_path: Path) -> None:
    need("sox")
    octets = g711.encode("PCMA", np.repeat(tone(8000).astype(np.int16), 2))
    path = tmp_path / "ours.wav"
    path.write_bytes(wav.header("PCMA", 2, len(octets)) + octets)
    asked = subprocess.run(["soxi", str(path)], check=True, capture_output=True, text=True, timeout=20).stdout
    assert "Channels       : 2" in asked
    assert "A-law" in asked
    assert "4000 samples" in asked


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF\0\0\0\0WAVE",
        b"ID3 is an mp3",
        made(1, 16, 4000, b"\0\0" * 10),
        made(85, 16, 8000, b"\0\0" * 10),
        made(1, 16, 8000, b""),
        made(1, 16, 8000, b"\0\0", channels=0),
    ],
)
def test_anything_else_is_told_with_what_to_do(data: bytes) -> None:
    with pytest.raises(UnusableSound, match=r"sox|没有声音"):
        wav.read_samples(data)


@given(st.binary(max_size=200))
def test_no_bytes_can_do_harm(body: bytes) -> None:
    for data in (body, b"RIFF\0\0\0\0WAVE" + body, made(3, 32, 44100, body), made(1, 24, 8000, body, 3)):
        with contextlib.suppress(UnusableSound):
            assert wav.read_samples(data).dtype == np.int16
