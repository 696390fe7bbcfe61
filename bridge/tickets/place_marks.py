"""Names the gazetteer knows, marked in a text: as they are written, and as they sound where the text speaks
of a place.

Pure. The marked text has the same length, so that what is found in it is found in the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from bridge.tickets.gazetteer import Gazetteer, Hit, Place
from bridge.tickets.place_words import AFTER_DE, ANCHOR, COUNTY, CUT, KNOWN, MARKS, REST, ROAD, TOWN
from bridge.tickets.spoken import PAUSE

_SIGNS: Final = {"county": COUNTY, "town": TOWN, "road": ROAD, "community": KNOWN, "landmark": KNOWN}
_TOWN_ENDS: Final = ("回族镇", "街道", "镇", "乡")
_ROAD_ENDS: Final = ("路", "街", "大道", "小区", "花园", "大桥", "巷")


@dataclass(frozen=True, slots=True)
class Marked:
    """text: with marks in the place of names and `|` of what no place contains; hits: the names, in the order
    of the text."""

    text: str
    hits: tuple[Hit, ...]

    def within(self, start: int, end: int) -> tuple[Hit, ...]:
        """The names in a stretch."""
        return tuple(hit for hit in self.hits if start <= hit.start and hit.end <= end)


def marked(text: str, gazetteer: Gazetteer) -> Marked:
    """The text with its names marked and everything blotted out that is no place."""
    pieces, hits, at = [], [], 0
    for sentence in text.split(PAUSE):
        piece = _sentence(sentence, gazetteer)
        pieces.append(piece.text)
        hits += [replace(hit, start=hit.start + at, end=hit.end + at) for hit in piece.hits]
        at += len(sentence) + 1
    return Marked(PAUSE.join(pieces), tuple(hits))


@lru_cache(maxsize=1024)
def _sentence(text: str, gazetteer: Gazetteer) -> Marked:
    """What stands between two pauses; a story grows by sentences, so the older ones are known."""
    hits = _towns_said_short(text, [hit for hit in gazetteer.written(text) if _stands(hit, text)], gazetteer)
    blotted = _blotted(_with(text, hits))
    if gazetteer:
        sounds = [
            hit for start, end in _stretches(blotted) for hit in gazetteer.sounding(blotted, start, end)
        ]
        hits += [hit for hit in sounds if _fits(hit, blotted)]
        blotted = _with(blotted, hits)
    return Marked(blotted, tuple(sorted(hits, key=lambda hit: hit.start)))


def _stands(hit: Hit, text: str) -> bool:
    """A county's short name before 路 or 小区 is that road's or compound's."""
    return hit.place.kind != "county" or not text.startswith(_ROAD_ENDS, hit.end)


def _fits(hit: Hit, text: str) -> bool:
    """Two syllables are only taken for a name where an address goes on with it: 新县, 杨谷的."""
    if len(hit.name) > 2:
        return True
    return hit.place.kind == "county" and (
        hit.name[-1] in "县市区" or text.startswith((TOWN, ROAD, KNOWN), hit.end)
    )


def _towns_said_short(text: str, hits: list[Hit], gazetteer: Gazetteer) -> list[Hit]:
    """阳谷张秋: after its county a town is known without 镇."""
    more = []
    for hit in hits:
        if hit.place.kind == "county":
            start = hit.end + (text[hit.end : hit.end + 1] == "的")
            short = _short_towns(gazetteer.whole).get(hit.place.name, ())
            name, town = next((pair for pair in short if text.startswith(pair[0], start)), ("", None))
            taken = any(other.start < start + len(name) and start < other.end for other in hits)
            if town is not None and not taken and not text.startswith(_ROAD_ENDS, start + len(name)):
                more.append(Hit(start, start + len(name), town, name))
    return hits + more


@lru_cache(maxsize=4)
def _short_towns(gazetteer: Gazetteer) -> dict[str, tuple[tuple[str, Place], ...]]:
    """By county: a town's name without its kind, longest first."""
    found: dict[str, list[tuple[str, Place]]] = {}
    for place in gazetteer.places:
        end = next((each for each in _TOWN_ENDS if place.name.endswith(each)), "")
        short = place.name.removesuffix(end)
        if place.kind == "town" and end and len(short) > 1:
            found.setdefault(place.county, []).append((short, place))
    return {county: tuple(sorted(pairs, key=lambda pair: -len(pair[0]))) for county, pairs in found.items()}


def _with(text: str, hits: Iterable[Hit]) -> str:
    """The names in a text replaced by their marks."""
    chars = list(text)
    for hit in hits:
        chars[hit.start : hit.end] = _SIGNS[hit.place.kind] + REST * (hit.end - hit.start - 1)
    return "".join(chars)


def _blotted(text: str) -> str:
    """What can't be part of a place made unreadable, offsets kept; stretches without any place word too."""
    cut = CUT.sub(_cut, text)
    return "|".join(_kept(stretch) for stretch in cut.split("|"))


def _kept(stretch: str) -> str:
    return stretch if len(stretch) > 1 and ANCHOR.search(stretch) else "|" * len(stretch)


def _cut(match: re.Match[str]) -> str:
    word = match.group()
    return word if word in _JOINING and AFTER_DE.match(match.string, match.end()) else "|" * len(word)


_JOINING: Final = frozenset({"的", "那个", "这个"})


def _stretches(text: str) -> list[tuple[int, int]]:
    """Where unmarked words stand that may be a name heard wrong."""
    found, start = [], -1
    for at, char in enumerate(text + "|"):
        readable = char not in "|，" and char not in MARKS
        if readable and start < 0:
            start = at
        elif not readable and start >= 0:
            if at - start > 1:
                found.append((start, at))
            start = -1
    return found
