"""Who may say what of a ticket, and what is meant by what is said. Pure: whatever may not be said raises.

A partner speaks for itself and for those it passes on from; nobody speaks for us but ourselves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bridge.errors import DeedNotNow, NotTheirDeed
from bridge.handling.authority import Sight, same_state
from bridge.handling.negotiation import POLICE, police
from bridge.handling.papers import speaks_for
from bridge.handling.path import Parties
from bridge.handling.table import allowed
from bridge.handling.words import STATE_NAMES, Deed, Handling

_NOBODYS: Final = frozenset({"correct", "dispute", "urge"})
"""Deeds that another bridge does by its own rules, in no platform's name."""


def may_say(handling: Handling, parties: Parties, speaker: str, deed: Deed) -> None:
    """Whether the speaker ("": within) may have this deed done. Raises NotTheirDeed."""
    by = deed.by
    if not speaker:
        if by and by not in parties.own:
            raise NotTheirDeed(f"平台 {by} 不是本系统的")
        return
    if not by and deed.name in _NOBODYS and speaker in handling.path:
        return
    if not speaks_for(handling.path, parties.own, speaker, by):
        raise NotTheirDeed(f"{speaker} 不能替 {by or '本系统'} 做")


def may_bring(
    old: Handling | None,
    papers_version: int | None,
    document: dict[str, Any],
    parties: Parties,
    speaker: str,
) -> None:
    """Nobody opens a ticket in another's name, or writes over one that is not his. old, papers_version: what
    is there of that ticket; document: with its path. Raises NotTheirDeed."""
    path = tuple(document["path"])
    if speaker and not speaks_for(path, parties.own, speaker, document["from_platform"]):
        raise NotTheirDeed(f"{speaker} 不能替 {document['from_platform']} 送工单")
    if not set(path) <= parties.known:
        raise NotTheirDeed(f"不认识的平台：{'、'.join(sorted(set(path) - parties.known))}")
    same = old is None or (old.origin, old.incident) == (document["from_platform"], document["incident"])
    if not same or (old is not None and papers_version is None):
        raise NotTheirDeed("这个工单编号是别的工单的")


def meaning(handling: Handling, deed: Deed, parties: Parties, now: datetime) -> Deed:
    """Nothing was done after now, or before what was done before it: deadlines are judged by that. Who
    escalates without saying to whom means the police that know of it, else the city's."""
    at = max(min(deed.at, now), handling.changed_at)
    deed = deed if at == deed.at else replace(deed, at=at)
    if deed.name != "escalate" or deed.to:
        return deed
    near = (name for name in reversed(handling.path) if police(name))
    return replace(deed, to=next(near, POLICE if POLICE in parties.known else ""))


def as_seen(handling: Handling, deed: Deed, sight: Sight) -> None:
    """Who is farther from the origin must have seen what is there: else two copies would come apart. Raises
    DeedNotNow."""
    if sight.was in STATE_NAMES and not same_state(handling.state, sight.was):
        text = (
            f"工单在这里是“{STATE_NAMES[handling.state]}”，做这一步的一方还以为是“{STATE_NAMES[sight.was]}”"
        )
        raise DeedNotNow(text, handling.state, allowed(handling, deed.by))
