"""The city's places by name: counties, towns, roads, compounds, landmarks, with what else they are called.

Pure. It finds names in a text, as they are written and as they sound: a recogniser writes 刘元南路 for
柳园南路. How an address is built of them is places.py's."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import Final, Literal

from bridge.tickets.sounds import NAME_READINGS, Readings, blurred, distance

PlaceKind = Literal["county", "town", "road", "community", "landmark"]

MAX_NAME: Final = 20
"""Characters of a name."""

MAX_READINGS: Final = 8
"""Ways to read a name that are kept."""

LONGEST_STRETCH: Final = 60
"""Characters without a pause or a word no place contains; what is longer is no address."""

SHORT: Final = 3
"""Syllables of a name whose last must be written right: 路, 镇, 村 are, and 利民露 would be no name."""

_UNLIKELY: Final = 0.25
"""How much better the best name must sound than the second: else nobody knows which was meant."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place. name: the official one; county: the official name of the county or district it lies in, ""
    if it is one itself or lies in several; aliases: what people say for it."""

    name: str
    kind: PlaceKind
    county: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a text at [start, end). name: how it should read there, the official name or the alias that
    was said; cost: 0 where it is written so, else how far from it what was heard sounds; meant: a second
    hearing found it."""

    start: int
    end: int
    place: Place
    name: str
    cost: float = 0.0
    meant: bool = False


Meant = tuple[tuple[str, str], ...]
"""(words as they were heard in one call, the name they were found to be when it was heard a second time)."""


def _no_readings(_char: str) -> tuple[str, ...]:
    return ()


