"""The addresses of one trunk, in the order to try them (RFC 2782, RFC 3263 §4.3).

Pure: chance comes in as an argument. Knows no DNS; what a name stands for comes in as places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

MAX_TRIED: Final = 4
"""Addresses one call tries at a trunk: each needs its share of the time in which a dead target is told."""
LEAST_PATIENCE: Final = 0.6
"""Seconds an address is given at least: the INVITE is sent twice in it (RFC 3261 Timer A: 0.5 s)."""


@dataclass(frozen=True, slots=True)
class Place:
    """One address. priority: the lowest first, 0..65535; weight: share among those of one priority."""

    host: str
    port: int
    transport: str = "udp"
    priority: int = 0
    weight: int = 0


def ordered(places: Iterable[Place], chance: Callable[[], float]) -> tuple[Place, ...]:
    """By priority, and within one by weighted chance (RFC 2782); `chance` gives 0 <= x < 1."""
    ranked = sorted(places, key=lambda place: place.priority)
    groups = (list(group) for _, group in groupby(ranked, key=lambda place: place.priority))
    return tuple(place for group in groups for place in _drawn(group, chance))


def _drawn(places: list[Place], chance: Callable[[], float]) -> list[Place]:
    rest, drawn = sorted(places, key=lambda place: place.weight), list[Place]()
    while len(rest) > 1:
        mark = chance() * sum(place.weight for place in rest)
        chosen, seen = rest[0], 0.0
        for place in rest:
            seen += place.weight
            if seen >= mark:
                chosen = place
                break
        rest.remove(chosen)
        drawn.append(chosen)
    return drawn + rest


def patience(answer_within: float, addresses: int) -> float:
    """Seconds each of `addresses` is given, so that all fit into the time the target has."""
    return max(LEAST_PATIENCE, answer_within / max(1, addresses))
