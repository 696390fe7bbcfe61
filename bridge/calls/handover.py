"""The key and the transfer: which row of the table an event means, and what its words mean on the legs.

Pure. The rule itself is `transfer.TABLE`; here "release the initiator" becomes a leg to hang up, "dial the
next target" a fresh leg, and the parties change their roles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bridge.calls import transfer as rule
from bridge.calls.call import Call, Phase, Reason, Step, Transfer, change, next_leg, with_transfer, without
from bridge.calls.events import (
    Action,
    Answers,
    Dial,
    HangUp,
    Leaves,
    MoveTicket,
    NoSign,
    Offered,
    OpenTicket,
    Presses,
    Refuses,
    Rings,
    RingsTooLong,
    TellKey,
)
from bridge.calls.parties import dialled
from bridge.calls.ringing import RingingEvent, opened, recall, say, why
from bridge.calls.transfer import Do, Event
from bridge.routing.plan import Plan

_OUTCOME: Final[dict[Reason, tuple[int, str]]] = {
    "": (500, "Server Internal Error"),
    "busy": (486, "Busy Here"),
    "silent": (480, "Temporarily Unavailable"),
    "dead": (503, "Service Unavailable"),
    "refused": (603, "Decline"),
    "cancelled": (487, "Request Terminated"),
    "caller-left": (487, "Request Terminated"),
}
"""What the phone that pressed by REFER is told (RFC 3515 §2.4.5: the status the far end would have given)."""


def press(call: Call, event: Presses) -> Step:
    """The one key. A second press while a transfer is in flight changes nothing, nor does one from a leg
    that is not with the caller."""
    attendant = call.attendant
    busy = call.transfer is not None and call.transfer.in_flight
    if busy or attendant is None or attendant.leg != event.leg or call.phase is not Phase.TALKING:
        return call, ()
    call, leg = next_leg(call)
    plan, targets = event.plan, event.plan.targets
    transfer = Transfer(
        id=event.transfer,
        incident=_incident(call, plan.platform) or event.incident,
        number=plan.number,
        platform=plan.platform,
        route=plan.route,
        mode=rule.Mode.DIRECT,
        state=rule.State.DIALLING,
        initiator=attendant.leg,
        recipient=leg,
        targets=targets[1:],
        via=event.via,
        at=event.at,
    )
    party = dialled(leg, "recipient", plan.platform, targets[0])
    call = replace(call, transfers=(*call.transfers, transfer), parties=(*call.parties, party))
    # The INVITE first: nothing may stand between the key and the wire (design.md, promise 2).
    return call, (Dial(leg, targets[0]), OpenTicket(transfer.id))


def beside(
    call: Call, offered: Offered, plan: Plan, incident: str, transfer: str, actions: tuple[Action, ...]
) -> Step:
    """The PBX moved the call to us: ringing the desk for its caller is the transfer; the initiator is over
    there."""
    made = Transfer(
        id=transfer,
        incident=incident,
        number=plan.number,
        platform=plan.platform,
        route=plan.route,
        mode=rule.Mode.DIRECT,
        state=rule.State.DIALLING,
        initiator="",
        recipient=call.ringing,
        targets=(),
        via="invite",
        at=offered.at,
    )
    return replace(call, transfers=(made,)), (*actions, OpenTicket(transfer))


def _incident(call: Call, platform: str) -> str:
    """Pressed again towards the same platform it is the same incident, so the desk there sees one ticket."""
    return next((t.incident for t in reversed(call.transfers) if t.platform == platform), "")


def on_recipient(call: Call, event: RingingEvent) -> Step:
    """News of the far desk while it is rung."""
    match event:
        case Rings():
            return move(opened(call, event), Event.RINGS)
        case Answers(leg, audio):
            return move(change(call, leg, up=True, early=False, audio=audio), Event.ANSWERS)
        case Refuses(_, status, _):
            return _fails(call, why(status))
        case Leaves():
            return _fails(call, "refused")
        case NoSign(leg):
            return _given_up(call, leg, "dead")
        case RingsTooLong(leg):
            return _given_up(call, leg, "silent")


def move(call: Call, event: Event, reason: Reason = "") -> Step:
    """Let the table decide, then do what it says, in its order."""
    transfer = call.transfer
    if transfer is None:
        return call, ()
    state, todo = rule.step(transfer.mode, transfer.state, event)
    if state is transfer.state and not todo:  # the table is silent: what came of the transfer stays as it is
        return call, ()
    call = with_transfer(call, state=state, reason=reason or transfer.reason)
    actions: tuple[Action, ...] = ()
    for what in todo:
        call, more = _DO[what](call)
        actions += more
    return call, actions


def _given_up(call: Call, leg: str, reason: Reason) -> Step:
    call, actions = _fails(call, reason)
    return call, (HangUp(leg, "no answer"), *actions)


def _fails(call: Call, reason: Reason) -> Step:
    transfer = call.transfer
    if transfer is None:
        return call, ()
    call = without(call, transfer.recipient)
    return move(call, Event.FAILS_MORE if transfer.targets else Event.FAILS, reason)


# --- what the table's words mean --------------------------------------------------------------------------


def _now(call: Call) -> Transfer:
    return call.transfers[-1]


def _connect(call: Call) -> Step:
    """One change of roles, and so one media plan: the caller is never between two people."""
    transfer = _now(call)
    call = with_transfer(call, reason="")  # an earlier target's
    call = change(without(call, transfer.initiator), transfer.recipient, role="attendant")
    return replace(change(call, call.caller.leg, play=None), phase=Phase.TALKING), ()


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
    return without(call, recipient), (HangUp(recipient, "transfer ended"),)


def _tell(call: Call, status: int, reason: str) -> Step:
    transfer = _now(call)
    told = (TellKey(transfer.initiator, status, reason),) if transfer.via == "refer" else ()
    return call, told


def _say_why(call: Call) -> Step:
    transfer = _now(call)
    return say(call, transfer.initiator, f"prompt:far-{transfer.reason or 'dead'}"), ()


def _ticket(call: Call, *, moved: bool) -> Step:
    return call, (MoveTicket(_now(call).id, moved, _now(call).reason),)


_DO: Final[dict[Do, Callable[[Call], Step]]] = {
    Do.TELL_RINGING: lambda call: _tell(call, 180, "Ringing"),
    Do.TELL_DONE: lambda call: _tell(call, 200, "OK"),
    Do.TELL_FAILED: lambda call: _tell(call, *_OUTCOME[_now(call).reason]),
    Do.CONNECT: _connect,
    Do.RELEASE: _release,
    Do.DIAL_NEXT: _dial_next,
    Do.SAY_WHY: _say_why,
    Do.DROP_FAR: _drop_far,
    Do.RECALL: recall,
    Do.TICKET_MOVED: lambda call: _ticket(call, moved=True),
    Do.TICKET_FAILED: lambda call: _ticket(call, moved=False),
}
