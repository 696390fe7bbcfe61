"""The overview desk: tickets as a supervisor looks through them, and one with everything about it: elements,
path, steps, deadlines, linked tickets, deliveries.

Knows ports and the rules of time; decides nothing, changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from bridge.clock import Clock
from bridge.errors import NoSuchTicket
from bridge.handling.deadlines import Deadline
from bridge.handling.deadlines import encode as encode_deadline
from bridge.handling.heralds import spell
from bridge.handling.table import allowed
from bridge.handling.timetable import Timetable
from bridge.handling.way import Hop, acceptances, hops
from bridge.handling.words import DEED_NAMES, Handling, Link
from bridge.ports_overview import Asked, Folder, Line, OverviewStore
from bridge.post.delivery import DEAD, delivery_view

MOST_LINKS: Final = 20
"""Linked tickets that are shown with their state."""
_PLAIN: Final = (
    "ticket", "incident", "version", "state", "origin", "target", "holder", "channel", "urgency", "returns",
    "reopened", "urged", "disputed", "reason", "owner", "proposed_by",
)  # fmt: skip
_PAPERS: Final = (
    "version",
    "channel",
    "urgency",
    "elements",
    "category",
    "alerts",
    "call",
    "transcript_state",
)


class OverviewDesk:
    """own: the platforms this program works for; home: whose eyes the house as a whole looks with."""

    def __init__(
        self, store: OverviewStore, timetable: Timetable, clock: Clock, own: Collection[str], home: str
    ) -> None:
        self._store, self.timetable, self._clock = store, timetable, clock
        self.own, self.home = own, home

    async def tickets(self, asked: Asked) -> list[dict[str, Any]]:
        """A page of them, in the store's order, each with the deadline that runs and ends first."""
        now = self._clock.wall()
        return [self._line(each, now) for each in await self._store.lines(asked, now)]

    async def counts(self, viewer: str) -> Mapping[str, int]:
        """See ports_overview."""
        return await self._store.counts(viewer, self._clock.wall())

    async def dossier(self, ticket: str, viewer: str) -> dict[str, Any]:
        """Everything about one. viewer: whose platform looks, "" the house. Raises NoSuchTicket where it is
        none of theirs."""
        folder = await self._store.folder(ticket)
        if folder is None or (viewer and viewer not in _concerned(folder.handling)):
            raise NoSuchTicket("没有这张工单，或与本平台无关")
        handling, now = folder.handling, self._clock.wall()
        sent = delivery_view(folder.letters, folder.opened, _state(handling))
        way = hops(handling, folder.came_at, sent, self.own, acceptances(folder.log))
        return {
            **_plain(handling),
            "may": list(allowed(handling, viewer or self.home)),
            "papers": _papers(folder.papers),
            "path": [_hop(each) for each in way],
            "steps": _steps(folder),
            "deadlines": [self._deadline(each, now) for each in handling.deadlines],
            "links": await self._links(handling.links[:MOST_LINKS], viewer),
            "deliveries": sent,
            "dead": [_letter(each) for each in folder.letters if each.state in DEAD],
        }

    # --- within --------------------------------------------------------------------------------------------

    def _line(self, line: Line, now: datetime) -> dict[str, Any]:
        running = [each for each in line.handling.deadlines if each.runs]
        first = min(running, key=lambda each: each.due, default=None)
        return {
            **_plain(line.handling),
            "path": list(line.handling.path),
            "county": line.county,
            "request": line.request,
            "waiting": line.waiting,
            "dead": line.dead,
            "place": line.place and line.place.isoformat(),
            "deadline": None if first is None else self._deadline(first, now),
        }

    def _deadline(self, deadline: Deadline, now: datetime) -> dict[str, Any]:
        """left: how long it has, or late: how long it is late, of its own time; in words."""
        late, hours = self.timetable.late(deadline, now), self.timetable.hours_of(deadline)
        return {
            **encode_deadline(deadline),
            "overdue": deadline.overdue(now),
            "late_seconds": round(late),
            "words": spell(abs(late), hours),
        }

    async def _links(self, links: Sequence[Link], viewer: str) -> list[dict[str, Any]]:
        return [_link(link, await self._store.folder(link.ticket), viewer) for link in links]


def _link(link: Link, folder: Folder | None, viewer: str) -> dict[str, Any]:
    """state None: it is not here, or none of the viewer's."""
    there = folder is not None and (not viewer or viewer in _concerned(folder.handling))
    handling = folder.handling if folder is not None and there else None
    return {
        "kin": link.kin,
        "ticket": link.ticket,
        "state": None if handling is None else handling.state,
        "origin": "" if handling is None else handling.origin,
        "target": "" if handling is None else handling.target,
    }


def _plain(handling: Handling) -> dict[str, Any]:
    return {
        **{name: getattr(handling, name) for name in _PLAIN},
        "category": handling.category or "",
        "opened_at": handling.opened_at.isoformat(),
        "changed_at": handling.changed_at.isoformat(),
        "numbers": dict(handling.numbers),
    }


def _papers(papers: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if papers is None else {name: papers[name] for name in _PAPERS if name in papers}


def _steps(folder: Folder) -> list[dict[str, Any]]:
    """What was done, oldest first; the first entry is the ticket itself."""
    made = []
    for entry in folder.log:
        deed, handling = entry.get("deed") or {}, entry["handling"]
        name = deed.get("name", "open")
        made.append(
            {
                "name": name, "title": DEED_NAMES.get(name, "受理"),
                "by": deed.get("by", handling["origin"] if name == "open" else ""),
                "at": deed.get("at", handling["opened_at"]), "state": handling["state"],
                **{each: deed.get(each, "") for each in ("who", "reason", "to", "owner", "number")},
            }
        )  # fmt: skip
    return made


def _hop(hop: Hop) -> dict[str, Any]:
    times = {name: getattr(hop, name) for name in ("at", "accepted_at")}
    return {**asdict(hop), **{name: at and at.isoformat() for name, at in times.items()}}


def _letter(letter: Any) -> dict[str, Any]:
    plain = ("id", "platform", "kind", "version", "state", "attempts", "trouble")
    return {**{name: getattr(letter, name) for name in plain}, "created_at": letter.created_at.isoformat()}


def _state(handling: Handling) -> dict[str, str]:
    begun = handling.state not in {"draft", "delivered"}
    return {handling.holder: handling.state} if begun else {}


def _concerned(handling: Handling) -> frozenset[str]:
    return frozenset((*handling.path, handling.origin, handling.target, handling.holder))
