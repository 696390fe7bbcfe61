"""The city's places by name: counties, towns, roads, compounds, landmarks, with what else they are called.

Pure. It knows names and what they are; how an address is built of them is places.py's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

PlaceKind = Literal["county", "town", "road", "community", "landmark"]


@dataclass(frozen=True, slots=True)
class Place:
    """One place. name: the official one; county: the official name of the county or district it lies in, ""
    if it is one itself or lies in several; aliases: what people say for it."""

    name: str
    kind: PlaceKind
    county: str = ""
    aliases: tuple[str, ...] = ()


class Gazetteer:
    """All places; empty where the administrator names none."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self.places = tuple(places)


NOWHERE: Final = Gazetteer()
"""No place is known by name: the rules alone."""
