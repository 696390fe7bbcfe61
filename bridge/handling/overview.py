"""One line of a list about a ticket, for people and reports: from its papers, and from its handling.

Pure. Both are JSON as letters carry them; what is missing is empty.
"""

from __future__ import annotations

from typing import Any, Final

from bridge.handling.letters import PAPERS, TYPES
from bridge.handling.words import STATE_NAMES

_ELEMENTS: Final = {
    "who": "who", "contact": "contact", "when": "happened_at", "where": "place", "what": "content",
}  # fmt: skip
_RESOLVED: Final = frozenset({"when", "where"})
DEEDS: Final = frozenset(TYPES.values())


def of_letter(letter: dict[str, Any]) -> dict[str, Any]:
    """What a letter ({type, data}) says for the list; {}: it says nothing for it. KeyError, TypeError and
    the like on what is no letter."""
    if letter["type"] in PAPERS:
        return of_papers(letter["data"])
    return of_handling(letter["data"]["handling"]) if letter["type"] in DEEDS else {}


def of_papers(document: dict[str, Any]) -> dict[str, Any]:
    """The columns that papers fill; papers_version tells older ones from newer ones."""
    elements, category = document["elements"], document.get("category") or {}
    return {
        "incident": document["incident"],
        "from_platform": document["from_platform"],
        "to_platform": document["to_platform"],
        "category": category.get("name") or category.get("id") or "",
        "papers_version": document["version"],
        **{column: _said(name, elements.get(name) or {}) for name, column in _ELEMENTS.items()},
    }


def of_handling(handling: dict[str, Any]) -> dict[str, Any]:
    """The columns that a handling fills; handling_version tells older ones from newer ones."""
    return {
        "state": handling["state"],
        "state_name": STATE_NAMES[handling["state"]],
        "holder": handling["holder"],
        "urgency": handling["urgency"],
        "reason": handling["reason"],
        "handling_version": handling["version"],
    }


def _said(name: str, element: dict[str, Any]) -> str:
    resolved = element.get("resolved") if name in _RESOLVED else ""
    return str(resolved or element.get("value") or "")
