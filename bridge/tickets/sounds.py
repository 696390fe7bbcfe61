"""How alike two Chinese syllables, and two names, sound: what a recogniser over a telephone takes one for.

Pure. Toneless pinyin; the pairs that Shandong speakers and telephones confuse (zh/z, n/l, en/eng …) cost
little, any other difference much. It knows no dictionary: whoever has one brings the readings."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

Readings = Callable[[str], tuple[str, ...]]
"""A character's toneless readings ("行" -> ("xing", "hang")), ü written v; () for what is no Hanzi."""

Reading = tuple[str, ...]
"""One syllable's possible readings."""

NEAR: Final = 0.15
"""What a confusable initial or final costs."""

FAR: Final = 0.5
"""What another initial or final costs; a syllable at most 1."""

NAME_READINGS: Final = 2
"""Readings a name's character may have (莘 shēn, xīn); rarer ones are nobody's. What was heard has one: a
recogniser writes the commonest character of a sound."""

GAP: Final = 1.0
"""What a syllable that is too many or missing costs."""

_INITIALS: Final = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_ALIKE_INITIALS: Final = {
    "zh": "z", "ch": "c", "sh": "s", "l": "n", "f": "h", "r": "n",
}  # fmt: skip
_ALIKE_FINALS: Final = {
    "ang": "an", "eng": "en", "ing": "in", "iang": "ian", "uang": "uan", "ong": "en", "v": "u", "ve": "ue",
}  # fmt: skip
_DIRECTIONS: Final = frozenset("东南西北中上下前后左右大小新老")
"""Characters that tell one road or village from the next: they are heard right or not at all."""


@lru_cache(maxsize=1024)
def parts(syllable: str) -> tuple[str, str]:
    """Initial and final: "zhuang" -> ("zh", "uang")."""
    initial = next((each for each in _INITIALS if syllable.startswith(each)), "")
    return initial, syllable[len(initial) :]


@lru_cache(maxsize=1024)
def blurred(syllable: str) -> str:
    """The syllable with confusable sounds made one; two that sound alike are blurred alike."""
    initial, final = parts(syllable)
    return _ALIKE_INITIALS.get(initial, initial) + _ALIKE_FINALS.get(final, final)


@lru_cache(maxsize=4096)
def between(one: str, other: str) -> float:
    """The cost of hearing one syllable as the other, 0 (the same) to 1."""
    if one == other:
        return 0.0
    (first, rest), (first2, rest2) = parts(one), parts(other)
    initial = _cost(first, first2, _ALIKE_INITIALS)
    return initial + _cost(rest, rest2, _ALIKE_FINALS)


def distance(heard: str, name: str, readings: Readings, limit: float) -> float:
    """The cost of hearing `name` as `heard`: a weighted edit distance over syllables; above `limit` some
    number above it."""
    if abs(len(heard) - len(name)) * GAP > limit:
        return limit + 1
    row = [GAP * place for place in range(len(name) + 1)]
    for at, char in enumerate(heard, 1):
        before, row = row, [GAP * at]
        for place, wanted in enumerate(name, 1):
            swap = before[place - 1] + _char(char, wanted, readings)
            row.append(min(swap, before[place] + GAP, row[place - 1] + GAP))
        if min(row) > limit:
            return limit + 1
    return row[-1]


@lru_cache(maxsize=8192)
def _char(heard: str, wanted: str, readings: Readings) -> float:
    if heard == wanted:
        return 0.0
    if heard in _DIRECTIONS and wanted in _DIRECTIONS:
        return GAP
    pairs = [(one, other) for one in readings(heard)[:1] for other in readings(wanted)[:NAME_READINGS]]
    return min((between(*pair) for pair in pairs), default=GAP)


def _cost(one: str, other: str, alike: dict[str, str]) -> float:
    if one == other:
        return 0.0
    return NEAR if alike.get(one, one) == alike.get(other, other) else FAR
