"""Keys during a call: which are a code, which are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.feature_codes import INTER_DIGIT_SECONDS, NOTHING, clash, step

CODES = {"*110#": "110", "*119#": "119", "#9": "12345"}


def press(keys: str, gap: float = 0.2) -> list[str]:
    """The numbers asked for by pressing `keys` one after the other."""
    state, found = NOTHING, []
    for turn, key in enumerate(keys):
        state, number = step(CODES, state, key, 100.0 + turn * gap)
        if number is not None:
            found.append(number)
    return found


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("*110#", ["110"]),
        ("**110#", ["110"]),
        ("*11*110#", ["110"]),
        ("5*110#", ["110"]),
        ("123456789*119#", ["119"]),
        ("*110#*110#", ["110", "110"]),
        ("*110##", ["110"]),
        ("*110#9", ["110"]),  # the # was used up
        ("*1109#", []),
        ("*110", []),
        ("110#", []),
        ("", []),
    ],
)
def test_codes(keys: str, found: list[str]) -> None:
    assert press(keys) == found


def test_too_long_a_pause_breaks_a_code() -> None:
    assert press("*110#", gap=INTER_DIGIT_SECONDS) == ["110"]
    assert press("*110#", gap=INTER_DIGIT_SECONDS + 0.01) == []


def test_after_a_pause_a_code_begins_anew() -> None:
    state, _ = step(CODES, NOTHING, "*", 0.0)
    found = []
    for turn, key in enumerate("*110#"):
        state, number = step(CODES, state, key, 10.0 + turn)
        found.append(number)
    assert found == [None, None, None, None, "110"]


@given(st.text(st.sampled_from("0159*#"), max_size=40))
def test_what_went_before_never_hides_a_code(before: str) -> None:
    assert press(before + "*119#")[-1:] == ["119"]


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        (["*1#", "*2#"], None),
        (["*11", "*110#"], ("*11", "*110#")),
        (["*110#", "#9", "**110#"], ("*110#", "**110#")),
        (["*1", "*1"], ("*1", "*1")),
    ],
)
def test_clash(codes: list[str], found: object) -> None:
    assert clash(codes) == found
