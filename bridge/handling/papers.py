"""Papers from outside, or by the web: what the handling needs to know of them, and where they have come by.

Pure. A document is the JSON of `bridge.ticket.v1` (docs/tickets.md) that has been checked at the door.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bridge.analysis.topics import request_text
from bridge.handling.pairs import first_of
from bridge.handling.words import Channel, Deed, Handling, Link, Urgency, opened
from bridge.tickets.elements import LABELS

_RANK: Final[tuple[Urgency, ...]] = ("normal", "urgent", "danger")
_COUNTY: Final = re.compile(r"^(?:.{2,3}省)?(?:[^省市县区]{2,4}市)?([^省市县区]{1,5}(?:县|区|市))")
_OUTCOMES: Final = frozenset({"open", "transferred", "failed", "abandoned"})
_UNSAID: Final = {"confidence": 0.0, "utterances": [], "source": "default"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What lists and figures ask of the papers. county, place: of 事发地, "" if it names none. outcome: how
    the transfer ended or stands, "" where there was none; waited: seconds from the key to the answer, None:
    nobody answered. request: 诉求内容 with personal numbers covered."""

    category: str | None = None
    urgency: Urgency = "normal"
    county: str = ""
    place: str = ""
    outcome: str = ""
    waited: float | None = None
    request: str = ""


def facts_of(document: dict[str, Any]) -> Facts:
    """Of a whole document. A word of danger outweighs an urgent class."""
    category, where = document.get("category"), document["elements"]["where"]
    place = str(where.get("resolved") or where.get("value") or "")[:200]
    county = _COUNTY.match(place)
    said: Urgency = document.get("urgency", "normal")
    urgency: Urgency = "urgent" if category and category.get("urgent") else "normal"
    if any(alert.get("state") != "withdrawn" for alert in document.get("alerts", ())):
        urgency = "danger"
    return Facts(
        category=category["id"] if category else None,
        urgency=max(said, urgency, key=_RANK.index),
        county=county.group(1) if county else "",
        place=place,
        outcome=_outcome(document.get("outcome")),
        waited=_waited(document.get("caller")),
        request=request_text(_said(document, "what"), _said(document, "who")),
    )


def _said(document: dict[str, Any], name: str) -> str:
    return str(document["elements"][name].get("value") or "")


def _outcome(said: Any) -> str:
    return said if isinstance(said, str) and said in _OUTCOMES else ""


def _waited(caller: Any) -> float | None:
    """A partner's papers may say anything here."""
    try:
        pressed, answered = (datetime.fromisoformat(caller[name]) for name in ("pressed_at", "answered_at"))
        return max(0.0, round((answered - pressed).total_seconds(), 3))
    except (KeyError, TypeError, ValueError):
        return None


def followed(handling: Handling, facts: Facts) -> Handling:
    """The handling with what newer papers say. They may raise the urgency; only people lower it."""
    urgency = max(handling.urgency, facts.urgency, key=_RANK.index)
    return replace(handling, category=facts.category or handling.category, urgency=urgency)


def retargeted(handling: Handling, path: tuple[str, ...], at: datetime) -> tuple[Handling, Deed]:
    """The key again, to another platform, before anybody has taken it. path: the new way, its end the new
    target."""
    deed = Deed(f"resend {handling.ticket} {handling.version + 1}", "resend", "", at, to=path[-1])
    entered = (*handling.entered, ("draft", at))
    changed = replace(
        handling, version=handling.version + 1, state="draft", target=path[-1], holder=path[-1],
        path=path, changed_at=at, entered=entered,
    )  # fmt: skip
    return changed, deed


def first_handling(document: dict[str, Any], at: datetime, path: tuple[str, ...] = ()) -> Handling:
    """The draft that opens with these papers. path: where they have come by and go, () as they say."""
    facts = facts_of(document)
    channel: Channel = document.get("channel", "phone")
    first = first_of(document)
    made = opened(
        ticket=document["ticket"],
        incident=document["incident"],
        origin=document["from_platform"],
        target=document["to_platform"],
        at=at,
        path=path or path_of(document),
        channel=channel,
        urgency=facts.urgency,
        category=facts.category,
    )
    return made if first is None else replace(made, links=(Link("outcome", first[0]),))


def path_of(document: dict[str, Any]) -> tuple[str, ...]:
    """The platforms the papers name, first to last."""
    return tuple(document.get("path") or (document["from_platform"], document["to_platform"]))


def placed(path: tuple[str, ...], own: Collection[str], home: str, sender: str) -> tuple[str, ...]:
    """The path with ourselves on it: `home`, right after whoever sent it, unless one of ours is there. A
    bridge that is no platform (home "") stands on none."""
    if not home or any(name in own for name in path):
        return path
    after = path.index(sender) + 1 if sender in path else 1
    return (*path[:after], home, *path[after:])


def speaks_for(path: tuple[str, ...], own: Collection[str], sender: str, platform: str) -> bool:
    """Whether what `sender` says of `platform` may be believed: it speaks for itself and for those it passes
    on from, never for us or for somebody on our other side."""
    if platform == sender:
        return sender in path
    if platform in own or platform not in path or sender not in path:
        return False
    here = next((place for place, name in enumerate(path) if name in own), None)
    if here is None:
        return False
    there, beyond = path.index(sender), path.index(platform)
    return (there < here and beyond < there) or (there > here and beyond > there)


def web_papers(
    asked: dict[str, Any], ticket: str, origin: str, at: datetime, path: tuple[str, ...]
) -> dict[str, Any]:
    """The papers of a request that came by the web, version 1. asked: the five elements' words, category,
    urgency, channel, incident (None: its own), to, number."""
    said = {"confidence": 1.0, "utterances": [], "source": "agent"}
    elements = {
        name: {"label": label, "value": asked[name], **(said if asked[name] else _UNSAID)}
        for name, label in LABELS.items()
    }
    category = asked["category"]
    return {
        "schema": "bridge.ticket.v1",
        "ticket": ticket,
        "incident": asked["incident"] or ticket,
        "version": 1,
        "from_platform": origin,
        "to_platform": asked["to"],
        "path": list(path),
        "channel": asked["channel"],
        "urgency": asked["urgency"],
        "number": asked["number"],
        "opened_at": at.isoformat(),
        "elements": elements,
        "category": None if category is None else {"id": category, "urgent": asked["urgency"] != "normal"},
        "alerts": [],
    }
