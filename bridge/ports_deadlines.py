"""What the deadline desk asks of the world outside: one door to the database.

Protocols and plain values only; `adapters.db_deadlines` fulfils them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.handling.deadlines import Deadline
from bridge.handling.words import Handling
from bridge.ports_handling import Post


@dataclass(frozen=True, slots=True)
class Watched:
    """A deadline that runs, the ticket it is of, and the rank of its plan's last moment that is over
    (`heralds`)."""

    handling: Handling
    deadline: Deadline
    stage: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at one has come to: the stage it is at, when to look again (None: never), and the letters
    that tell of it."""

    watched: Watched
    stage: int
    again: datetime | None
    letters: tuple[Post, ...] = ()

    @property
    def silent(self) -> bool:
        """Nobody is told anything."""
        return self.stage == self.watched.stage and not self.letters


class DeadlineStore(Protocol):
    """Where it is kept what is due, and what has been said of it. Raises whatever the database raises."""

    async def to_look_at(self, now: datetime, most: int) -> tuple[Watched, ...]:
        """Those whose time to be looked at has come, the longest waiting first."""

    async def looked(self, looks: tuple[Look, ...]) -> tuple[Look, ...]:
        """Keep what the looks came to, with their letters in the same transaction; on disk on return. Gives
        back those that counted: one that somebody else has looked at, or that has changed, does not. Silent
        ones are all given back: there is nothing to say of them twice."""

    async def next_look(self) -> datetime | None:
        """When the next one is to be looked at; None: nothing runs."""

    async def overdue(
        self, now: datetime, *, partner: str, platform: str, after: tuple[datetime, str] | None, most: int
    ) -> tuple[Watched, ...]:
        """What runs past its time, the longest first. partner: who is late, "" anybody; platform: only
        tickets that have it on their path, "" all; after: due and ticket of the last one known."""

    async def counts(self, now: datetime) -> dict[tuple[str, str], int]:
        """How many are overdue, for each partner and kind."""
