"""The phones as Kaldi numbers them: one id per phone and place in the word, and the transition ids of their
HMMs.

Pure. Id 1 is silence; then four ids per phone (word begin, end, inside, whole word), all four of one class
(pdf) of the network. Each has one emitting state, listed self-loop first: transition id 2p-1 stays, 2p
moves on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SILENCE_ID: Final = 1
_BEGIN, _END, _INSIDE, _WHOLE = range(4)
_PLACES: Final = ("begin", "end", "internal", "singleton")


def phone_id(number: int, place: int) -> int:
    """The id of the phone of class `number` (1 ..) at one of the four places."""
    return 2 + 4 * (number - 1) + place


def word_phones(pronunciation: Sequence[int]) -> list[int]:
    """A word's classes as phone ids by their place in it; no word's ids begin another's, thanks to the
    end's."""
    last = len(pronunciation) - 1
    if last == 0:
        return [phone_id(pronunciation[0], _WHOLE)]
    places = [_BEGIN] + [_INSIDE] * (last - 1) + [_END]
    return [phone_id(number, place) for number, place in zip(pronunciation, places, strict=True)]


def class_of(phone: int) -> int:
    """The network's class of a phone id."""
    return 0 if phone == SILENCE_ID else (phone - 2) // 4 + 1


def phone_count(classes: int) -> int:
    """How many phone ids a network of that many classes (silence included) has."""
    return 1 + 4 * (classes - 1)


def stay(phone: int) -> int:
    """Transition id of the phone's self-loop."""
    return 2 * phone - 1


def move_on(phone: int) -> int:
    """Transition id of the phone's way out."""
    return 2 * phone


def word_boundaries(classes: int) -> str:
    """graph/phones/word_boundary.int: from it Vosk knows exact word times."""
    lines = [f"{SILENCE_ID} nonword"]
    for number in range(1, classes):
        lines += [f"{phone_id(number, place)} {name}" for place, name in enumerate(_PLACES)]
    return "\n".join(lines) + "\n"
