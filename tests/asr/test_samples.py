"""Resampling, G.711 and levels against known values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.samples import resample, set_peak, through_alaw, through_ulaw


@pytest.mark.parametrize("ratio", [8000 / 22050, 0.5, 1.0, 1.2])
def test_a_tone_keeps_its_pitch_and_level(ratio: float) -> None:
    time = np.arange(22050) / 22050
    changed = resample(np.sin(2 * np.pi * 500 * time).astype(np.float32), ratio)
    assert len(changed) == round(22050 * ratio)
    middle = changed[len(changed) // 4 : -len(changed) // 4]
    crossings = np.flatnonzero((middle[1:] >= 0) & (middle[:-1] < 0))
    period = (crossings[-1] - crossings[0]) / (len(crossings) - 1)
    assert period == pytest.approx(22050 * ratio / 500, rel=2e-3)
    assert np.abs(middle).max() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("sample", "alaw", "ulaw"),
    [
        (0, 8, 0),
        (-1, -8, 0),
        (100, 104, 100),
        (1000, 1008, 988),
        (-5000, -5120, -5116),
        (32767, 32256, 32124),
    ],
)
def test_g711_gives_the_nearest_value_of_its_table(sample: int, alaw: int, ulaw: int) -> None:
    """ITU-T G.711 tables 1 and 2, at 16 bits; between two table values either neighbour would be half a
    step off."""
    value = np.array([sample / 32768], np.float32)
    step = max(16, abs(sample) // 16)
    assert abs(round(float(through_alaw(value)[0]) * 32768) - alaw) <= step / 2
    assert abs(round(float(through_ulaw(value)[0]) * 32768) - ulaw) <= step / 2


@given(st.integers(-32768, 32767))
def test_g711_changes_nothing_twice(sample: int) -> None:
    value = np.array([sample / 32768], np.float32)
    for codec in (through_alaw, through_ulaw):
        once = codec(value)
        assert codec(once) == once
        assert abs(float(once[0] - value[0])) <= max(abs(sample) / 32768 / 25, 9 / 32768)


def test_silence_has_no_peak_to_set() -> None:
    assert not set_peak(np.zeros(10, np.float32), -6.0).any()
