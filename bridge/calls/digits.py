"""Keys a telephone presses, passed on to those who hear it, in whichever way each of them understands.

Pure. Between two legs that both know telephone events the media process relays them and nothing is done here.
A leg whose keys are for us (`absorb_dtmf`: a feature code is nobody else's business) has them passed to none.
"""

from __future__ import annotations

from bridge.calls.actions import Action, PassDigit
from bridge.calls.call import Call, Step, change
from bridge.calls.events import Types
from bridge.calls.parties import audio_plan
from bridge.media.plan import Digit, LegPlan


def pass_on(call: Call, event: Types) -> Step:
    """One key: by INFO to who knows no telephone events, as events to who does, where the media process has
    not done it already. On a quiet line nothing a page sends may be heard."""
    if event.by == "page" and call.quiet:
        return call, ()
    legs = audio_plan(call.id, call.parties, transcribe=False, quiet=call.quiet).legs
    if not any(leg.leg == event.leg and _may(event, leg) for leg in legs):
        return call, ()
    actions: tuple[Action, ...] = ()
    for leg in legs:
        if event.leg not in leg.hears:
            continue
        if leg.dtmf is None:
            actions += (PassDigit(leg.leg, event.digit),)
        elif event.by != "rtp":
            call = _typed(call, leg, event.digit)
    return call, actions


def _may(event: Types, leg: LegPlan) -> bool:
    """A telephone's own keys are for us where they are absorbed; a page's are meant for the others."""
    return event.by == "page" or not leg.absorb_dtmf


def _typed(call: Call, leg: LegPlan, digit: str) -> Call:
    last = leg.digit.id if leg.digit is not None else 0
    return change(call, leg.leg, digit=Digit(digit, last + 1))
