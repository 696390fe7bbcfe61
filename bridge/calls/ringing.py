"""People are rung for the caller: at set-up, and again when a caller must be taken back (recall).

Pure. The targets are rung in order; who answers becomes the attendant. At set-up the last failure is the
caller's answer; a caller already answered is never sent away without rounds of ringing and a spoken
goodbye. Where a target is a queue, the queue says who is rung (`queueing`) until it gives the caller up.
"""

from __future__ import annotations

from typing import Final

from bridge.calls.actions import (
    Action,
    AgentMissed,
    Answer,
    Dial,
    HangUp,
    JoinQueue,
    LeaveQueue,
    Miss,
    MoveTicket,
    Over,
    Pause,
    Refuse,
    Ring,
)
from bridge.calls.call import Call, Phase, Reason, Step, change, next_leg, with_transfer, without
from bridge.calls.events import Answers, Leaves, NoSign, PromptEnds, Refuses, Rings, RingsTooLong
from bridge.calls.parties import dialled
from bridge.calls.transfer import State
from bridge.frozen import replace
from bridge.media.plan import Play
from bridge.routing.cascade import left
from bridge.routing.plan import Target

RECALL_ROUNDS: Final = 3
"""How often the whole list is rung for a caller taken back before the spoken goodbye."""
RECALL_PAUSE: Final = 5.0
"""Seconds between two rounds, so that busy agents are not rung without end."""
GOODBYE: Final = "prompt:goodbye-no-agent"
PLEASE_WAIT: Final = "prompt:agents-busy"
_BUSY: Final = frozenset({486, 600})
_SILENT: Final = frozenset({408, 480})

RingingEvent = Rings | Answers | Refuses | Leaves | NoSign | RingsTooLong


def dial_next(call: Call) -> Step:
    """Ring the next target; with none left, what that means in this phase."""
    if not call.targets:
        return _nobody(call)
    target, call = call.targets[0], replace(call, targets=call.targets[1:])
    return join(call, target) if target.kind == "queue" else ring(call, target)


def ring(call: Call, target: Target) -> Step:
    """Ring this one for the caller."""
    call, leg = next_leg(call)
    party = dialled(leg, "attendant", call.platform, target)
    return replace(call, ringing=leg, parties=(*call.parties, party)), (Dial(leg, target),)


def join(call: Call, target: Target) -> Step:
    """The caller is the queue's, which says whom to ring; somebody taken back goes before all others."""
    ahead = call.phase is Phase.RECALLING
    rounds = RECALL_ROUNDS if ahead else call.rounds  # the queue's patience is long: no second round of it
    joins = JoinQueue(target.number, ahead, target.ring_seconds, target.answer_within_seconds)
    return replace(call, queue=target.number, rounds=rounds), (joins,)


def recall(call: Call) -> Step:
    """The caller has nobody: ring the list again, from its head; the caller hears ring-back, in a queue
    music."""
    return dial_next(replace(call, phase=Phase.RECALLING, targets=call.home, ringing="", rounds=1))


def on_ringing(call: Call, event: RingingEvent) -> Step:
    """News of the leg being rung."""
    match event:
        case Rings():
            return _rings(call, event)
        case Answers():
            return _answered(call, event)
        case Refuses(leg, status, reason):
            rung = call.party(leg)
            rest = call.targets if call.queue else left(rung.number if rung else "", status, call.targets)
            return _next(replace(call, targets=rest), (status, reason), _missed(status))
        case Leaves():
            return _next(call, (480, "Temporarily Unavailable"), "failed")
        case NoSign() | RingsTooLong():
            miss: Miss = "dead" if isinstance(event, NoSign) else "silent"
            call, actions = _next(call, _too_late(event), miss)
            return call, (HangUp(event.leg, "no answer"), *actions)


def _next(call: Call, answer: tuple[int, str], miss: Miss) -> Step:
    """Whoever was rung does not take the call. Who comes next is the queue's to say, in a queue."""
    rung = call.party(call.ringing)
    call = replace(without(call, call.ringing), ringing="", refused=answer)
    if not call.queue:
        return dial_next(call)
    return call, (AgentMissed(rung.number if rung else "", miss),)


def _missed(status: int) -> Miss:
    reason = why(status)
    return reason if reason in {"busy", "silent", "refused"} else "failed"


