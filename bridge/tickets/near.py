"""Names that stretches of a text may have been, by their sound: what is worth asking a recogniser about.

Pure. Wider than what may be put right by sound alone (gazetteer.py): half the syllables in their places are
enough to ask. Names of two syllables are left out, they are near to anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from bridge.tickets.gazetteer import Gazetteer
from bridge.tickets.sounds import NAME_READINGS, blurred, distance

SHORTEST: Final = 3
"""Syllables of a name that is asked about."""

FARTHEST: Final = 0.34
"""What a syllable of the name may cost on average: one of three altogether wrong."""

COMMON: Final = 400
"""Names with a syllable in common; such a one (路, 镇) tells nothing and is not looked up."""

MOST_LOOKED_AT: Final = 80
"""Places in a text for which the distance is reckoned, those with most syllables in their places first: it
takes a few hundredths of a millisecond each."""

_SHIFTS: Final = ((0, 0), (0, 1), (0, -1), (-1, 0), (1, 0))
"""A syllable too many or too few at either end."""


@dataclass(frozen=True, slots=True, order=True)
class Near:
    """text[start:end] may be `name`; cost: for a syllable, 0 where it sounds the same."""

    cost: float
    name: str
    start: int
    end: int


class Neighbours:
    """The names of a gazetteer by their syllables."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._readings = gazetteer.readings
        self._at: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for name in gazetteer.phrases():
            if len(name) >= SHORTEST:
                for place, char in enumerate(name):
                    for sound in {blurred(each) for each in self._readings(char)[:NAME_READINGS]}:
                        self._at[sound].append((name, place))
        self._at = {sound: names for sound, names in self._at.items() if len(names) <= COMMON}

    def near(self, text: str) -> list[Near]:
        """What stretches of the text may be, the nearest first; the same name once for each place."""
        found = {}
        for name, begin in self._likely(text):
            best = self._best(text, name, begin)
            if best is not None:
                found[name, best.start] = best
        return sorted(found.values())

    def _likely(self, text: str) -> list[tuple[str, int]]:
        """Names and where they would begin, with half their syllables in place."""
        votes: Counter[tuple[str, int]] = Counter()
        for at, char in enumerate(text):
            for sound in map(blurred, self._readings(char)[:1]):
                votes.update((name, at - place) for name, place in self._at.get(sound, ()))
        likely = [(-count / len(key[0]), key) for key, count in votes.items() if 2 * count >= len(key[0])]
        return [key for _, key in sorted(likely)[:MOST_LOOKED_AT]]

    def _best(self, text: str, name: str, begin: int) -> Near | None:
        limit = FARTHEST * len(name)
        spans = {(max(0, begin + first), min(len(text), begin + len(name) + last)) for first, last in _SHIFTS}
        costs = [
            (distance(text[start:end], name, self._readings, limit), start, end)
            for start, end in sorted(spans)
            if end - start > 1
        ]
        cost, start, end = min(costs, default=(limit + 1, 0, 0))
        return Near(round(cost / len(name), 3), name, start, end) if cost <= limit else None
