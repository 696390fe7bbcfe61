"""What supervisors who are not in the conversation hear, and who hears them: added to a finished media plan.

Pure. Nothing of what the call's people hear of each other is touched: where two are relayed to each other
they go on being relayed, packet for packet. Only an agent who is whispered to hears one voice more.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.calls.call import Call
from bridge.calls.parties import STILL, Party, audio_plan, described, in_conversation
from bridge.calls.supervisors import TABLE, Supervisor
from bridge.frozen import replace
from bridge.media.plan import CallPlan, LegPlan


def voice_plan(call: Call, *, transcribe: bool) -> CallPlan:
    """The media process's orders for a call. transcribe: whether anybody is heard by the recogniser at all.
    A supervisor who barges in is one of those who talk; who listens or whispers stands apart."""
    people = call.parties
    if call.supervisors:
        people = (*people, *[each.party for each in call.supervisors if TABLE[each.mode].company])
    plan = audio_plan(
        call.id,
        people,
        transcribe=transcribe and not call.recorded.paused,
        record=call.recorded.running,
        lonely=call.lonely,
        quiet=call.quiet,
        passed=call.passed != "",
    )
    apart = [each for each in call.supervisors if not TABLE[each.mode].company]
    if not apart:
        return plan
    talking = in_conversation(tuple([party for party in people if party.port]), call.quiet)
    return CallPlan(call.id, overheard(plan.legs, talking, apart))


def overheard(
    legs: tuple[LegPlan, ...], talking: Sequence[Party], apart: Sequence[Supervisor]
) -> tuple[LegPlan, ...]:
    """The plan's legs with those of the supervisors who stand apart. talking: the parties in the
    conversation."""
    whispers = [each for each in apart if each.party.up and TABLE[each.mode].heard_by == "agent"]
    heard = tuple([_whispered_to(leg, talking, whispers) for leg in legs]) if whispers else legs
    return (*heard, *[_leg(each, talking) for each in apart if each.party.port])


def is_for(supervisor: Supervisor, party: Party) -> bool:
    """Whether this party hears what the supervisor whispers: an agent of ours, of their platform. (Of an
    agent who dials out themselves no platform is known here: their call is within the supervisor's bounds, or
    it would not be supervised.)"""
    if party.origin.kind != "agent" or party.role == "supervisor":
        return False
    return not supervisor.platform or party.role == "caller" or party.speaker == supervisor.platform


def _whispered_to(leg: LegPlan, talking: Sequence[Party], whispers: list[Supervisor]) -> LegPlan:
    party = next((party for party in talking if party.leg == leg.leg), None)
    if party is None:
        return leg
    more = tuple([each.leg for each in whispers if is_for(each, party)])
    return replace(leg, hears=(*leg.hears, *more)) if more else leg


def _leg(supervisor: Supervisor, talking: Sequence[Party]) -> LegPlan:
    """Everybody who talks; of an agent who holds by our page only their whisperer hears anything."""
    whispers = TABLE[supervisor.mode].heard_by == "agent"
    hears = tuple([
        party.leg
        for party in talking
        if not party.holds or (party.held and whispers and is_for(supervisor, party))
    ])  # fmt: skip
    leg = described(supervisor.party, hears=hears, play=None if hears else STILL, tap=False)
    return replace(leg, quiet=True) if supervisor.party.open else leg
