"""The agent's hand on a call, by their page: hold and take back, for whichever telephone they have.

Pure. Hanging up is `Leaves` as from any telephone, keys are `Types`; both have their rules already.
"""

from __future__ import annotations

from bridge.calls.call import Call, Phase, Step, change
from bridge.calls.events import Holds
from bridge.calls.parties import Party


def hold(call: Call, event: Holds) -> Step:
    """Twice is as good as once; whoever is not in the conversation has nothing to hold."""
    party = call.party(event.leg)
    if party is None or party.held is event.on or (event.on and not may_hold(call, party)):
        return call, ()
    return change(call, event.leg, held=event.on), ()


def may_hold(call: Call, party: Party) -> bool:
    """Whether this party talks with somebody now."""
    return party.up and not party.aside and call.phase in {Phase.TALKING, Phase.DESKS}


def taken_back(call: Call, leg: str) -> Call:
    """The call with nobody on hold by this leg: it has turned to somebody."""
    party = call.party(leg)
    return change(call, leg, held=False) if party is not None and party.held else call
