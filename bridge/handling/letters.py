"""What is told of a deed to another platform: the letter's type and its exact text, as Standard Webhooks'
{type, timestamp, data}. Pure.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from bridge.handling.authority import Sight
from bridge.handling.codec import decode_deed, encode, encode_deed
from bridge.handling.words import Deed, DeedName, Handling

SCHEMA: Final = "bridge.deed.v1"

TYPES: Final[dict[DeedName, str]] = {
    "deliver": "ticket.delivered",
    "accept": "ticket.accepted",
    "return": "ticket.returned",
    "start": "ticket.started",
    "feedback": "ticket.feedback",
    "close": "ticket.closed",
    "negotiate": "ticket.negotiating",
    "agree": "ticket.agreed",
    "dispute": "ticket.disputed",
    "resend": "ticket.resent",
    "reopen": "ticket.reopened",
    "withdraw": "ticket.withdrawn",
    "escalate": "ticket.escalated",
    "urge": "ticket.urged",
    "link": "ticket.linked",
    "outcome": "ticket.outcome",
    "correct": "ticket.corrected",
}
SEEN: Final = "ticket.seen"
"""A letter that only tells that somebody there has opened the ticket: `data` is {"ticket": …}."""
LONGEST_ID: Final = 128
"""Characters of a deed's id, as of a webhook's."""
PAPERS: Final = ("ticket.opened", "ticket.updated", "ticket.final")
"""Letters that carry the papers themselves (docs/tickets.md)."""


def deed_letter(handling: Handling, deed: Deed, at: datetime, was: str = "") -> str:
    """The text that is signed and posted when `deed` has made this version. was: the state before it."""
    data = {"schema": SCHEMA, "was": was, "deed": encode_deed(deed), "handling": encode(handling)}
    return _letter(TYPES[deed.name], at, data)


def papers_letter(kind: str, document: dict[str, Any], at: datetime) -> str:
    """The text of papers that are passed on. kind: opened, update or final, as `Ticket.kind`."""
    return _letter("ticket.updated" if kind == "update" else f"ticket.{kind}", at, document)


def plain_letter(kind: str, ticket: str, deed: dict[str, str], at: datetime) -> str:
    """The letter of somebody who writes its words into the columns of a table. kind: its type; deed: id, by,
    and what else it says. Raises ValueError for a type that needs more than words."""
    names = {each: name for name, each in TYPES.items()}
    if kind == SEEN:
        return _letter(kind, at, {"ticket": ticket})
    if kind not in names:
        raise ValueError(kind)
    said = {name: value for name, value in deed.items() if value}
    done = {**said, "name": names[kind], "at": at.isoformat()}
    return _letter(kind, at, {"schema": SCHEMA, "deed": done, "handling": {"ticket": ticket}})


def deed_of(data: dict[str, Any]) -> tuple[str, Deed]:
    """The ticket and the deed of a letter. KeyError, ValueError, TypeError on others."""
    if data["schema"] != SCHEMA:
        raise ValueError(f"not a {SCHEMA} document: {data['schema']!r}")
    deed = decode_deed(data["deed"])
    if deed.name not in TYPES or deed.at.tzinfo is None or not 0 < len(deed.id) <= LONGEST_ID:
        raise ValueError("an unknown deed, a time without its zone, or an id too long")
    return str(data["handling"]["ticket"]), deed


def sight_of(data: dict[str, Any]) -> Sight:
    """What its sender saw, as far as it says."""
    was, after = data.get("was"), data.get("handling")
    return Sight(was if isinstance(was, str) else "", after if isinstance(after, dict) else {})


def _letter(kind: str, at: datetime, data: dict[str, Any]) -> str:
    body = {"type": kind, "timestamp": at.isoformat(), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
