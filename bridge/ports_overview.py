"""What the overview of tickets asks of the world outside: one door to the database.

Protocols and plain values only; `adapters.db_overview` fulfils them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from bridge.handling.words import Handling
from bridge.post.delivery import Posted

Only = Literal["", "open", "overdue", "disputed", "dead"]
"""Which tickets: all; not ended; somebody is late with them; no agreement on their owner was found; a letter
about them is dead."""


@dataclass(frozen=True, slots=True)
class Asked:
    """viewer: only tickets with this platform on their path, "" all; platform: the same, as asked for;
    partner: who is asked now, or, with `overdue`, who is late; county, category, state: "" any; after: place
    and ticket of the last one known."""

    only: Only = ""
    viewer: str = ""
    platform: str = ""
    partner: str = ""
    state: str = ""
    category: str = ""
    county: str = ""
    after: tuple[datetime, str] | None = None
    most: int = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket of a list. request: what is asked for, personal numbers covered; waiting, dead: its letters
    on their way, and those that wait for a person; place: where it stands in the list (`Asked.after`)."""

    handling: Handling
    county: str
    request: str
    waiting: int = 0
    dead: int = 0
    place: datetime | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """All that is kept of one ticket but its papers' text. log: {deed, handling} of each version, oldest
    first; came_at: when it was first written down here; letters: about it, oldest first; opened: platform ->
    when it first looked."""

    handling: Handling
    came_at: datetime
    log: tuple[Mapping[str, Any], ...]
    letters: tuple[Posted, ...]
    opened: Mapping[str, datetime]
    papers: Mapping[str, Any] | None


class OverviewStore(Protocol):
    """Reads only. Raises whatever the database raises."""

    async def lines(self, asked: Asked, now: datetime) -> tuple[Line, ...]:
        """Tickets, the newest first; with `overdue` the longest late."""

    async def counts(self, viewer: str, now: datetime) -> Mapping[str, int]:
        """How many there are: each state that is not ended, and `overdue`, `disputed`, `dead`."""

    async def folder(self, ticket: str) -> Folder | None:
        """One ticket; None: there is none."""
