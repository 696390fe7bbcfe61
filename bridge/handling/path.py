"""Who is told of what becomes of a ticket: the neighbours on its path, each once. Pure.

County 110, city 110 and 12345 hand one ticket on (三(二)1): each knows the next one only, and passes on what
it hears. A bridge that stands on no platform's side passes between all that it serves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from bridge.handling.words import Handling


@dataclass(frozen=True, slots=True)
class Parties:
    """own: the platforms this program works for; home: the one that stands on a relay's path, "" if it is a
    bridge between others; known: all that are configured; via: who is reached through another one only."""

    own: frozenset[str]
    home: str
    known: frozenset[str]
    via: tuple[tuple[str, str], ...] = field(default=())

    def way(self, origin: str, target: str) -> tuple[str, ...]:
        """The path from one platform to another, both ends included: a county's 110 goes by its city's."""
        through = dict(self.via)
        between = [through[end] for end in (origin, target) if end in through]
        return tuple(
            dict.fromkeys((origin, *(each for each in between if each not in {origin, target}), target))
        )


def told(handling: Handling, own: Collection[str], heard_from: str) -> tuple[str, ...]:
    """The platforms to send word to. own: those this program works for; heard_from: the partner whose letter
    or request brought the news, "" if it began here."""
    beside = _beside(handling.path, own)
    return tuple(name for name in beside if name not in own and name != heard_from)


def longer(path: tuple[str, ...], to: str) -> tuple[str, ...]:
    """The path with one more platform at its end, unless it is there."""
    return path if to in path else (*path, to)


def _beside(path: tuple[str, ...], own: Collection[str]) -> tuple[str, ...]:
    places = [place for place, name in enumerate(path) if name in own]
    if not places:
        return tuple(dict.fromkeys(path))
    near = (path[near] for place in places for near in (place - 1, place + 1) if 0 <= near < len(path))
    return tuple(dict.fromkeys(near))
