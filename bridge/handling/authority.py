"""Whose word counts where two platforms' copies of a handling have come apart: the origin's side. Pure.

Two people may act at the same moment, each on what their own bridge shows, and each deed be refused by the
other's. The copy nearer to the platform that took the request is the truth; the farther one takes it over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from bridge.handling.words import MAX_TEXT, STATE_NAMES, URGENCY_NAMES, Deed, Handling

_ON_ITS_WAY: Final[frozenset[str]] = frozenset({"draft", "delivered"})
"""Whether it has arrived is known sooner at one end than at the other."""
_AGREED: Final = ("holder", "target", "owner", "proposed_by")
"""Fields that two copies must agree on, beside the state."""
MOST_PLATFORMS: Final = 8
"""On a path, as at the door for papers."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the sender of a deed saw. was: the state it was decided on, "" unsaid; after: its own copy then
    (`codec.encode`'s), which nobody has checked."""

    was: str = ""
    after: Mapping[str, Any] = field(default_factory=dict)


def nearer(path: tuple[str, ...], own: Collection[str], platform: str) -> bool:
    """Whether that platform stands between us and the origin, or is the origin. own: those we work for; a
    bridge of nobody's own stands right behind the origin."""
    if platform not in path or platform in own:
        return False
    ours = [place for place, name in enumerate(path) if name in own]
    return path.index(platform) < (min(ours) if ours else 1)


def same_state(ours: str, theirs: str) -> bool:
    """Whether two copies agree on it."""
    return ours == theirs or {ours, theirs} <= _ON_ITS_WAY


def agree(ours: Handling, theirs: Handling) -> bool:
    """Whether two copies say the same of who has what to do."""
    same = all(getattr(ours, name) == getattr(theirs, name) for name in _AGREED)
    return same and same_state(ours.state, theirs.state)


def corrected(
    handling: Handling, said: Mapping[str, Any], known: Collection[str], at: datetime
) -> Handling | None:
    """The next version of our copy, as the origin's side says it is; None if what is said (`codec.encode`'s)
    is not believable. known: the platforms there are."""
    try:
        changes = _believed(handling, said, known)
    except (KeyError, TypeError, ValueError):
        return None
    state = changes["state"]
    entered = handling.entered if state == handling.state else (*handling.entered, (state, at))
    return replace(handling, version=handling.version + 1, changed_at=at, entered=entered, **changes)


def correction(after: Handling, home: str, at: datetime) -> Deed:
    """The entry of the log that says so. home: who writes it, "" a bridge of nobody's own."""
    id = hashlib.sha256(f"correct\n{home}\n{after.ticket}\n{after.version}".encode()).hexdigest()[:32]
    return Deed(id, "correct", "", at, reason="与首接平台一侧不一致，以那一侧为准")


def _believed(handling: Handling, said: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The fields as they are said to be. ValueError for what no true copy of ours could say."""
    path, state = tuple(said["path"]), said["state"]
    if any(said[name] != getattr(handling, name) for name in ("ticket", "incident", "origin")):
        raise ValueError("not this ticket's")
    if not {said["holder"], said["target"], *path} <= set(known) or not 2 <= len(path) <= MOST_PLATFORMS:
        raise ValueError("no such platform")
    if state not in STATE_NAMES or said["urgency"] not in URGENCY_NAMES:
        raise ValueError("no such state or urgency")
    if not {said["owner"], said["proposed_by"]} <= {"", *path}:
        raise ValueError("no such owner")
    return {
        **{name: said[name] for name in (*_AGREED, "urgency")},
        "state": handling.state if same_state(handling.state, state) else state,
        "path": path,
        "disputed": said["disputed"] is True,
        "reason": str(said["reason"])[:MAX_TEXT],
    }
