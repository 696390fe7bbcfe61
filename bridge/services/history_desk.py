"""A caller's history: earlier calls and tickets of one number, newest first, for whoever is about to answer.

Found by the search, which files every number as a word of its own, so it costs the same among ten tickets and
a million, sealed or not. The search finds every text in which a number stands; only what the number itself
called about, or gave as its own, is its history. Knows ports only; covering numbers is the door's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bridge.errors import NoSuchThing
from bridge.ports_history import HistoryStore
from bridge.ports_search import Hit, SearchStore, Wanted
from bridge.queues.abandoned import Abandoned
from bridge.services.search_desk import Papers, Transcript
from bridge.tickets.search_words import asked
from bridge.tickets.stored import StoredTranscript
from bridge.tickets.transcript import CALLER

LOOKED_AT: Final = 200
"""Texts with the number in them that are opened at most: a number that a city's whole press quotes."""
AT_ONCE: Final = 20
SHOWN: Final = 80
"""Characters of what somebody wanted."""

Json = dict[str, Any]
EMPTY: Final[Json] = {
    "kind": "", "at": "", "call": "", "ticket": "", "incident": "", "platforms": [], "category": "",
    "state": "", "holder": "", "text": "", "place": "", "queue": "", "waited": None,
}  # fmt: skip


class HistoryDesk:
    """papers, transcript: as in SearchDesk."""

    def __init__(
        self, search: SearchStore, store: HistoryStore, papers: Papers, transcript: Transcript
    ) -> None:
        self._search, self._store = search, store
        self._papers, self._transcript = papers, transcript

    async def of(self, number: str, *, platform: str, most: int, but: str = "") -> list[Json]:
        """At most so many. platform: only what concerns it, "": everything; but: the call that is going on
        now. Empty for a number that says nothing. Raises UnusableTranscript, UnusableData."""
        if not asked(number):
            return []
        found = await self._found(number, platform, most, but)
        found += [_gone(each) for each in await self._store.gone(number, platform, most) if each.call != but]
        rows = sorted(_merged(found), key=lambda each: each["at"], reverse=True)[:most]
        return await self._with_standings(rows)

    async def _found(self, number: str, platform: str, most: int, but: str) -> list[Json]:
        wanted, rows, looked = Wanted(number, platform=platform, most=AT_ONCE), list[Json](), 0
        while len(rows) < 2 * most and looked < LOOKED_AT:  # a call and its ticket are one row in the end
            hits = await self._search.find(wanted)
            for hit in hits:
                row = await self._row(hit, number)
                if row is not None and (not but or row["call"] != but):
                    rows.append(row)
            looked += len(hits)
            if len(hits) < AT_ONCE:
                break
            wanted = replace(wanted, after=hits[-1].number)
        return rows

    async def _row(self, hit: Hit, number: str) -> Json | None:
        """None: gone in the meantime, or somebody else's."""
        if hit.kind == "transcript":
            try:
                stored = await self._transcript(hit.id)
            except NoSuchThing:
                return None
            return _call(hit, stored) if _same(number, _callers(stored)) else None
        document = await self._papers(hit.id)
        if document is None or not _same(number, _numbers(document)):
            return None
        return _ticket(hit, document)

    async def _with_standings(self, rows: list[Json]) -> list[Json]:
        standings = await self._store.standings([row["ticket"] for row in rows if row["ticket"]])
        for row in rows:
            standing = standings.get(row["ticket"])
            if standing is not None:
                row |= {"state": standing.state, "holder": standing.holder}
        return rows


def _same(number: str, others: Iterable[str]) -> bool:
    """Whether it is one of them, whichever way either is written."""
    wanted = asked(number)
    return any(asked(other) == wanted for other in others if other)


def _callers(stored: StoredTranscript) -> list[str]:
    return [str(each.get("caller", "")) for each in stored.of_kind("opened")]


def _numbers(document: Json) -> list[str]:
    """Who called, and what was given to be called back at."""
    contact = (document.get("elements") or {}).get("contact") or {}
    return [str((document.get("caller") or {}).get("number") or ""), str(contact.get("value") or "")]


def _call(hit: Hit, stored: StoredTranscript) -> Json:
    said = "".join(each.text for each in stored.said() if each.utterance.speaker == CALLER)
    platforms = [stored.heading.platform] if stored.heading.platform else []
    return {
        **EMPTY, "kind": "call", "at": _iso(hit.at), "call": hit.id, "platforms": platforms,
        "text": said[:SHOWN],
    }  # fmt: skip


def _ticket(hit: Hit, document: Json) -> Json:
    elements = document.get("elements") or {}
    what, where = elements.get("what") or {}, elements.get("where") or {}
    ends = (str(document["from_platform"]), str(document["to_platform"]))
    return {
        **EMPTY,
        "kind": "ticket",
        "at": _iso(hit.at),
        "call": str((document.get("caller") or {}).get("call") or ""),
        "ticket": hit.id,
        "incident": hit.incident,
        "platforms": list(dict.fromkeys(ends)),
        "category": str((document.get("category") or {}).get("name", "")),
        "text": str(what.get("value") or "")[:SHOWN],
        "place": str(where.get("resolved") or where.get("value") or "")[:SHOWN],
    }


def _gone(each: Abandoned) -> Json:
    return {
        **EMPTY, "kind": "abandoned", "at": _iso(each.at), "call": each.call, "incident": each.incident,
        "platforms": [each.platform], "queue": each.queue, "waited": round(each.waited, 1),
    }  # fmt: skip


def _merged(rows: list[Json]) -> list[Json]:
    """A call whose ticket is there is told by the ticket."""
    told = {row["call"] for row in rows if row["kind"] == "ticket"}
    return [row for row in rows if row["kind"] == "ticket" or row["call"] not in told]


def _iso(at: datetime) -> str:
    return at.isoformat()
