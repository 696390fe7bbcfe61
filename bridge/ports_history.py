"""What a caller's history asks of the database beside the search. Protocols and plain values only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.queues.abandoned import Abandoned


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a ticket's handling is. state: handling.words.State; holder: who is asked now."""

    state: str
    holder: str
    opened_at: datetime


class HistoryStore(Protocol):
    """Where it is looked up."""

    async def standings(self, tickets: Collection[str]) -> Mapping[str, Standing]:
        """Of those that are here."""

    async def gone(self, number: str, platform: str, most: int) -> tuple[Abandoned, ...]:
        """The newest times this number hung up before anybody spoke with it; platform "": at any of them."""
