"""Concealment against silence: a voice goes on, fades, and ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bridge.media.conceal import LIMIT, Concealer
from bridge.media.g711 import FRAME, RATE


def tone(hertz: float, frames: int, peak: float = 8000) -> NDArray[np.int16]:
    """A voiced sound: a pitch and its overtones."""
    at = np.arange(frames * FRAME) / RATE
    parts = [np.sin(2 * np.pi * hertz * n * at + n) / n for n in (1, 2, 3, 4)]
    return np.asarray(peak * np.sum(parts, axis=0) / 2, dtype=np.int16).reshape(-1, FRAME)


def played(voice: NDArray[np.int16], lost: set[int]) -> NDArray[np.float64]:
    concealer, out = Concealer(), []
    for number, frame in enumerate(voice):
        said = concealer.missing() if number in lost else concealer.heard(frame)
        out.append(np.zeros(FRAME) if said is None else said.astype(float))
    return np.concatenate(out)


def spectrum(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log energies in 20 ms windows."""
    frames = samples.reshape(-1, FRAME) * np.hanning(FRAME)
    return np.log10(np.abs(np.fft.rfft(frames, axis=1)) + 10.0)


@pytest.mark.parametrize("hertz", [85, 120, 147, 190])
@pytest.mark.parametrize("run", [1, 2])
def test_far_nearer_to_the_voice_than_silence_is(hertz: float, run: int) -> None:
    """Log-spectral distance over the gaps: what a listener's ear compares."""
    voice = tone(hertz, 40)
    lost = {n for n in range(6, 38, 8) for n in range(n, n + run)}
    whole = voice.astype(float).ravel()
    silent = whole.reshape(-1, FRAME).copy()
    silent[sorted(lost)] = 0
    gaps = sorted(lost)
    target = spectrum(whole)[gaps]
    made_up = np.abs(spectrum(played(voice, lost))[gaps] - target).mean()
    nothing = np.abs(spectrum(silent.ravel())[gaps] - target).mean()
    assert made_up < nothing / 3


def test_no_click_at_either_seam() -> None:
    voice = tone(110, 20)
    out = played(voice, {9, 14, 15})
    steps = np.abs(np.diff(out))
    natural = np.abs(np.diff(voice.astype(float).ravel())).max()
    assert steps.max() < 2 * natural


def test_a_voice_without_losses_is_untouched() -> None:
    voice = tone(130, 10)
    assert (played(voice, set()) == voice.astype(float).ravel()).all()


def test_it_fades_and_ends() -> None:
    voice = tone(120, 20)
    out = played(voice, set(range(10, 20))).reshape(-1, FRAME)
    levels = [np.abs(frame).max() for frame in out[10:]]
    assert levels[0] > levels[1] > levels[2] > 0
    assert levels[round(LIMIT / 0.02) :] == [0.0] * (10 - round(LIMIT / 0.02))


def test_nothing_is_made_up_of_nothing() -> None:
    assert Concealer().missing() is None


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
def test_never_more_than_the_limit_in_one_gap(arrives: list[bool], seed: int) -> None:
    rng, concealer, run, total = np.random.default_rng(seed), Concealer(), 0, 0
    for here in arrives:
        if here:
            run = 0
            frame = concealer.heard(rng.integers(-32768, 32767, FRAME).astype(np.int16))
            assert frame.shape == (FRAME,)
        elif concealer.missing() is not None:
            run, total = run + 20, total + 20
        assert run <= LIMIT * 1000
    assert concealer.ms == total
