"""What the analysis desk asks of the world outside: one door to the database.

Protocols and plain values only; `adapters.db_analysis` and `adapters.db_figures` fulfil them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bridge.analysis.figures import Sums
from bridge.analysis.periods import Period

By = Literal["day", "category", "county", "platform"]
"""platform: by where tickets come from and where they go."""
Keys = tuple[str | int, ...]
Counted = tuple[tuple[Keys, Sums], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets. platforms: all of these are on the ticket's path; category, county: "" for all."""

    period: Period
    platforms: tuple[str, ...] = ()
    category: str = ""
    county: str = ""


@dataclass(frozen=True, slots=True)
class Requests:
    """What many asked for. text: of the first who did, personal numbers covered."""

    category: str
    text: str
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where much is asked for."""

    county: str
    spot: str
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Negotiated:
    """A ticket about whose owner two platforms negotiated 会商. said: (platform, words) of each step of it,
    oldest first."""

    ticket: str
    incident: str
    opened_at: datetime
    origin: str
    target: str
    holder: str
    state: str
    urgency: str
    category: str
    county: str
    disputed: bool
    said: tuple[tuple[str, str], ...]


class FigureStore(Protocol):
    """Keeps each day's figures right."""

    async def stale_days(self, most: int) -> tuple[int, ...]:
        """Days whose figures are not right any more, the newest first; at most so many."""

    async def count(self, day: int) -> None:
        """That day's figures, anew; on disk on return."""


class AnalysisStore(Protocol):
    """Adds up. Raises whatever the database raises."""

    async def totals(self, wanted: Wanted) -> Sums:
        """The measures of all of them together."""

    async def grouped(self, wanted: Wanted, by: By) -> Counted:
        """Keyed by the day's ordinal; the category; the county; (origin, target)."""

    async def hourly(self, wanted: Wanted) -> Counted:
        """Keyed by the hour since 1970. Not by county: raises BadRequest where one is wanted."""

    async def calls(self, wanted: Wanted) -> Counted:
        """What became of those who called (answered, abandoned, overflowed, waited), keyed by (hour,
        platform)."""

    async def on_time(self, wanted: Wanted, now: datetime) -> Counted:
        """met, missed, overdue, keyed by (partner, kind)."""

    async def returns(self, wanted: Wanted) -> Counted:
        """returns, keyed by (platform that gave it back, reason)."""

    async def negotiated(
        self, wanted: Wanted, *, disputed: bool, after: tuple[int, str] | None, most: int
    ) -> tuple[Negotiated, ...]:
        """Tickets that were negotiated about, or only those without an agreement; oldest first, after the one
        named by its hour and ticket."""

    async def frequent(self, wanted: Wanted, most: int) -> tuple[Requests, ...]:
        """What was asked for most, and how often in the period before."""

    async def places(self, wanted: Wanted, most: int) -> tuple[Place, ...]:
        """Where most was asked for, and how much in the period before."""
