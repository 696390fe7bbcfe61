"""What the review desk asks of a database: notes and scores kept, found, and added up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bridge.review.notes import Note, Scored

Span = Literal["day", "week", "month", "all"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which scores. since, until: when the calls began, [since, until); "" and None: any. after: version,
    agent and call of the last row of the page before are in it as `mark` made them."""

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


@dataclass(frozen=True, slots=True)
class Average:
    """One agent's scores of one period, newest versions only. began: the first call's; sum: of tenths."""

    agent: str
    platform: str
    day: int
    count: int
    sum: int
    passed: int
    fatal: int


class ReviewStore(Protocol):
    """Raises whatever the database raises. platform "": of all."""

    async def notes(self, call: str, platform: str) -> tuple[Note, ...]:
        """In the order of the call, those of all of it first; of that platform's people and of nobody's."""

    async def add(self, note: Note) -> Note:
        """Stored, with its number. Raises Overload where a call has too many."""

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

    async def days(self, asked: Asked, offset: int) -> tuple[Average, ...]:
        """Sums by agent and day (days since 1970, on a clock so many seconds ahead of UTC)."""
