"""The telephone line against what the recommendations say of it, and the same twice."""

from __future__ import annotations

import numpy as np
import pytest

from asr.evaluate.line import Line, carry, lost
from asr.samples import NOISES, FloatSamples, active_power

RATE = 16_000
PHONE = Line("phone")


def tone(pitch: float, seconds: float = 1.0, rate: int = RATE) -> FloatSamples:
    time = np.arange(round(rate * seconds)) / rate
    return (0.5 * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


def talk(rate: int = RATE) -> FloatSamples:
    """Something with the rhythm of speech: two thirds sound, one third pause."""
    sound = tone(800, 3.0, rate) + tone(1900, 3.0, rate)
    gate = (np.arange(len(sound)) / rate % 0.6) < 0.4
    return (sound * gate * 0.3).astype(np.float32)


def decibel(samples: FloatSamples) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2)))


@pytest.mark.parametrize(
    ("pitch", "least", "most"),
    [
        (50, 30, 99),
        (100, 25, 99),
        (300, 2, 4),
        (600, -0.3, 0.5),
        (1000, -0.3, 0.3),
        (3000, -0.3, 1.5),
        (3400, 2, 4),
    ],
)
@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
def test_the_band(pitch: float, least: float, most: float, codec: str) -> None:
    out, rate = carry(Line("phone", codec), tone(pitch), RATE, "x")  # type: ignore[arg-type]
    assert rate == 8000
    assert len(out) == 8000
    assert least <= decibel(tone(pitch)) - decibel(out[800:-800]) <= most


def test_what_is_above_the_telephone_does_not_fold_back() -> None:
    out, _ = carry(PHONE, tone(5000), RATE, "x")
    assert decibel(out[800:-800]) < decibel(tone(5000)) - 40


def test_without_a_telephone_nothing_changes() -> None:
    samples = talk()
    out, rate = carry(Line(), samples, RATE, "x")
    assert rate == RATE
    assert np.array_equal(out, samples)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("snr", [5.0, 20.0])
def test_noise_is_as_far_below_the_speech_as_asked(noise: str, snr: float) -> None:
    quiet, _ = carry(PHONE, talk(), RATE, "x")
    loud, _ = carry(Line("phone", snr_db=snr, noise=noise), talk(), RATE, "x")  # type: ignore[arg-type]
    measured = 10 * np.log10(active_power(quiet, 8000)) - decibel(loud - quiet)
    assert measured == pytest.approx(snr, abs=1.0)


def test_pauses_do_not_count_as_speech() -> None:
    """Twice as long a recording with nothing more in it has the same active level."""
    samples = talk()
    longer = np.concatenate((samples, np.zeros_like(samples)))
    assert active_power(longer, RATE) == pytest.approx(active_power(samples, RATE), rel=0.02)
    assert active_power(np.zeros(0, np.float32), RATE) == 0.0


def test_the_same_seed_is_the_same_call_and_each_recording_has_its_own_noise() -> None:
    line = Line("phone", snr_db=10, loss=0.05)
    first, again = (carry(line, talk(), RATE, "a.wav")[0] for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, carry(line, talk(), RATE, "b.wav")[0])
    assert not np.array_equal(
        first, carry(Line("phone", snr_db=10, loss=0.05, seed=1), talk(), RATE, "a.wav")[0]
    )


@pytest.mark.parametrize(("loss", "burst"), [(0.01, 1.0), (0.05, 3.0), (0.2, 10.0)])
def test_losses_come_as_often_and_as_long_as_asked(loss: float, burst: float) -> None:
    gone = lost(200_000, loss, burst, np.random.default_rng(1))
    bursts = np.count_nonzero(np.diff(gone.astype(np.int8)) == 1) + gone[0]
    assert gone.mean() == pytest.approx(loss, rel=0.1)
    assert gone.sum() / bursts == pytest.approx(burst, rel=0.1)


def test_a_lost_packet_is_twenty_milliseconds_of_silence() -> None:
    out, _ = carry(Line("phone", loss=0.2), tone(1000, 10.0), RATE, "x")
    silent = ~np.any(out[: len(out) // 160 * 160].reshape(-1, 160), axis=1)
    assert 0.1 < silent.mean() < 0.3


def test_a_long_recording_is_brought_down_without_seams() -> None:
    """Blocks of a minute join up: the tone of two minutes is as clean at the seam as elsewhere."""
    out, _ = carry(Line("phone"), tone(1000, 125.0), RATE, "x")
    assert len(out) == 125 * 8000
    frames = out[8000:-8000].reshape(-1, 800)
    level = np.sqrt(np.mean(frames**2, axis=1))
    assert level.max() / level.min() < 1.01


def test_a_line_says_what_it_is() -> None:
    assert str(Line()) == "原音"
    told = str(Line("phone", "ulaw", 10, "white", 0.03))
    for part in ("300–3400 Hz", "µ 律", "白噪声信噪比 10 dB", "丢包 3.0%", "种子 2023"):
        assert part in told
