"""What the words of the transfer table mean on the legs of a call.

Pure. "Release the initiator" becomes a leg to hang up, "dial the next target" a fresh leg, and the parties
change their roles or are put aside. Each is one change of the call, so nobody is ever between two people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.calls.actions import Dial, HangUp, MoveTicket, TellKey
from bridge.calls.call import Call, Phase, Reason, Step, Transfer, change, next_leg, with_transfer, without
from bridge.calls.hand import taken_back
from bridge.calls.parties import dialled
from bridge.calls.ringing import recall, say
from bridge.calls.transfer import Do
from bridge.frozen import replace

_OUTCOME: Final[dict[Reason, tuple[int, str]]] = {
    "": (500, "Server Internal Error"),
    "busy": (486, "Busy Here"),
    "silent": (480, "Temporarily Unavailable"),
    "dead": (503, "Service Unavailable"),
    "refused": (603, "Decline"),
    "cancelled": (487, "Request Terminated"),
    "caller-left": (487, "Request Terminated"),
    "left": (487, "Request Terminated"),
}
"""What the phone that pressed by REFER is told (RFC 3515 §2.4.5: the status the far end would have given)."""
_SPOKEN: Final = frozenset({"busy", "silent", "dead", "refused"})
"""Reasons the initiator hears an announcement for (`prompt:far-…`); the others they know themselves."""
_PLEASE_HOLD: Final = "prompt:please-hold"


def _now(call: Call) -> Transfer:
    return call.transfers[-1]


def _connect(call: Call) -> Step:
    """One change of roles, and so one media plan: the caller is never between two people."""
    transfer = _now(call)
    call, _ = _aside(without(call, transfer.initiator))
    call = change(call, transfer.recipient, role="attendant")
    return replace(change(call, call.caller.leg, play=None), phase=Phase.TALKING), ()


def _aside(call: Call, who: str = "") -> Step:
    """This leg is put aside and hears music, everybody else talks."""
    changed = [party.leg for party in call.parties if party.aside != (party.leg == who)]
    for leg in changed:
        call = change(call, leg, aside=leg == who, play=None)
    return (say(call, who, _PLEASE_HOLD) if who == call.caller.leg else call), ()


def _turn(call: Call, who: str = "") -> Step:
    """The same, by the initiator, who takes back whoever they had on hold: they talk with them now, or have
    them hear music in another way."""
    return _aside(taken_back(call, _now(call).initiator), who)


def _desks(call: Call) -> Step:
    """The caller's leg is gone; who called stays on record."""
    call, _ = _aside(change(call, call.caller.leg, up=False, early=False, port=0, play=None))
    return replace(call, phase=Phase.DESKS), ()


def _release(call: Call) -> Step:
    initiator = _now(call).initiator
    if not initiator:
        return call, ()
    return without(call, initiator), (HangUp(initiator, "transferred"),)


def _dial_next(call: Call) -> Step:
    transfer, (call, leg) = _now(call), next_leg(call)
    target = transfer.targets[0]
    party = dialled(leg, "recipient", transfer.platform, target)
    call = with_transfer(call, recipient=leg, targets=transfer.targets[1:])
    return replace(call, parties=(*call.parties, party)), (Dial(leg, target),)


def _drop_far(call: Call) -> Step:
    recipient = _now(call).recipient
    if call.party(recipient) is None:  # beside a PBX the next target is rung by now
        return call, ()
    return without(call, recipient), (HangUp(recipient, "transfer ended"),)


def _tell(call: Call, status: int, reason: str) -> Step:
    transfer = _now(call)
    told = (TellKey(transfer.initiator, status, reason),) if transfer.via == "refer" else ()
    return call, told


def _say_why(call: Call) -> Step:
    transfer = _now(call)
    if transfer.reason not in _SPOKEN:
        return call, ()
    return say(call, transfer.initiator, f"prompt:far-{transfer.reason}"), ()


def _ticket(call: Call, *, moved: bool) -> Step:
    return call, (MoveTicket(_now(call).id, moved, _now(call).reason),)


DO: Final[dict[Do, Callable[[Call], Step]]] = {
    Do.TELL_RINGING: lambda call: _tell(call, 180, "Ringing"),
    Do.TELL_DONE: lambda call: _tell(call, 200, "OK"),
    Do.TELL_FAILED: lambda call: _tell(call, *_OUTCOME[_now(call).reason]),
    Do.TELL_OVER: lambda call: _tell(call, 487, "Request Terminated"),
    Do.CONNECT: _connect,
    Do.JOIN: _turn,
    Do.CONSULT: lambda call: _turn(call, call.caller.leg),
    Do.SWAP: lambda call: _turn(call, _now(call).recipient),
    Do.TOGETHER: _turn,
    Do.DESKS: _desks,
    Do.RELEASE: _release,
    Do.DIAL_NEXT: _dial_next,
    Do.SAY_WHY: _say_why,
    Do.DROP_FAR: _drop_far,
    Do.RECALL: recall,
    Do.TICKET_MOVED: lambda call: _ticket(call, moved=True),
    Do.TICKET_FAILED: lambda call: _ticket(call, moved=False),
}
"""Every word of the table."""
