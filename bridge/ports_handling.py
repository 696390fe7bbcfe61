"""What the handling desk asks of the world outside: one door to the database.

Protocols and plain values only; `adapters.db_handlings` fulfils them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.handling.papers import Facts
from bridge.handling.words import Deed, Handling


@dataclass(frozen=True, slots=True)
class Post:
    """A letter to be written into the outbox. kind: opened, update, final (papers) or deed."""

    platform: str
    kind: str
    version: int
    body: str


@dataclass(frozen=True, slots=True)
class Source:
    """The letter that asks for a change: a platform's message counts once."""

    platform: str
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """What is written in one transaction: the handling's next versions with the deeds that made them (deed
    None: the first version), the letters, and papers with the facts they bring. papers_for: platforms that
    are new to it and get the papers before any letter. beside: what other tickets, if they are here, hear of
    it: (ticket, deed), once each."""

    steps: tuple[tuple[Handling, Deed | None], ...] = ()
    letters: tuple[Post, ...] = ()
    papers_for: tuple[str, ...] = ()
    papers: dict[str, Any] | None = None
    facts: Facts | None = None
    beside: tuple[tuple[str, Deed], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a ticket: its handling and the version of its papers, None where there is
    none."""

    handling: Handling | None = None
    papers_version: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. seq: its place in the feed of changes; document: {deed, handling}."""

    seq: int
    ticket: str
    document: dict[str, Any]


Decide = Callable[[Known], Change]
"""Looks at what is there and says what shall be. Raises a BridgeError to change nothing."""


class HandlingStore(Protocol):
    """Where handlings are safe from kill -9 and power loss."""

    async def change(
        self, ticket: str, decide: Decide, *, source: Source | None = None, deed: str = ""
    ) -> Known:
        """Read, decide, write: one transaction, on disk on return. A source or a deed's id that is known
        already changes nothing. Returns what is there then. Raises what `decide` raises, Overload."""

    async def known(self, ticket: str) -> Known:
        """What is there of that ticket."""

    async def papers(self, ticket: str) -> dict[str, Any] | None:
        """The newest papers, wherever they began."""

    async def log(self, ticket: str) -> tuple[Entry, ...]:
        """All that was done with it, oldest first."""

    async def changes(self, after: int, most: int, platform: str) -> tuple[Entry, ...]:
        """What was done since, oldest first, of tickets that have this platform on their path ("": all)."""
