"""The kin desk: while the phone still rings, which other tickets of the last day tell of the same thing.

It remembers what it has to compare, by caller and by place, and asks `handling.kin`; what it finds is written
as links on both tickets by whoever it tells. After a restart it is told the last day's tickets again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from bridge.handling.kin import DAY, LONG_PLACE, Found, Told, kin_of, told_of

MOST: Final = 20_000
"""Tickets remembered, some 20 MB: a large city's day. The oldest go first."""
NEAR: Final = 200
"""Others that one ticket is compared with, the newest: a storm of calls about one place stays cheap."""


class KinDesk:
    """found: told the ticket and its kin, once each; returns at once."""

    def __init__(self, found: Callable[[str, Found], None]) -> None:
        self._found = found
        self._told: dict[str, Told] = {}
        self._linked: dict[str, str] = {}
        self._order: deque[str] = deque()
        self._by: dict[str, deque[str]] = {}

    def look(self, document: dict[str, Any], at: datetime) -> None:
        """Papers that are new, or say more than before. at: when the ticket was opened."""
        new = told_of(document, at)
        before = self._told.get(new.ticket)
        self._remember(new)
        if new.ticket in self._linked or (before is not None and _same(before, new)):
            return
        for each in kin_of(new, self._near(new)):
            self._linked[new.ticket] = each.ticket
            self._found(new.ticket, each)

    def remember(self, document: dict[str, Any], at: datetime) -> None:
        """A ticket of before the start."""
        self._remember(told_of(document, at))

    def _remember(self, told: Told) -> None:
        if told.ticket not in self._told:
            self._order.append(told.ticket)
        self._told[told.ticket] = told
        for key in _keys(told):
            same = self._by.setdefault(key, deque(maxlen=NEAR))
            if told.ticket not in same:
                same.append(told.ticket)
        self._forget(told.at)

    def _forget(self, now: datetime) -> None:
        while self._order and (len(self._order) > MOST or now - self._told[self._order[0]].at > DAY):
            old = self._told.pop(self._order.popleft())
            self._linked.pop(old.ticket, None)
            for key in _keys(old):
                same = self._by.get(key)
                if same is not None and old.ticket in same:
                    same.remove(old.ticket)
                if not same:
                    self._by.pop(key, None)

    def _near(self, new: Told) -> Iterator[Told]:
        names = dict.fromkeys(name for key in _keys(new) for name in self._by.get(key, ()))
        return (self._told[name] for name in names if name != new.ticket and name in self._told)


def _keys(told: Told) -> Iterator[str]:
    if told.caller:
        yield f"by {told.caller}"
    if len(told.place) >= LONG_PLACE:
        yield f"at {told.place[:LONG_PLACE]}"


def _same(one: Told, other: Told) -> bool:
    return (one.caller, one.place, one.category, one.pairs) == (
        other.caller, other.place, other.category, other.pairs,
    )  # fmt: skip
