"""The exchange moves the call itself: we ask it to (REFER on the caller's leg), and what comes of that.

Pure. To the transfer table it is a recipient like any other, rung, refused or too late; only its success is
another: the caller goes with the exchange, and nothing of the call stays with us.
"""

from __future__ import annotations

from bridge.calls import transfer as rule
from bridge.calls.actions import Action, HangUp, MoveTicket, Over, TellKey
from bridge.calls.call import Call, Phase, Step, Transfer, with_transfer, without
from bridge.calls.events import Moved
from bridge.frozen import replace
from bridge.routing.plan import Target


def moves(call: Call, transfer: Transfer, target: Target) -> bool:
    """Whether the target is reached by asking: its route says so, and the caller came by that very trunk."""
    direct = transfer.mode is rule.Mode.DIRECT
    return target.by == "refer" and direct and call.caller.up and call.caller.trunk == target.trunk


def moved(call: Call, event: Moved) -> Step:
    """The exchange has the caller connected: our legs end, the ticket goes the way of every transfer."""
    transfer = call.transfer
    if transfer is None or transfer.recipient != event.leg or not transfer.in_flight:
        return call, ()
    call = with_transfer(without(call, event.leg), state=rule.State.CONNECTED, reason="")
    told = (TellKey(transfer.initiator, 200, "OK"),) if transfer.via == "refer" else ()
    ends: tuple[Action, ...] = tuple(HangUp(party.leg, "transferred") for party in call.parties if party.up)
    done = (MoveTicket(transfer.id, moved=True, reason=""), Over("moved by the exchange"))
    return replace(call, phase=Phase.OVER), (*told, *ends, *done)
