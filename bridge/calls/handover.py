"""The key and the transfer: the press, and which row of the table an event means.

Pure. The rule itself is `transfer.TABLE`; what its words mean on the legs is `deeds`'.
"""

from __future__ import annotations

from typing import Final

from bridge.calls import transfer as rule
from bridge.calls.actions import Action, Dial, HangUp, Limit, OpenTicket
from bridge.calls.call import Call, Phase, Reason, Step, Transfer, change, next_leg, with_transfer, without
from bridge.calls.deeds import DO
from bridge.calls.events import (
    Answers,
    Cancels,
    Leaves,
    NoSign,
    Offered,
    Presses,
    Refuses,
    Rings,
    RingsTooLong,
    Steers,
    Wish,
)
from bridge.calls.parties import Party, dialled
from bridge.calls.recording import pressed
from bridge.calls.ringing import RingingEvent, opened, why
from bridge.calls.transfer import Event
from bridge.frozen import replace
from bridge.routing.cascade import left
from bridge.routing.plan import Plan

STEERING: Final[dict[Wish, Event]] = {
    "complete": Event.COMPLETES,
    "swap": Event.SWAPS,
    "join": Event.JOINS,
    "cancel": Event.CANCELS,
}


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
        mode=rule.Mode(event.mode or plan.mode),
        state=rule.State.DIALLING,
        initiator=attendant.leg,
        recipient=leg,
        targets=targets[1:],
        via=event.via,
        at=event.at,
    )
    party = dialled(leg, "recipient", plan.platform, targets[0])
    call = replace(call, transfers=(*call.transfers, transfer), parties=(*call.parties, party))
    call = replace(call, recorded=pressed(call.recorded, plan.recording))
    # The INVITE first: nothing may stand between the key and the wire (design.md, promise 2).
    limit = (Limit(transfer.id, plan.total_seconds),) if plan.total_seconds is not None else ()
    return call, (Dial(leg, targets[0]), OpenTicket(transfer.id), *limit)


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
    call = replace(call, transfers=(made,), recorded=pressed(call.recorded, plan.recording))
    return call, (*actions, OpenTicket(transfer))


def _incident(call: Call, platform: str) -> str:
    """Pressed again towards the same platform it is the same incident, so the desk there sees one ticket."""
    return next((t.incident for t in reversed(call.transfers) if t.platform == platform), "")


def steer(call: Call, event: Cancels | Steers) -> Step:
    """What the initiator wants of the transfer in flight; nothing changes where the table is silent, nor
    where the initiator is over at a PBX: that transfer is not ours to lead."""
    if call.transfer is None or call.transfer.via == "invite":
        return call, ()
    if isinstance(event, Cancels):
        return move(call, Event.CANCELS, "cancelled")
    return move(call, STEERING[event.how])


def open_to(transfer: Transfer) -> tuple[Wish, ...]:
    """What its initiator can do with it now, as the table has it."""
    if transfer.via == "invite":
        return ()
    rows = rule.TABLE[transfer.mode]
    return tuple(wish for wish, event in STEERING.items() if (transfer.state, event) in rows)


def on_recipient(call: Call, event: RingingEvent) -> Step:
    """News of the far desk. Once it has answered it can only leave; whatever else is told of it then is late
    or told twice."""
    party = call.party(event.leg)
    if party is not None and party.up:
        return _recipient_leaves(call, event) if isinstance(event, Leaves) else (call, ())
    match event:
        case Rings():
            return move(opened(call, event), Event.RINGS)
        case Answers(leg, audio):
            return move(change(call, leg, up=True, early=False, audio=audio), Event.ANSWERS)
        case Refuses(_, status, _):
            return _fails(_after(call, party, status), why(status))
        case Leaves():
            return _fails(call, "refused")
        case NoSign(leg):
            return _given_up(call, leg, "dead")
        case RingsTooLong(leg):
            return _given_up(call, leg, "silent")


def time_is_up(call: Call, transfer_id: str) -> Step:
    """All targets together had their time: the one being rung is the last. Nothing changes once somebody is
    there."""
    transfer = call.transfer
    party = call.party(transfer.recipient) if transfer else None
    if transfer is None or transfer.id != transfer_id or not transfer.in_flight:
        return call, ()
    if party is None or party.role != "recipient" or party.up:
        return call, ()
    return on_recipient(with_transfer(call, targets=()), RingsTooLong(transfer.recipient))


def _after(call: Call, party: Party | None, status: int) -> Call:
    """With the targets that are left after this answer."""
    transfer = call.transfer
    if transfer is None or party is None:
        return call
    return with_transfer(call, targets=left(party.number, status, transfer.targets))


def move(call: Call, event: Event, reason: Reason = "") -> Step:
    """Let the table decide, then do what it says, in its order."""
    transfer = call.transfer
    if transfer is None:
        return call, ()
    state, todo = rule.step(transfer.mode, transfer.state, event)
    if state is transfer.state and not todo:  # the table is silent: what came of the transfer stays as it is
        return call, ()
    outcome = "" if state in rule.ANSWERED else reason or transfer.reason
    call = with_transfer(call, state=state, reason=outcome)
    actions: tuple[Action, ...] = ()
    for what in todo:
        call, more = DO[what](call)
        actions += more
    return call, actions


def _recipient_leaves(call: Call, event: Leaves) -> Step:
    return move(without(call, event.leg), Event.RECIPIENT_LEAVES, "dead" if event.cause == "lost" else "left")


def _given_up(call: Call, leg: str, reason: Reason) -> Step:
    call, actions = _fails(call, reason)
    return call, (HangUp(leg, "no answer"), *actions)


def _fails(call: Call, reason: Reason) -> Step:
    transfer = call.transfer
    if transfer is None:
        return call, ()
    call = without(call, transfer.recipient)
    return move(call, Event.FAILS_MORE if transfer.targets else Event.FAILS, reason)
