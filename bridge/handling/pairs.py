"""The way back (三(二)2 of the source): 110 hands a dispute's root to 12345, 12345 a threat to 110, and each
hears what came of it. Two tickets of one incident, each with its own deadlines.

Pure. The second ticket owes its outcome to the first; a step of the second that says what came of it is told
to the first in the same transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast

from bridge.errors import BadDeed
from bridge.handling.negotiation import police
from bridge.handling.words import Deed, Handling, Kin, Link

_SAYS: Final = frozenset({"feedback", "close", "return", "withdraw"})
"""Steps of the second that are news for the first."""


def kin_of(by: str, to: str) -> Kin:
    """What the new ticket is to the old one. Raises BadDeed where nobody is police, or both are."""
    if police(by) == police(to):
        raise BadDeed("只有 110 把纠纷的根源交给 12345、12345 把威胁线索交给 110，才成一对")
    return "cause" if police(by) else "clue"


def pair_papers(
    old: dict[str, Any], asked: dict[str, Any], ticket: str, by: str, at: datetime, path: tuple[str, ...]
) -> dict[str, Any]:
    """The second ticket's papers, version 1: who, where and when of the first, with what is asked now."""
    what = {
        "label": "诉求内容",
        "value": asked["what"],
        "source": "agent",
        "confidence": 1.0,
        "utterances": [],
    }
    category = asked["category"]
    return {
        "schema": old["schema"],
        "ticket": ticket,
        "incident": old["incident"],
        "version": 1,
        "from_platform": by,
        "to_platform": path[-1],
        "path": list(path),
        "channel": old.get("channel", "phone"),
        "urgency": asked["urgency"],
        "opened_at": at.isoformat(),
        "pair": {"ticket": old["ticket"], "kin": kin_of(by, path[-1])},
        "elements": {**old["elements"], "what": what},
        "category": None if category is None else {"id": category, "urgent": asked["urgency"] != "normal"},
        "alerts": [],
    }


def first_of(document: dict[str, Any]) -> tuple[str, Kin] | None:
    """The first ticket of a pair whose second these papers open, and what the second is to it."""
    pair = document.get("pair")
    return None if not pair else (str(pair["ticket"]), cast("Kin", pair["kin"]))


def linked(second: Handling, kin: Kin) -> Deed:
    """What the first hears when the second is opened."""
    at = second.opened_at
    return Deed(f"link {second.ticket}", "link", "", at, owner=kin, to=second.ticket)


def outcome(second: Handling, deed: Deed) -> tuple[str, Deed] | None:
    """The first ticket, and what it hears of this step of the second; None: nothing."""
    first = next((link.ticket for link in second.links if link.kin == "outcome"), None)
    if first is None or deed.name not in _SAYS:
        return None
    told = replace(
        deed, id=f"outcome {deed.id}", name="outcome", by="", to=second.ticket, owner="", number=""
    )
    return first, told


def with_link(handling: Handling, kin: Kin, ticket: str) -> tuple[Link, ...]:
    """The handling's links with one more."""
    link = Link(kin, ticket)
    return handling.links if link in handling.links else (*handling.links, link)
