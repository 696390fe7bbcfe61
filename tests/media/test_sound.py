"""Mixing, resampling, tones, tap datagrams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media import g711, mixer, pcm, tap, tones

FRAMES = st.lists(st.lists(st.integers(-32768, 32767), min_size=8, max_size=8), min_size=1, max_size=5)


@given(FRAMES)
def test_a_mix_is_the_saturated_sum(rows: list[list[int]]) -> None:
    mixed = mixer.mix([np.array(row, dtype=np.int16) for row in rows])
    assert mixed.tolist() == [max(-32768, min(32767, sum(column))) for column in zip(*rows, strict=True)]


def sine(hertz: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return 10000 * np.sin(2 * np.pi * hertz / rate * np.arange(int(rate * seconds)))


@pytest.mark.parametrize("hertz", [100, 450, 1000, 2000, 3000, 3400])
def test_upsampling_keeps_the_telephone_band(hertz: float) -> None:
    doubled = np.frombuffer(pcm.upsample_8k_to_16k(sine(hertz, 8000).astype("<i2").tobytes()), dtype="<i2")
    inner = slice(200, -200)
    assert doubled.size == 8000
    assert np.max(np.abs(doubled[inner] - sine(hertz, 16000)[inner])) < 100  # 40 dB below the tone


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6))
def test_pieces_upsample_like_the_whole(sizes: list[int]) -> None:
    sound = sine(700, 8000).astype("<i2").tobytes()
    pieces, at, upsampler = b"", 0, pcm.Upsampler()
    for size in sizes:
        pieces += upsampler.feed(sound[at * 2 : (at + size) * 2])
        at += size
    assert pieces == pcm.Upsampler().feed(sound[: at * 2])
    assert len(pieces) == at * 4


def test_frames_are_filled_up() -> None:
    shaped = pcm.frames(np.ones(161, dtype=np.int16))
    assert shaped.shape == (2, 160)
    assert shaped[1].sum() == 1


@pytest.mark.parametrize(("name", "on", "off"), [("ringback", 1.0, 4.0), ("busy", 0.35, 0.35)])
def test_cadence_and_pitch(name: str, on: float, off: float) -> None:
    samples = tones.tones()[name].frames.ravel().astype(float)
    count = round(on * 8000)
    assert samples.size == round((on + off) * 8000)
    assert not samples[count:].any()
    spectrum = np.abs(np.fft.rfft(samples[:count]))
    assert abs(np.argmax(spectrum) * 8000 / count - 450) <= 2


def test_hold_is_gentle_and_pauses() -> None:
    samples = tones.tones()["hold"].frames
    assert 500 < np.abs(samples).max() <= tones.HOLD_PEAK
    assert not samples[-100:].any()


def test_octets_are_the_frames() -> None:
    busy = tones.tones()["busy"]
    for codec, octets in busy.octets.items():
        assert len(octets) == len(busy.frames)
        assert octets[3] == g711.encode(codec, busy.frames[3])


@given(st.text(max_size=20), st.floats(allow_nan=False), st.lists(st.integers(-32768, 32767), max_size=20))
def test_tap_round_trip(leg: str, at: float, samples: list[int]) -> None:
    wire = np.array(samples, dtype=np.int16)
    assert tap.decode_tap(tap.encode_tap(leg, at, wire)) == (leg, at, wire.astype("<i2").tobytes())


@given(st.binary(max_size=40))
def test_any_tap_is_values_or_value_error(datagram: bytes) -> None:
    try:
        leg, _, samples = tap.decode_tap(datagram)
    except ValueError:
        return
    assert len(samples) % 2 == 0
    assert isinstance(leg, str)


@given(st.lists(st.lists(st.integers(-32768, 32767), min_size=160, max_size=160), min_size=1, max_size=5))
def test_the_encoded_mix_is_the_mix_encoded(rows: list[list[int]]) -> None:
    frames = [np.array(row, dtype=np.int16) for row in rows]
    for codec in ("PCMA", "PCMU"):
        assert mixer.mix_encoded(codec, frames) == g711.encode(codec, mixer.mix(frames))
