"""The configuration as the handling desk reads it: whose platforms these are, who is reached through whom."""

from __future__ import annotations

from bridge.handling.path import Parties
from bridge.settings.sections import Settings


def parties(settings: Settings) -> Parties:
    """Expects settings that passed `checks`."""
    own = settings.exchange.own
    if own is None:
        at_work = dict.fromkeys(agent.platform for agent in settings.agents.values())
        own = tuple(
            name
            for name in at_work
            if name in settings.platforms and settings.platforms[name].tickets is None
        )
    return Parties(
        own=frozenset(own),
        home=own[0] if own else "",
        known=frozenset(settings.platforms),
        via=tuple((name, each.via) for name, each in settings.platforms.items() if each.via is not None),
    )
