"""Places that may have been misheard: what is worth hearing again, what it may have been, what came of it.

Pure. A live grammar of names does harm to everything else that is said; asked afterwards about the few words
alone, it knows better. The choice is always between names near by sound *and the words as they were heard*,
so a name that is in no list is not forced into one that is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.tickets.gazetteer import Gazetteer
from bridge.tickets.near import Near, Neighbours
from bridge.tickets.sounds import distance
from bridge.tickets.spoken import normal
from bridge.tickets.transcript import SpokenWord

MARGIN: Final = 0.05
"""Seconds before and after the words that are heard with them. More lets in a neighbour's syllable, which
then must become part of a name: with 0.15 s only 6 of 25 lost names came back, with 0.05 s 10 (36 doubts)."""

MOST_DOUBTS: Final = 2
"""Of one utterance."""

MOST_CHOICES: Final = 40
"""Names in one question, the nearest first: with all 320 of a list 1 name was found, with the near ones
14."""

LONGEST: Final = 6.0
"""Seconds of words in one question: a place's name is shorter."""

_AS_NEAR: Final = 0.1
"""Names that cost so much more a syllable than the nearest stretch the question over their words, too."""

_LENGTH: Final = 0.05
"""What a syllable more is worth: 先锋路街道 rather than 先锋路."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the doubtful words may be. text: all of them, with the name in its place; said: those the name
    takes the place of; name: as in the gazetteer."""

    text: str
    said: str
    name: str
    cost: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """A question. start, end: seconds of the call; words: as they were heard, blanks between them."""

    start: float
    end: float
    words: str
    choices: tuple[Choice, ...]

    def phrases(self, *, spelled: bool) -> tuple[str, ...]:
        """What may be said there, for a recogniser. spelled: character by character, for one that cuts no
        phrases into words itself."""
        texts = dict.fromkeys(each.text for each in self.choices)
        return (self.words, *(" ".join(text) if spelled else text for text in texts))


def doubts(
    words: Sequence[SpokenWord],
    gazetteer: Gazetteer,
    neighbours: Neighbours,
    counties: Collection[str] = (),
) -> tuple[Doubt, ...]:
    """The doubtful places of one utterance. counties: those the caller has named; their places come first."""
    text = "".join(word.text for word in words)
    if normal([text]) != text:
        return ()  # digits or letters: no place in the text is one in its normal form
    sure = [(hit.start, hit.end) for hit in gazetteer.written(text) if hit.end - hit.start > 1]
    left = [near for near in neighbours.near(text) if not _over(near, sure)]
    left.sort(key=lambda near: (near.cost - _LENGTH * len(near.name), near))
    found: list[Doubt] = []
    while left and len(found) < MOST_DOUBTS:
        group = [each for each in left if _over(each, [(left[0].start, left[0].end)])]
        doubt = _doubt(words, text, group, gazetteer, counties)
        found += [doubt] if doubt else []
        taken = [(each.start, each.end) for each in group]
        left = [each for each in left if not _over(each, taken)]
    return tuple(found)


def meant(doubt: Doubt, heard: str, gazetteer: Gazetteer, counties: Collection[str] = ()) -> Choice | None:
    """The one choice that was heard, to the sound; None for the words as they were, for something else, and
    for two different places that sound alike, unless one lies in a county the caller has named."""
    heard = normal([heard])
    alike = [each for each in doubt.choices if distance(heard, each.text, gazetteer.readings, 0.0) == 0]
    near = [each for each in alike if _county(each.name, gazetteer) in counties] or alike
    exact = [each for each in near if each.text == heard] or near
    places = {gazetteer.place(each.name) for each in exact}
    return exact[0] if len(places) == 1 else None


def _doubt(
    words: Sequence[SpokenWord],
    text: str,
    group: Sequence[Near],
    gazetteer: Gazetteer,
    counties: Collection[str],
) -> Doubt | None:
    """The question over the words of the nearest and what is about as near."""
    nearest = [each for each in group if each.cost <= group[0].cost + _AS_NEAR]
    first, last = _words(words, min(each.start for each in nearest), max(each.end for each in nearest))
    begin = sum(len(word.text) for word in words[:first])
    end = begin + sum(len(word.text) for word in words[first : last + 1])
    start, until = words[first].start - MARGIN, words[last].end + MARGIN
    if until - start > LONGEST:
        return None
    fit = [each for each in group if begin <= each.start and each.end <= end]
    fit.sort(key=lambda each: (_county(each.name, gazetteer) not in counties, each.cost))
    choices = tuple(
        Choice(
            text[begin : each.start] + each.name + text[each.end : end],
            text[each.start : each.end],
            each.name,
            each.cost,
        )
        for each in fit[:MOST_CHOICES]
    )
    return Doubt(max(0.0, start), until, " ".join(word.text for word in words[first : last + 1]), choices)


def _words(words: Sequence[SpokenWord], start: int, end: int) -> tuple[int, int]:
    """The first and the last word that text[start:end] has a part of."""
    at, inside = 0, []
    for number, word in enumerate(words):
        if at < end and start < at + len(word.text):
            inside.append(number)
        at += len(word.text)
    return inside[0], inside[-1]


def _over(near: Near, stretches: Collection[tuple[int, int]]) -> bool:
    return any(near.start < end and start < near.end for start, end in stretches)


def _county(name: str, gazetteer: Gazetteer) -> str:
    place = gazetteer.place(name)
    return place.county if place is not None else ""