def _rings(call: Call, event: Rings) -> Step:
    """At set-up the caller's network is told; with early media it passes that on instead of its own ring-back
    (RFC 3960 §3.2). An early description that goes with a later 180 stays (RFC 3261 §13.2.1)."""
    call = opened(call, event)
    if call.phase is not Phase.SETUP:
        return call, ()
    caller = call.caller
    if caller.early:  # a bare 180 now would start the caller's own ring-back over what is heard
        return call, () if event.audio is not None else (Ring(caller.leg, early=True),)
    early = event.audio is not None and caller.audio is not None
    return change(call, caller.leg, early=True) if early else call, (Ring(caller.leg, early),)


def opened(call: Call, event: Rings) -> Call:
    """The call with the early media of a leg being rung, if it has any."""
    return change(call, event.leg, audio=event.audio, early=True) if event.audio is not None else call


def time_is_up(call: Call) -> Step:
    """The targets rung at set-up had their time together. A queue minds the time of those in it itself."""
    if call.phase is not Phase.SETUP or not call.ringing or call.queue:
        return call, ()
    return on_ringing(replace(call, targets=()), RingsTooLong(call.ringing))


def round_again(call: Call) -> Step:
    """The pause between two rounds is over."""
    if call.phase is not Phase.RECALLING or call.ringing or call.queue:
        return call, ()
    return dial_next(replace(call, targets=call.home, rounds=call.rounds + 1))


def prompt_ends(call: Call, event: PromptEnds) -> Step:
    """An announcement was heard to its end; after the goodbye the call ends, but for a caller whom a
    supervisor has taken up meanwhile."""
    party = call.party(event.leg)
    if party is None or party.play is None or party.play.id != event.id:
        return call, ()
    if call.phase is Phase.LEAVING and party.role == "caller" and call.company:
        return replace(change(call, party.leg, play=None), phase=Phase.TALKING), ()
    if call.phase is Phase.LEAVING and party.role == "caller":
        outcome = "no agent" if call.home else "announced"
        return replace(call, phase=Phase.OVER), (HangUp(party.leg, outcome), Over(outcome))
    return change(call, party.leg, play=None), ()


def say(call: Call, leg: str, sound: str) -> Call:
    """The call with an announcement for one leg."""
    call = replace(call, sounds=call.sounds + 1)
    return change(call, leg, play=Play(sound, call.sounds))


def _answered(call: Call, event: Answers) -> Step:
    first: tuple[Action, ...] = (Answer(call.caller.leg),) if call.phase is Phase.SETUP else ()
    served: tuple[Action, ...] = (LeaveQueue(answered=True),) if call.queue else ()
    call = change(call, event.leg, up=True, early=False, audio=event.audio)
    call = change(call, call.caller.leg, up=True, early=False, play=None)
    call = _warned(replace(call, phase=Phase.TALKING, ringing="", targets=(), rounds=0, queue=""))
    call, told = _beside(call, State.CONNECTED)
    return call, (*first, *told, *served)


def _warned(call: Call) -> Call:
    """A caller marked for harassment hears once, when somebody answers, that it is known."""
    caution = call.caution
    if caution is None or caution.measure != "warn" or not caution.say or call.quiet:
        return call
    return say(replace(call, caution=replace(caution, say="")), call.caller.leg, caution.say)


def _beside(call: Call, state: State) -> Step:
    """The end of a transfer that a PBX made and we carry out by this very ringing."""
    transfer = call.transfer
    if transfer is None or transfer.via != "invite" or not transfer.in_flight:
        return call, ()
    moved = state is State.CONNECTED
    reason: Reason = "" if moved else why(call.refused[0])
    return with_transfer(call, state=state, reason=reason), (MoveTicket(transfer.id, moved, reason),)


def why(status: int) -> Reason:
    """A target's final SIP status (300..699) in the domain's words."""
    if status in _BUSY:
        return "busy"
    if status in _SILENT:
        return "silent"
    return "dead" if 500 <= status < 600 else "refused"


def _too_late(event: NoSign | RingsTooLong) -> tuple[int, str]:
    return (503, "Service Unavailable") if isinstance(event, NoSign) else (480, "No Answer")


def _nobody(call: Call) -> Step:
    if call.phase is Phase.SETUP:
        call, told = _beside(replace(call, phase=Phase.OVER), State.FAILED)
        return call, (Refuse(call.caller.leg, *call.refused), *told, Over("not answered"))
    if call.phase is Phase.RECALLING and call.rounds < RECALL_ROUNDS:
        return say(call, call.caller.leg, PLEASE_WAIT), (Pause(RECALL_PAUSE),)
    if call.company:
        return _beside(replace(call, phase=Phase.TALKING), State.FAILED)
    call, told = _beside(replace(call, phase=Phase.LEAVING), State.FAILED)
    return say(call, call.caller.leg, GOODBYE), told
