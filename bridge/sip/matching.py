"""Which leg of ours a Replaces names, and whether that one may be replaced (RFC 3891 §3).

Looks and answers; whether its sender is entitled to it is decided where calls are known.
"""

from __future__ import annotations

from typing import Final

from bridge.sip.core import Core
from bridge.sip.events import Match
from bridge.sip.leg import Phase
from bridge.sip.replaces import Replaces

_OURS_EARLY: Final = frozenset({Phase.CALLING, Phase.PROCEEDING})
_CONFIRMED: Final = frozenset({Phase.ACCEPTED, Phase.CONFIRMED})


def match(core: Core, replaces: Replaces) -> Match:
    """481 for a dialog we don't have, and for an early one that we did not begin; 603 for one that is ending;
    486 for one answered meanwhile that was to be replaced only before."""
    to_tag, from_tag = (_tag(tag) for tag in (replaces.to_tag, replaces.from_tag))
    leg = core.dialogs.get((replaces.call_id, to_tag, from_tag))
    if leg is None:
        return Match("", 481)
    if leg.leaving_with is not None:
        return Match(leg.id, 603)
    if leg.phase in _CONFIRMED:
        return Match(leg.id, 486 if replaces.early_only else 0)
    if leg.phase in _OURS_EARLY:
        return Match(leg.id, 0)
    return Match(leg.id, 481 if leg.phase is Phase.OFFERED else 603)


def _tag(tag: str) -> str:
    """§3: a tag of zero matches a dialog without one."""
    return "" if tag == "0" else tag
