"""What searching asks of the world outside: one door to the database. Protocols and plain values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Found = Literal["ticket", "transcript"]
Reviewed = Literal["", "scored", "unscored", "marked", "commented", "corrected"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question. text: words that must all be there; "" of the others: any. since, until: aware, [since,
    until). state: of the ticket's handling. after: the number of the last hit of the page before. agent: the
    extension that spoke in a call; review: what its reviewers have done with it, or not; bare: without words
    all that has these properties is found; number: somebody's that must be there, or its last four digits."""

    text: str
    kind: str = ""
    platform: str = ""
    category: str = ""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    most: int = 20
    agent: str = ""
    review: Reviewed = ""
    bare: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. number: its place in the order, newest highest; id: the ticket's, or the call's of a
    transcript."""

    number: int
    kind: str
    id: str
    incident: str
    at: datetime


class SearchStore(Protocol):
    """Where it is looked up."""

    async def find(self, wanted: Wanted) -> tuple[Hit, ...]:
        """The newest that have all that is asked for; none for a question without words."""
