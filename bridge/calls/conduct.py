"""What an event means for a call: `open_call` begins one, `step` leads it on. The door to this room.

Pure. Ringing people is `ringing`'s rule, the transfer `handover`'s; what is left here is people hanging up.
"""

from __future__ import annotations

from bridge.calls import (
    digits,
    hand,
    handover,
    passing,
    queueing,
    recording,
    referring,
    ringing,
    supervising,
)
from bridge.calls.actions import Action, Answer, HangUp, LeaveQueue, Limit, Over
from bridge.calls.call import Call, Phase, Step, change, new_call, seat, without
from bridge.calls.events import (
    Cancels,
    Holds,
    Hushes,
    Leaves,
    LegEvent,
    Lives,
    Moved,
    Offered,
    Passes,
    PauseEnds,
    Presses,
    PromptEnds,
    Records,
    Reoffers,
    Steers,
    TimeIsUp,
    Types,
    Voices,
)
from bridge.calls.queue_events import Assigned, QueueEnds, QueueSays, QueueWaits
from bridge.calls.supervisors import Supervises, Turns, Withdraws
from bridge.calls.transfer import Event
from bridge.frozen import replace
from bridge.routing.harassment import Verdict
from bridge.routing.plan import Plan
from bridge.sip.sdp import Audio

OfTheCall = Presses | Cancels | Steers | PauseEnds | TimeIsUp | Hushes | Records
"""Events that are no leg's."""


def open_call(
    call_id: str,
    offered: Offered,
    plan: Plan,
    *,
    incident: str,
    transfer: str,
    caution: Verdict | None = None,
) -> Step:
    """A new call from an inbound leg: the first target is rung, the caller's network gives ring-back.

    If it came in over a trunk for a key route, a PBX has made the transfer and we stand beside it: it is
    one from the start, with the fresh ids given; unless an agent behind that PBX dials the desk to ask first.
    """
    call, actions = ringing.dial_next(replace(new_call(call_id, offered, plan), caution=caution))
    if plan.total_seconds is not None:
        actions = (*actions, Limit("", plan.total_seconds))
    if not (plan.key and offered.origin.kind == "trunk") or offered.agent:
        return call, actions
    return handover.beside(call, offered, plan, incident, transfer, actions)


def announce(call_id: str, offered: Offered, port: int, sound: str) -> Step:
    """A call that is for nobody: answered at our RTP port, told this (a sound as plans name it), and over."""
    plan = Plan("", offered.number, "", "direct", ())
    call = change(seat(new_call(call_id, offered, plan), offered.leg, port), offered.leg, up=True)
    call = ringing.say(replace(call, phase=Phase.LEAVING), offered.leg, sound)
    return call, (Answer(offered.leg),)


def turn_away(call_id: str, offered: Offered, plan: Plan, caution: Verdict) -> Step:
    """A caller over the limit is answered, told why, and the call ends: nobody is dropped without a word."""
    call = new_call(call_id, offered, replace(plan, targets=()))
    call = replace(change(call, offered.leg, up=True), caution=caution, phase=Phase.LEAVING)
    return ringing.say(call, offered.leg, caution.say), (Answer(offered.leg),)


def step(call: Call, event: LegEvent) -> Step:
    """What the event makes of the call. Events a call has no use for, or from legs it no longer has, change
    nothing."""
    call, actions = _step(call, event)
    if call.supervisors:
        call, actions = supervising.ended(call, actions)
    if call.passed and passing.needs_us(call):
        return passing.home(call, actions)
    return call, actions


def _step(call: Call, event: LegEvent) -> Step:
    if call.phase is Phase.OVER:
        return call, ()
    if isinstance(event, Supervises | Turns | Withdraws):
        return supervising.on_supervisor(call, event)
    if call.supervisors and call.supervisor(getattr(event, "leg", "")) is not None:
        return supervising.on_leg(call, event)
    if isinstance(event, Assigned | QueueWaits | QueueSays | QueueEnds):
        return queueing.on_queue(call, event)
    if isinstance(event, Moved):
        return referring.moved(call, event)
    if isinstance(event, Passes):
        return passing.passes(call, event)
    if isinstance(event, OfTheCall):
        return _of_the_call(call, event)
    return _of_a_leg(call, event)


