"""What the archive asks of a database: transcripts written in batches, found again, corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.tickets.evidence import Entry
from bridge.tickets.stored import Heading, StoredTranscript


@dataclass(frozen=True, slots=True)
class Change:
    """What is new of one transcript."""

    heading: Heading
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: after this transcript, newest first."""

    started_at: datetime
    call: str


class TranscriptStore(Protocol):
    """Raises whatever the database raises."""

    async def write(self, changes: Sequence[Change]) -> None:
        """All of them or none, on disk on return. Entries are only ever added."""

    async def get(self, call: str) -> StoredTranscript | None:
        """One of them. Raises UnusableTranscript where it cannot be read."""

    async def correct(self, call: str, at: str, body: dict[str, object]) -> Entry:
        """One correction more, in the transcript's chain of corrections."""

    async def find(
        self,
        since: datetime | None,
        until: datetime | None,
        after: Place | None,
        most: int,
        platform: str = "",
    ) -> list[Heading]:
        """The newest first; platform: only what concerns it, "" for all."""

    async def close_cut(self) -> int:
        """After a start: those still live are cut. How many."""
