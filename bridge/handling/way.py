"""How a ticket came and went from platform to platform, to be drawn: 12345 → 市 110 → 县 110, with times.

Pure. A platform knows its neighbours only: when they got it. What is farther is known by what it does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bridge.handling.words import Handling

Word = Literal["took", "came", "delivered", "opened", "queued", "retrying", "dead", "accepted", "beyond"]
"""took: the request was taken there; came: it arrived here; delivered, opened, queued, retrying, dead: how
far our letter is (post.delivery); accepted: 签收, of one we don't write to; beyond: nothing is known yet."""


@dataclass(frozen=True, slots=True)
class Hop:
    """at: of the word, None where nothing is known; accepted_at: when it accepted the ticket; holds: it is
    asked to handle it now; own: it is one of ours; trouble: why the letter has not arrived."""

    platform: str
    word: Word
    at: datetime | None
    accepted_at: datetime | None = None
    holds: bool = False
    own: bool = False
    trouble: str = ""


def hops(
    handling: Handling,
    came_at: datetime,
    deliveries: Sequence[Mapping[str, Any]],
    own: Collection[str],
    accepted: Mapping[str, datetime],
) -> tuple[Hop, ...]:
    """One for each platform of the path, in order. came_at: when it was first known here; deliveries: as
    post.delivery views them; accepted: platform -> when it last accepted."""
    sent = {str(each["platform"]): each for each in deliveries}
    return tuple(
        _hop(handling, place, came_at, sent.get(name), own, accepted.get(name))
        for place, name in enumerate(handling.path)
    )


def acceptances(log: Sequence[Mapping[str, Any]]) -> dict[str, datetime]:
    """Platform -> when it last accepted, of a log's {deed, handling}."""
    deeds = [entry["deed"] for entry in log if entry.get("deed")]
    return {each["by"]: datetime.fromisoformat(each["at"]) for each in deeds if each["name"] == "accept"}


def _hop(
    handling: Handling,
    place: int,
    came_at: datetime,
    sent: Mapping[str, Any] | None,
    own: Collection[str],
    accepted: datetime | None,
) -> Hop:
    name = handling.path[place]
    word, at = _known(handling, place, came_at, sent, own, accepted)
    trouble = "" if sent is None or at is not None else str(sent["trouble"])
    return Hop(name, word, at, accepted, name == handling.holder, name in own, trouble)


def _known(
    handling: Handling,
    place: int,
    came_at: datetime,
    sent: Mapping[str, Any] | None,
    own: Collection[str],
    accepted: datetime | None,
) -> tuple[Word, datetime | None]:
    if place == 0:
        return "took", handling.opened_at
    if handling.path[place] in own:
        return "came", came_at
    if sent is None:
        return ("accepted", accepted) if accepted is not None else ("beyond", None)
    for word in ("opened", "delivered"):
        if sent[f"{word}_at"]:
            return word, datetime.fromisoformat(sent[f"{word}_at"])
    return ("dead" if not sent["waiting"] else "retrying" if sent["attempts"] else "queued"), None