def _of_the_call(
    call: Call, event: Presses | Cancels | Steers | PauseEnds | TimeIsUp | Hushes | Records
) -> Step:
    match event:
        case Presses():
            return handover.press(call, event)
        case Cancels() | Steers():
            return handover.steer(call, event)
        case PauseEnds():
            return ringing.round_again(call)
        case TimeIsUp(of):
            return handover.time_is_up(call, of) if of else ringing.time_is_up(call)
        case Hushes():
            return (call if call.quiet else replace(call, quiet=True)), ()
        case Records(what):
            recorded = recording.wish(call.recorded, what)
            return (call if recorded == call.recorded else replace(call, recorded=recorded)), ()


def _of_a_leg(
    call: Call, event: ringing.RingingEvent | PromptEnds | Reoffers | Lives | Voices | Types | Holds
) -> Step:
    match event:
        case PromptEnds():
            return ringing.prompt_ends(call, event)
        case Reoffers(leg, audio):
            return _reoffers(call, leg, audio)
        case Types():
            return digits.pass_on(call, event)
        case Holds():
            return hand.hold(call, event)
        case Voices() | Lives():
            return _signs(call, event)
        case _:
            return _of_a_party(call, event)


def _of_a_party(call: Call, event: ringing.RingingEvent) -> Step:
    party = call.party(event.leg)
    if party is None:
        return call, ()
    if call.phase is Phase.DESKS:
        return _desk_leaves(call, event) if isinstance(event, Leaves) and party.up else (call, ())
    if party.role == "recipient":
        return handover.on_recipient(call, event)
    if event.leg == call.ringing:
        return ringing.on_ringing(call, event)
    if not isinstance(event, Leaves):
        return call, ()
    return _caller_leaves(call) if party.role == "caller" else _attendant_leaves(call, event)


def _reoffers(call: Call, leg: str, audio: Audio) -> Step:
    """A refresh of the session says nothing new. The endpoint has answered it with our own relay's address:
    so a call passed on comes home."""
    party = call.party(leg)
    if party is None:
        return call, ()
    if party.audio != audio:
        call = change(call, leg, audio=audio)
    return passing.home(call, ()) if call.passed else (call, ())


def _signs(call: Call, event: Voices | Lives) -> Step:
    """Only of early media it matters whether it is heard: ring-back fills in."""
    party = call.party(event.leg)
    if party is None or not party.early or isinstance(event, Lives) or party.heard is event.heard:
        return call, ()
    return change(call, event.leg, heard=event.heard), ()


def _caller_leaves(call: Call) -> Step:
    """Nothing is left to do for anyone: every other leg ends, unless two platforms have yet to agree."""
    call, told = handover.move(call, Event.CALLER_LEAVES, "caller-left")
    if call.phase is Phase.DESKS:
        return call, told
    dropped = {action.leg for action in told if isinstance(action, HangUp)}
    rest = [party.leg for party in call.parties[1:] if party.leg not in dropped]
    ends: tuple[Action, ...] = tuple(HangUp(leg, "caller left") for leg in rest)
    left: tuple[Action, ...] = (LeaveQueue(answered=False),) if call.queue else ()
    return replace(call, phase=Phase.OVER), (*told, *ends, *left, Over("caller left"))


def _attendant_leaves(call: Call, event: Leaves) -> Step:
    """A person who hangs up ends the call, unless the caller is on the way to somebody else; one whose line
    breaks does not: the caller is taken back."""
    transfer = call.transfer
    if transfer is not None and transfer.in_flight and transfer.initiator == event.leg:
        call, actions = handover.move(without(call, event.leg), Event.INITIATOR_LEAVES)
        return (call if call.attendant else replace(call, phase=Phase.ALONE)), actions
    if event.cause == "lost":
        return ringing.recall(without(call, event.leg))
    if call.company:
        return without(call, event.leg), ()
    over = Over("attendant left")
    return replace(call, phase=Phase.OVER), (HangUp(call.caller.leg, "bye"), over)


def _desk_leaves(call: Call, event: Leaves) -> Step:
    rest = [party.leg for party in call.parties[1:] if party.leg != event.leg]
    ends: tuple[Action, ...] = tuple(HangUp(leg, "bye") for leg in rest)
    return replace(call, phase=Phase.OVER), (*ends, Over("caller left"))
