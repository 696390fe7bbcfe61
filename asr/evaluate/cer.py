"""The character error rate: counted, summed, and how far chance could move it. The only place for it.

Pure. CER = (substitutions + deletions + insertions) / characters that were said. Intervals by the bootstrap
over utterances of Bisani and Ney (ICASSP 2004): utterances are drawn with replacement, for errors in one
utterance come together. Two models on the same utterances are compared on the same draws (paired). Chance is
seeded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

DRAWS: Final = 2000
"""Enough for 95 % bounds that move by less than a tenth of their width from seed to seed."""
_SEED: Final = 2023
_AT_ONCE: Final = 4_000_000
"""Utterances drawn in one array (32 MB)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Characters said, and what went wrong with them."""

    characters: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.characters + other.characters,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )

    @property
    def errors(self) -> int:
        """All three together."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float | None:
        """CER; may be above 1. None where nothing was said: then there is no rate, only insertions."""
        return self.errors / self.characters if self.characters else None

    def __str__(self) -> str:
        return "—" if self.rate is None else f"{self.rate:.2%} ({self.errors}/{self.characters})"


@dataclass(frozen=True, slots=True)
class Interval:
    """95 % bounds of a rate or of a difference of rates."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """CER of B minus CER of A; `p`: how often chance alone would give one as far from zero (two-sided)."""

    delta: float
    interval: Interval | None
    p: float | None

    @property
    def significant(self) -> bool:
        """Whether it is beyond chance at the 5 % level."""
        return self.p is not None and self.p < 0.05


def count(reference: str, hypothesis: str) -> Counts:
    """The fewest errors that turn one text into the other; both as `normal.comparable` gives them."""
    tags = [edit.tag for edit in Levenshtein.editops(reference, hypothesis)]
    return Counts(len(reference), tags.count("replace"), tags.count("delete"), tags.count("insert"))


def total(counts: Sequence[Counts]) -> Counts:
    """The sum over utterances, of those in which something was said."""
    return sum((one for one in counts if one.characters), Counts())


def interval(counts: Sequence[Counts]) -> Interval | None:
    """95 % bounds of the total's rate; None for fewer than two utterances: nothing to draw from."""
    drawn = _drawn([[one] for one in counts if one.characters])
    return None if drawn is None else _bounds(drawn[:, 0])


def difference(a: Sequence[Counts], b: Sequence[Counts]) -> Difference:
    """Two models on the same utterances, in the same order. Raises ValueError when they are not."""
    if [one.characters for one in a] != [one.characters for one in b]:
        raise ValueError("not the same utterances")
    pairs = [[one, other] for one, other in zip(a, b, strict=True) if one.characters]
    delta = (total(b).rate or 0.0) - (total(a).rate or 0.0)
    drawn = _drawn(pairs)
    if drawn is None:
        return Difference(delta, None, None)
    deltas = drawn[:, 1] - drawn[:, 0]
    tail = min(np.mean(deltas <= 0), np.mean(deltas >= 0))
    return Difference(delta, _bounds(deltas), min(1.0, 2 * float(tail)))


def _drawn(utterances: Sequence[Sequence[Counts]]) -> NDArray[np.float64] | None:
    """A rate for each draw (row) and model (column)."""
    if len(utterances) < 2:
        return None
    errors = np.array([[one.errors for one in models] for models in utterances], np.float64)
    characters = np.array([models[0].characters for models in utterances], np.float64)
    chance = np.random.default_rng(_SEED)
    rates, rows = [], max(1, _AT_ONCE // len(utterances))
    for start in range(0, DRAWS, rows):
        shape = (min(rows, DRAWS - start), len(utterances))
        chosen = chance.integers(0, len(utterances), shape)
        rates.append(errors[chosen].sum(axis=1) / characters[chosen].sum(axis=1)[:, None])
    return np.concatenate(rates)


def _bounds(drawn: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(float(low), float(high))
