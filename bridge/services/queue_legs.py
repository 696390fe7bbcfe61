"""Which legs of a call are whose among the queues' agents. Pure."""

from __future__ import annotations

from collections.abc import Collection

from bridge.calls.call import Call, Phase

Legs = dict[str, tuple[str, bool]]
"""Leg -> its agent, and whether they talk on it; who dials out does from the first moment."""


def legs_of(call: Call | None, agents: Collection[str]) -> Legs:
    """The agents' legs in a call; none in one that is over."""
    if call is None or call.phase is Phase.OVER:
        return {}
    return {
        party.leg: (party.origin.name, party.up or party.role == "caller")
        for party in call.parties
        if party.origin.kind == "agent" and party.origin.name in agents
    }
