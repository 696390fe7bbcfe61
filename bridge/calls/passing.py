"""Calls whose voice an rtpengine relays, because nobody in them needs more of us than to be passed on.

Pure. A call begins so or not at all; as soon as anything in it needs our own relay (music, a third person, an
announcement, a recording, a key pressed towards a leg), it comes home and stays.
"""

from __future__ import annotations

from typing import Final

from bridge.calls.actions import Action, BringHome
from bridge.calls.call import Call, Phase, Step
from bridge.calls.events import Passes
from bridge.frozen import replace
from bridge.routing.plan import Target

_PLAIN: Final = frozenset({Phase.SETUP, Phase.TALKING, Phase.OVER})


def may_pass(call: Call, target: Target) -> bool:
    """Whether this target's voice may go by rtpengine: the only one, at a trunk, for a caller nobody has to
    say anything to."""
    return (
        call.phase is Phase.SETUP
        and target.kind == "trunk"
        and len(call.home) == 1
        and call.caller.audio is not None
        and call.caller.audio.keys is None
        and call.caution is None
        and not needs_us(call)
    )


def needs_us(call: Call) -> bool:
    """Whether something must be mixed, played or heard."""
    return (
        call.phase not in _PLAIN
        or call.transfer is not None
        or call.quiet
        or call.recorded.running
        or call.supervisors != ()
        or any(_needs(party.play, party.digit) or party.aside or party.holds for party in call.parties)
    )


def _needs(*wishes: object) -> bool:
    return any(wish is not None for wish in wishes)


def passes(call: Call, event: Passes) -> Step:
    """rtpengine has taken a leg's voice, or cannot keep it."""
    if event.on:
        return replace(call, passed=event.leg), ()
    return home(call, ()) if call.passed == event.leg else (call, ())


def home(call: Call, actions: tuple[Action, ...]) -> Step:
    """From now on our relay has the voice; before anything else the legs are told."""
    return replace(call, passed=""), (BringHome(call.passed), *actions)
