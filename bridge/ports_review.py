"""What the review desk asks of a database: notes and scores kept, found, and added up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.review.notes import Note, Scored
from bridge.review.sheets import DaySums


@dataclass(frozen=True, slots=True)
class Asked:
    """Which scores. since, until: when the calls began, [since, until); "" and None: any. after: the last
    row's of the page before: when its call began, the call, the agent."""

    since: datetime | None = None
    until: datetime | None = None
    agent: str = ""
    platform: str = ""
    after: tuple[datetime, str, str] | None = None
    most: int = 100


@dataclass(frozen=True, slots=True)
class Brief:
    """What a list says of one call. tenths: of the newest score, the lowest where several agents were
    scored; None: nobody has."""

    marks: int = 0
    comments: int = 0
    tenths: int | None = None


class ReviewStore(Protocol):
    """Raises whatever the database raises. platform "": of all."""

    async def notes(self, call: str, platform: str) -> tuple[Note, ...]:
        """In the order of the call, those of all of it first; of that platform's people and of nobody's."""

    async def add(self, note: Note) -> Note:
        """Stored, with its number. Raises TooManyNotes where a call has too many."""

    async def take_back(self, call: str, number: int, by: str, platform: str, at: datetime) -> None:
        """One's own note; the row stays. Raises NoSuchThing."""

    async def scores(self, call: str, platform: str) -> tuple[Scored, ...]:
        """Every version of every agent's, the newest first."""

    async def save(self, scored: Scored) -> None:
        """A further version, made from the one before it. Raises VersionMoved when that is not the newest."""

    async def find(self, asked: Asked) -> tuple[Scored, ...]:
        """Newest versions, the newest calls first."""

    async def briefs(self, calls: Collection[str], platform: str) -> dict[str, Brief]:
        """Of those of which there is something to say."""

    async def days(self, asked: Asked, offset: int) -> tuple[DaySums, ...]:
        """Sums by agent and day (days since 1970, on a clock so many seconds ahead of UTC)."""
