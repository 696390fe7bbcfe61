"""People are rung for the caller: at set-up, and again when a caller must be taken back (recall).

Pure. The targets are rung in order; who answers becomes the attendant. At set-up the last failure is the
caller's answer; a caller already answered is never sent away without rounds of ringing and a spoken
goodbye.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.calls.call import Call, Phase, Reason, Step, change, next_leg, with_transfer, without
from bridge.calls.events import (
    Answer,
    Answers,
    Dial,
    HangUp,
    Leaves,
    MoveTicket,
    NoSign,
    Over,
    Pause,
    PromptEnds,
    Refuse,
    Refuses,
    Ring,
    Rings,
    RingsTooLong,
)
from bridge.calls.parties import dialled
from bridge.calls.transfer import State
from bridge.media.plan import Play

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
    target, (call, leg) = call.targets[0], next_leg(call)
    party = dialled(leg, "attendant", call.platform, target)
    call = replace(call, targets=call.targets[1:], ringing=leg, parties=(*call.parties, party))
    return call, (Dial(leg, target),)


def recall(call: Call) -> Step:
    """The caller has nobody: ring the list again, from its head; the caller hears ring-back."""
    return dial_next(replace(call, phase=Phase.RECALLING, targets=call.home, ringing="", rounds=1))


def on_ringing(call: Call, event: RingingEvent) -> Step:
    """News of the leg being rung."""
    match event:
        case Rings():
            return call, (Ring(call.caller.leg),) if call.phase is Phase.SETUP else ()
        case Answers():
            return _answered(call, event)
        case Refuses(_, status, reason):
            return dial_next(_gone(call, (status, reason)))
        case Leaves():
            return dial_next(_gone(call, (480, "Temporarily Unavailable")))
        case NoSign() | RingsTooLong():
            call, actions = dial_next(_gone(call, _too_late(event)))
            return call, (HangUp(event.leg, "no answer"), *actions)


def round_again(call: Call) -> Step:
    """The pause between two rounds is over."""
    if call.phase is not Phase.RECALLING or call.ringing:
        return call, ()
    return dial_next(replace(call, targets=call.home, rounds=call.rounds + 1))


def prompt_ends(call: Call, event: PromptEnds) -> Step:
    """An announcement was heard to its end; after the goodbye the call ends."""
    party = call.party(event.leg)
    if party is None or party.play is None or party.play.id != event.id:
        return call, ()
    if call.phase is Phase.LEAVING and party.role == "caller":
        over = Over("no agent")
        return replace(call, phase=Phase.OVER), (HangUp(party.leg, "no agent"), over)
    return change(call, party.leg, play=None), ()


def say(call: Call, leg: str, sound: str) -> Call:
    """The call with an announcement for one leg."""
    call = replace(call, sounds=call.sounds + 1)
    return change(call, leg, play=Play(sound, call.sounds))


def _answered(call: Call, event: Answers) -> Step:
    setting_up = call.phase is Phase.SETUP
    call = change(call, event.leg, up=True, audio=event.audio)
    call = change(call, call.caller.leg, up=True, play=None)
    call = replace(call, phase=Phase.TALKING, ringing="", targets=(), rounds=0)
    call, told = _beside(call, State.CONNECTED)
    return call, ((Answer(call.caller.leg), *told) if setting_up else ())


def _gone(call: Call, answer: tuple[int, str]) -> Call:
    return replace(without(call, call.ringing), ringing="", refused=answer)


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
    if call.rounds < RECALL_ROUNDS:
        return say(call, call.caller.leg, PLEASE_WAIT), (Pause(RECALL_PAUSE),)
    return say(replace(call, phase=Phase.LEAVING), call.caller.leg, GOODBYE), ()
