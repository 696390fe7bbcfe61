"""Where a ticket's papers are on their way to a partner, said in one word for each partner.

Pure: rows of the outbox, the moment the partner first opened the ticket, and what it has done with it since,
folded into one view for pages and the interface.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

LetterState = Literal["waiting", "delivered", "superseded", "parked", "expired", "carried"]
"""parked: refused for good; expired: too old to be sent; both wait for a person (the dead letters).
carried: on its way in a file."""

DEAD: Final = frozenset({"parked", "expired"})

DeliveryState = Literal["queued", "retrying", "delivered", "opened", "dead"]
"""queued: on its way for the first time; retrying: the first letter was not taken yet; delivered: the
partner has acknowledged a version; opened: somebody there looked; dead: nothing arrived, nothing is on its
way. What the partner does then (签收 and so on) takes the place of these words."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One letter as its row tells: version of the ticket, attempts so far, times aware."""

    id: str
    platform: str
    kind: str
    version: int
    state: LetterState
    attempts: int
    trouble: str
    created_at: datetime
    settled_at: datetime | None = None


def delivery_view(
    letters: Sequence[Posted],
    opened: Mapping[str, datetime] | None = None,
    handled: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """One entry for each partner, in the order in which it was first written to. opened: platform -> when it
    first looked; handled: platform -> the handling's state there, once it did something."""
    found: dict[str, list[Posted]] = {}
    for letter in letters:
        found.setdefault(letter.platform, []).append(letter)
    return [
        _view(platform, sent, (opened or {}).get(platform), (handled or {}).get(platform, ""))
        for platform, sent in found.items()
    ]


def _view(platform: str, sent: Sequence[Posted], opened: datetime | None, handled: str) -> dict[str, Any]:
    there = [letter for letter in sent if letter.state == "delivered"]
    waiting = [letter for letter in sent if letter.state in {"waiting", "carried"}]
    dead = [letter for letter in sent if letter.state in DEAD]
    troubled = [letter for letter in (*waiting, *dead) if letter.trouble]
    return {
        "platform": platform,
        "state": handled or _state(there, waiting, opened),
        "version": max((letter.version for letter in there), default=None),
        "newest": max(letter.version for letter in sent),
        "waiting": len(waiting),
        "dead": [letter.id for letter in dead],
        "attempts": max((letter.attempts for letter in waiting), default=0),
        "trouble": troubled[-1].trouble if troubled else "",
        "queued_at": sent[0].created_at.isoformat(),
        "delivered_at": _first(there),
        "opened_at": None if opened is None else opened.isoformat(),
    }


def _state(there: Sequence[Posted], waiting: Sequence[Posted], opened: datetime | None) -> DeliveryState:
    if opened is not None:
        return "opened"
    if there:
        return "delivered"
    if waiting:
        return "retrying" if any(letter.attempts for letter in waiting) else "queued"
    return "dead"


def _first(there: Sequence[Posted]) -> str | None:
    moments = [letter.settled_at for letter in there if letter.settled_at is not None]
    return min(moments).isoformat() if moments else None