class Gazetteer:
    """All places; empty where the administrator names none. Where two share a name, neither's county is
    taken."""

    def __init__(self, places: Iterable[Place] = (), readings: Readings = _no_readings) -> None:
        self.places = tuple(places)
        self.readings = self._readings = readings
        self.whole = self
        self._meant: dict[str, str] = {}
        self._begun: dict[str, list[str]] = {}
        self._named: dict[str, Place] = {}
        for place in self.places:
            for name in (place.name, *place.aliases):
                self._named[name] = _shared(self._named.get(name), place)
        self._starts: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._named, key=len, reverse=True):
            self._starts[name[0]].append(name)
        self._lengths = self._lengths_by_end()
        self._sounds = self._index()

    def __bool__(self) -> bool:
        return bool(self.places)

    def phrases(self) -> tuple[str, ...]:
        """Every name and alias once, as hints for a recogniser that takes a phrase list."""
        return tuple(self._named)

    def knowing(self, meant: Meant) -> Gazetteer:
        """The same places in a call of which some words are known to be names; `whole` is this one."""
        return _knowing(self.whole, meant) if meant else self.whole

    def _with(self, meant: Meant) -> Gazetteer:
        """A copy that shares everything but what it knows of the call."""
        more = copy.copy(self)
        more._meant = {said: name for said, name in meant if said and name in self._named}
        more._begun = {}
        for said in more._meant:
            names = more._begun.get(said[0]) or self._starts.get(said[0], [])
            more._begun[said[0]] = sorted({said, *names}, key=lambda name: (-len(name), name))
        return more

    def place(self, name: str) -> Place | None:
        """The place that is called so."""
        return self._named.get(name)

    def written(self, text: str) -> list[Hit]:
        """The names that stand in a text, or are known to be meant there, the longest first where one begins
        another, none over another."""
        hits: list[Hit] = []
        free = 0
        for at, char in enumerate(text):
            names = self._begun.get(char) or self._starts.get(char)
            if names and at >= free:
                said = next((each for each in names if text.startswith(each, at)), "")
                if said:
                    free, name = at + len(said), self._meant.get(said, said)
                    hits.append(Hit(at, free, self._named[name], name, meant=said in self._meant))
        return hits

    def sounding(self, text: str, start: int, end: int) -> list[Hit]:
        """The names that text[start:end] sounds like without being written so, best first, none over
        another. Of a stretch longer than any address only the beginning is looked at."""
        end = min(end, start + LONGEST_STRETCH)
        sounds = [self._blurred(char) for char in text[start:end]]
        ends = [start + at for at, sound in enumerate(sounds) if sound in self._lengths]
        found = [hit for last in ends for hit in self._ending(text, start, last + 1, sounds)]
        found.sort(key=lambda hit: (hit.cost - 0.2 * len(hit.name), hit.start))
        kept: list[Hit] = []
        for hit in found:
            if all(hit.end <= other.start or other.end <= hit.start for other in kept):
                kept.append(hit)
        return kept

    def _ending(self, text: str, start: int, end: int, sounds: list[str]) -> Iterator[Hit]:
        """What sounds like the stretches that end there; sounds: from `start` on."""
        for length in self._lengths[sounds[end - 1 - start]]:
            begin = end - length
            if begin >= start:
                hit = self._like(text[begin:end], tuple(sounds[begin - start : end - start]))
                if hit is not None:
                    yield Hit(begin, end, self._named[hit[1]], hit[1], hit[0])

    def _blurred(self, char: str) -> str:
        readings = self._readings(char)
        return blurred(readings[0]) if readings else char

    def _like(self, heard: str, sounds: tuple[str, ...]) -> tuple[float, str] | None:
        """The one name that is meant, and its cost; None if none is near enough or two are."""
        limit = _limit(len(heard))
        costs = sorted(
            (cost, name)
            for name in self._near(sounds)
            if (name[-1] == heard[-1] or len(name) > SHORT)
            and (cost := distance(heard, name, self._readings, limit)) <= limit
        )
        if not costs or costs[0][1] == heard:
            return None
        second = next(
            (cost for cost, name in costs[1:] if self._named[name] != self._named[costs[0][1]]), None
        )
        return None if second is not None and second - costs[0][0] < _UNLIKELY else costs[0]

    def _near(self, sounds: tuple[str, ...]) -> set[str]:
        """Names of that length of which all syllables but one are blurred alike."""
        return {name for key in _opened(sounds) for name in self._sounds.get(key, ())}

    def _lengths_by_end(self) -> dict[str, tuple[int, ...]]:
        """By the sound they end with how long the names are, longest first."""
        found: dict[str, set[int]] = defaultdict(set)
        for name in self._named:
            for reading in self._readings(name[-1])[:NAME_READINGS]:
                found[blurred(reading)].add(len(name))
        return {sound: tuple(sorted(lengths, reverse=True)) for sound, lengths in found.items()}

    def _index(self) -> dict[tuple[str, ...], list[str]]:
        index: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in self._named:
            for key in _keys(name, lambda char: self._readings(char)[:NAME_READINGS]):
                index[key].append(name)
        return index


@lru_cache(maxsize=256)
def _knowing(gazetteer: Gazetteer, meant: Meant) -> Gazetteer:
    """One object for one call, as what is read with it is kept by it."""
    return gazetteer._with(meant)


def _shared(before: Place | None, place: Place) -> Place:
    """What a name stands for that several places have: one of them, in no county."""
    if before is None or before == place:
        return place
    county = place.county if place.county == before.county else ""
    return Place(place.name, place.kind, county, place.aliases)


def _limit(length: int) -> float:
    """What a name of so many syllables may cost: a short one is soon another word."""
    return {1: -1.0, 2: 0.0, 3: 0.35, 4: 0.55}.get(length, min(1.2, 0.16 * length))


def _keys(name: str, readings: Readings) -> Iterator[tuple[str, ...]]:
    """The keys of each way to read the name."""
    options = [tuple(dict.fromkeys(blurred(each) for each in readings(char))) or (char,) for char in name]
    for sounds in islice(product(*options), MAX_READINGS):
        yield from _opened(sounds)


def _opened(sounds: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Blurred syllables, and each time one of them left open but the last."""
    yield sounds
    if len(sounds) > 2:  # of two syllables both must fit
        for place in range(len(sounds) - 1):
            yield (*sounds[:place], "?", *sounds[place + 1 :])


NOWHERE: Final = Gazetteer()
"""No place is known by name: the rules alone."""
