"""What becomes of supervisors' legs in a call, and of a caller who has nobody but a supervisor.

Pure. A supervisor who listens or whispers changes nothing in the call: whatever happens to them, it goes on
as without them. One who is in the conversation is company for the caller: while they are there, nobody hangs
up on the caller, and an agent who goes leaves the two to each other. They are never a transfer's initiator or
recipient, and their telephones end with the call.
"""

from __future__ import annotations

from typing import Any, Final

from bridge.calls.actions import Action, Dial, HangUp, Over, Parting, SupervisorGone
from bridge.calls.call import Call, Phase, Step, change
from bridge.calls.events import Answers, Leaves, LegEvent, NoSign, Refuses, Reoffers, Rings, RingsTooLong
from bridge.calls.parties import dialled
from bridge.calls.ringing import recall, why
from bridge.calls.supervisors import (
    SPEAKER,
    TABLE,
    Supervises,
    Supervisor,
    SupervisorEvent,
    SupervisorMode,
    Turns,
    Withdraws,
    leg_name,
)
from bridge.frozen import replace

OPEN_IN: Final = frozenset({Phase.TALKING, Phase.ALONE, Phase.RECALLING, Phase.DESKS})
"""Phases in which there is something to listen to: somebody has answered the caller."""
_REFUSED: Final[dict[str, Parting]] = {"busy": "busy", "silent": "silent", "dead": "dead"}


def on_supervisor(call: Call, event: SupervisorEvent) -> Step:
    """What a supervisor wants. Nothing changes where it cannot be."""
    match event:
        case Supervises():
            return _ring(call, event)
        case Turns(leg, mode):
            return _turns(call, leg, mode)
        case Withdraws(leg):
            return _withdraws(call, leg)


def on_leg(call: Call, event: LegEvent) -> Step:
    """News of a supervisor's telephone, which the call has. What comes late or twice changes nothing."""
    supervisor = call.supervisor(getattr(event, "leg", ""))
    if isinstance(event, Leaves):
        return _leaves(call, event.leg, "lost" if event.cause == "lost" else "left")
    if supervisor is None or supervisor.party.up:
        return _on_answered(call, event)
    match event:
        case Rings(leg):
            return _with(call, leg, rings=True), ()
        case Answers(leg, audio):
            return _spoken(change(call, leg, up=True, audio=audio)), ()
        case Refuses(leg, status):
            return _gone(call, leg, _REFUSED.get(why(status), "refused"))
        case NoSign(leg) | RingsTooLong(leg):
            call, told = _gone(call, leg, "dead" if isinstance(event, NoSign) else "silent")
            return call, (HangUp(leg, "no answer"), *told)
        case _:
            return call, ()


def _on_answered(call: Call, event: LegEvent) -> Step:
    if isinstance(event, Reoffers):
        return change(call, event.leg, audio=event.audio), ()
    return call, ()


def ended(call: Call, actions: tuple[Action, ...]) -> Step:
    """Whatever ended the call: supervisors end with it."""
    if not call.supervisors or call.phase is not Phase.OVER:
        return call, actions
    ends = [HangUp(each.leg, "call over") for each in call.supervisors]
    told = [SupervisorGone(each.leg, "over") for each in call.supervisors]
    return replace(call, supervisors=()), (*ends, *told, *actions)


def alone_with(call: Call, leg: str) -> bool:
    """The caller has nobody but the supervisor on this leg, and nobody is on the way."""
    if call.phase is not Phase.TALKING or call.attendant is not None:
        return False
    return [each.leg for each in call.supervisors if each.company] == [leg]


def _ring(call: Call, event: Supervises) -> Step:
    if call.phase not in OPEN_IN:
        return call, ()
    leg = leg_name(call.id, call.watched + 1)
    party = replace(dialled(leg, "supervisor", SPEAKER, event.target), speaker=SPEAKER)
    more = Supervisor(party, event.mode, event.platform)
    call = replace(call, watched=call.watched + 1, supervisors=(*call.supervisors, more))
    return call, (Dial(leg, event.target),)


def _turns(call: Call, leg: str, mode: SupervisorMode) -> Step:
    if call.supervisor(leg) is None or (alone_with(call, leg) and not TABLE[mode].company):
        return call, ()
    return _spoken(_with(call, leg, mode=mode)), ()


def _spoken(call: Call) -> Call:
    """Who is in the conversation has been in it."""
    noted = [replace(each, spoke=True) if each.company else each for each in call.supervisors]
    return replace(call, supervisors=tuple(noted))


def _withdraws(call: Call, leg: str) -> Step:
    if call.supervisor(leg) is None:
        return call, ()
    call, actions = _leaves(call, leg, "withdrawn")
    return call, (HangUp(leg, "withdrawn"), *actions)


def _leaves(call: Call, leg: str, parting: Parting) -> Step:
    """A supervisor who was all the caller had is like an agent who leaves: hanging up ends the call, a broken
    line has the agents rung."""
    alone = alone_with(call, leg)
    call, told = _gone(call, leg, parting)
    if not alone:
        return call, told
    if parting == "lost":
        call, actions = recall(call)
        return call, (*told, *actions)
    over = Over("supervisor left")
    return replace(call, phase=Phase.OVER), (*told, HangUp(call.caller.leg, "bye"), over)


def _gone(call: Call, leg: str, parting: Parting) -> Step:
    rest = tuple(each for each in call.supervisors if each.leg != leg)
    return replace(call, supervisors=rest), (SupervisorGone(leg, parting),)


def _with(call: Call, leg: str, **fields: Any) -> Call:
    changed = [replace(each, **fields) if each.leg == leg else each for each in call.supervisors]
    return replace(call, supervisors=tuple(changed))
