"""Keys pressed during a call -> the route number they ask for.

A code counts as soon as its last key is pressed, whatever was pressed before it ("**110#" holds "*110#"),
unless the keys came too far apart. No code holds another (`clash` finds those that do), so none hides
another. Pure: the time of each key comes in with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Final

LONGEST: Final = 8
"""Keys remembered: no code is longer, so older ones can be part of none."""

INTER_DIGIT_SECONDS: Final = 3.0
"""Longest pause inside a code: enough for a hurried hand, too short for two menus' digits to join."""


PAUSE: Final = "pause"
"""In a table of codes: this one pauses and resumes the recording. No number is a word."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """The keys so far on one leg, and when the last came (seconds of the digits' clock)."""

    digits: str = ""
    at: float = 0.0


NOTHING: Final = Pressed()


def step(codes: Mapping[str, str], state: Pressed, digit: str, at: float) -> tuple[Pressed, str | None]:
    """One more key. `codes`: feature code -> route number. The number is given once, at the last key."""
    fresh = at - state.at > INTER_DIGIT_SECONDS
    digits = ("" if fresh else state.digits) + digit
    for code, number in codes.items():
        if digits.endswith(code):
            return NOTHING, number
    return Pressed(digits[-LONGEST:], at), None


def clash(codes: Iterable[str]) -> tuple[str, str] | None:
    """Two codes of which the first is within the second, so that the second could never be keyed; or None."""
    for inner, outer in permutations(codes, 2):
        if inner in outer:
            return inner, outer
    return None
