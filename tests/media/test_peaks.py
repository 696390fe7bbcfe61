"""The picture of a sound: loud where it is loud, whichever pieces it comes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media.g711 import encode
from bridge.media.peaks import Peaks
from bridge.media.plan import Codec


def stereo(law: Codec, left: list[int], right: list[int]) -> bytes:
    pairs = np.stack([np.array(left, dtype=np.int16), np.array(right, dtype=np.int16)], axis=1)
    return encode(law, pairs.reshape(-1))


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
def test_each_channel_is_loud_where_somebody_speaks(law: Codec) -> None:
    left, right = [0] * 80 + [16000] * 80, [-8000] * 80 + [0] * 80
    made = Peaks(law, 160, 4)
    made.take(stereo(law, left, right))
    (l1, l2, l3, l4), (r1, r2, r3, r4) = made.channels()
    assert max(l1, l2, r3, r4) < 0.01
    assert [l3, l4] == pytest.approx([0.488, 0.488], abs=0.02)
    assert [r1, r2] == pytest.approx([0.244, 0.244], abs=0.02)


@given(st.lists(st.integers(1, 40), max_size=8), st.integers(1, 50), st.integers(0, 7))
def test_pieces_make_no_difference_and_lies_about_the_length_no_harm(
    pieces: list[int], points: int, lie: int
) -> None:
    count = sum(pieces)
    sound = stereo("PCMA", [n * 37 % 30000 for n in range(count)], [n * 91 % 30000 for n in range(count)])
    whole, parts = Peaks("PCMA", count, points), Peaks("PCMA", count, points)
    whole.take(sound)
    at = 0
    for size in pieces:
        parts.take(sound[at : at + 2 * size])
        at += 2 * size
    assert parts.channels() == whole.channels()
    wrong = Peaks("PCMA", max(0, count - lie), points)
    wrong.take(sound)
    assert all(0 <= each <= 1 for side in wrong.channels() for each in side)


def test_of_nothing_there_is_a_flat_line() -> None:
    assert Peaks("PCMA", 0, 9).channels() == [[0.0], [0.0]]
