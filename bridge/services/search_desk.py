"""Searching tickets and transcripts: finds them, and fetches what is to be shown of them.

Knows ports only. Covering numbers is the door's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bridge.errors import NoSuchThing
from bridge.ports_search import Hit, SearchStore, Wanted
from bridge.tickets.search_text import Lines, papers_lines, speech_lines
from bridge.tickets.stored import StoredTranscript

Papers = Callable[[str], Awaitable[dict[str, Any] | None]]
Transcript = Callable[[str], Awaitable[StoredTranscript]]


@dataclass(frozen=True, slots=True)
class Found:
    """A hit, and its lines as they are stored."""

    hit: Hit
    lines: Lines
    platforms: tuple[str, ...] = ()
    category: str = ""


class SearchDesk:
    """papers: a ticket's newest; transcript: a call's, raises NoSuchThing."""

    def __init__(self, store: SearchStore, papers: Papers, transcript: Transcript) -> None:
        self._store, self._papers, self._transcript = store, papers, transcript

    async def find(self, wanted: Wanted) -> tuple[Found, ...]:
        """The newest first. Raises UnusableTranscript, UnusableData."""
        found = [await self._shown(hit) for hit in await self._store.find(wanted)]
        return tuple(each for each in found if each is not None)

    async def _shown(self, hit: Hit) -> Found | None:
        """None: gone in the meantime."""
        if hit.kind == "transcript":
            try:
                stored = await self._transcript(hit.id)
            except NoSuchThing:
                return None
            return Found(hit, tuple(said.text for said in stored.said()), (stored.heading.platform,))
        document = await self._papers(hit.id)
        if document is None:
            return None
        ends = (str(document["from_platform"]), str(document["to_platform"]))
        category = str((document.get("category") or {}).get("name", ""))
        return Found(hit, papers_lines(document) + speech_lines(document), ends, category)
