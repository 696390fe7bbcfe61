"""How a call came to whoever is dialled now: what the next exchange is told about it. Pure."""

from __future__ import annotations

from bridge.calls.call import Call, Transfer
from bridge.calls.ringing import why
from bridge.sip.diversion import Hop, Way

_WORDS = {"busy": "user-busy", "silent": "no-answer", "dead": "unavailable", "refused": "unavailable"}
"""Why the target before did not take the call, in RFC 5806's words."""


def way_on(call: Call, transfer: Transfer | None) -> Way:
    """The way so far, and one hop more when the call is transferred, or sent on because the one before did
    not take it. The number it leaves is the one the caller dialled."""
    if transfer is not None:
        return (*call.way, Hop(call.number, "deflection"))
    if call.dialled > 1:
        return (*call.way, Hop(call.number, _WORDS.get(why(call.refused[0]), "unknown")))
    return call.way


def referrer(call: Call, transfer: Transfer | None) -> str:
    """Who transfers it, for Referred-By: the one who pressed, or whom the exchange beside us named."""
    if transfer is None:
        return ""
    party = call.party(transfer.initiator)
    return party.number if party is not None else call.referred_by or ""
