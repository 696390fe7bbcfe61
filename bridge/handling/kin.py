"""Which tickets tell of the same thing: a request told twice, or many telling of one event.

Pure and cheap: it is asked at the press, while the phone still rings. Words are compared as character pairs,
so neither order nor fillers matter; a place counts by its normal form. It links, it never merges: people
decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.handling.words import Kin

DAY: Final = timedelta(hours=24)
"""A caller who rings again later than this has a new matter, as far as we can tell."""
SURGE: Final = timedelta(minutes=30)
MANY: Final = 3
"""So many different callers about one place and class within SURGE are a surge."""
ALIKE: Final = 0.5
"""Share of character pairs that two texts of one caller have in common."""
MUCH: Final = 0.6
"""The same for two callers at one place."""
LONG_PLACE: Final = 5
"""Characters of a place that says more than a town."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is compared of a ticket. caller: a telephone number, "" if unknown; place: its normal form."""

    ticket: str
    incident: str
    caller: str
    category: str
    place: str
    pairs: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Another ticket, and what it is to the new one."""

    kin: Kin
    ticket: str


def told_of(document: dict[str, Any], at: datetime) -> Told:
    """Of a ticket's papers."""
    elements, category = document["elements"], document.get("category")
    where, caller = elements["where"], document.get("caller") or {}
    return Told(
        ticket=document["ticket"],
        incident=document["incident"],
        caller=str(caller.get("number") or elements["contact"].get("value") or ""),
        category=category["id"] if category else "",
        place=str(where.get("resolved") or where.get("value") or "").removesuffix("门口"),
        pairs=pairs_of(str(elements["what"].get("value") or "")),
        at=at,
    )


def pairs_of(text: str) -> frozenset[str]:
    """Its character pairs, letters and digits only."""
    plain = "".join(each for each in text if each.isalnum())
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the shorter text's pairs that the other has, too: 0 to 1. One of them may tell more."""
    shorter = min(len(one), len(other))
    return len(one & other) / shorter if shorter else 0.0


def kin_of(new: Told, others: Iterable[Told]) -> tuple[Found, ...]:
    """The ticket it repeats, if any, the newest such; else the first of the surge it belongs to."""
    near = [
        each for each in others if each.incident != new.incident and timedelta() <= new.at - each.at <= DAY
    ]
    again = [each for each in near if _again(new, each)]
    if again:
        return (Found("duplicate", max(again, key=lambda each: each.at).ticket),)
    wave = [each for each in near if new.at - each.at <= SURGE and _one_event(new, each)]
    if len({each.caller or each.ticket for each in wave} | {new.caller or new.ticket}) >= MANY:
        return (Found("surge", min(wave, key=lambda each: each.at).ticket),)
    return ()


def _again(new: Told, old: Told) -> bool:
    """The same caller about the same thing, or two telling of one place in the same words."""
    if new.caller and new.caller == old.caller:
        return alike(new.pairs, old.pairs) >= ALIKE or (bool(new.place) and new.place == old.place)
    return _same_place(new, old) and new.category == old.category and alike(new.pairs, old.pairs) >= MUCH


def _one_event(new: Told, old: Told) -> bool:
    return bool(new.category) and new.category == old.category and _same_place(new, old)


def _same_place(new: Told, old: Told) -> bool:
    """One is told more closely than the other."""
    shorter, longer = sorted((new.place, old.place), key=len)
    return len(shorter) >= LONG_PLACE and longer.startswith(shorter)
