"""A handling's and a deed's JSON, as they travel and as they are stored. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from bridge.handling import deadlines
from bridge.handling.words import Deed, Handling, Link

SCHEMA: Final = "bridge.handling.v1"
"""Names the shape; a change that an old reader can't read gets a new name."""


def encode(handling: Handling) -> dict[str, Any]:
    """Plain JSON values, times ISO 8601 with offset."""
    return {
        "schema": SCHEMA,
        "ticket": handling.ticket,
        "incident": handling.incident,
        "version": handling.version,
        "state": handling.state,
        "origin": handling.origin,
        "target": handling.target,
        "holder": handling.holder,
        "path": list(handling.path),
        "channel": handling.channel,
        "urgency": handling.urgency,
        "category": handling.category,
        "opened_at": handling.opened_at.isoformat(),
        "changed_at": handling.changed_at.isoformat(),
        "reason": handling.reason,
        "owner": handling.owner,
        "proposed_by": handling.proposed_by,
        "disputed": handling.disputed,
        "returns": handling.returns,
        "reopened": handling.reopened,
        "urged": handling.urged,
        "numbers": dict(handling.numbers),
        "links": [{"kin": link.kin, "ticket": link.ticket} for link in handling.links],
        "entered": [{"state": state, "at": at.isoformat()} for state, at in handling.entered],
        "deadlines": [deadlines.encode(each) for each in handling.deadlines],
    }


def decode(body: dict[str, Any]) -> Handling:
    """The handling that `encode` made this of. KeyError, ValueError, TypeError on others."""
    if body["schema"] != SCHEMA:
        raise ValueError(f"not a {SCHEMA} document: {body['schema']!r}")
    same = ("ticket", "incident", "version", "state", "origin", "target", "holder", "channel", "urgency")
    more = ("category", "reason", "owner", "proposed_by", "disputed", "returns", "reopened", "urged")
    return Handling(
        **{name: body[name] for name in (*same, *more)},
        path=tuple(body["path"]),
        opened_at=datetime.fromisoformat(body["opened_at"]),
        changed_at=datetime.fromisoformat(body["changed_at"]),
        numbers=tuple(sorted(body["numbers"].items())),
        links=tuple(Link(each["kin"], each["ticket"]) for each in body["links"]),
        entered=tuple((each["state"], datetime.fromisoformat(each["at"])) for each in body["entered"]),
        deadlines=tuple(map(deadlines.decode, body["deadlines"])),
    )


def encode_deed(deed: Deed) -> dict[str, Any]:
    """Plain JSON values; what it does not say is left out."""
    said = {name: getattr(deed, name) for name in ("who", "reason", "owner", "to", "number")}
    return {
        "id": deed.id,
        "name": deed.name,
        "by": deed.by,
        "at": deed.at.isoformat(),
        **{name: value for name, value in said.items() if value},
    }


def decode_deed(body: dict[str, Any]) -> Deed:
    """The deed that `encode_deed` made this of. KeyError, ValueError, TypeError on others."""
    said = {name: body[name] for name in ("who", "reason", "owner", "to", "number") if name in body}
    return Deed(body["id"], body["name"], body["by"], datetime.fromisoformat(body["at"]), **said)
