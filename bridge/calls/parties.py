"""The people in a call and their legs, and from these who hears whom.

Pure values. `audio_plan` is the only place that decides what anybody hears, so "never alone on the line"
can be checked on any call value: a caller who is up hears a person, a ring-back or an announcement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridge.media.plan import CallPlan, LegPlan, Play
from bridge.routing.plan import Origin, Target
from bridge.sip.sdp import Audio

Role = Literal["caller", "attendant", "recipient"]
"""attendant: the agent (or desk) the caller is with; recipient: the far desk a transfer rings."""


@dataclass(frozen=True, slots=True)
class Party:
    """One leg of a call. speaker: the transcript's label, "caller" or a platform id. origin: where the leg
    comes from, as routes ask it. port: our RTP port, 0 before one is given. up: answered. play: an
    announcement or tone for this party alone."""

    leg: str
    role: Role
    speaker: str
    number: str
    origin: Origin
    port: int = 0
    audio: Audio | None = None
    up: bool = False
    play: Play | None = None

    @property
    def holds(self) -> bool:
        """The party put the other on hold: it sends no voice to us (RFC 3264 §8.4)."""
        return self.audio is not None and self.audio.direction in {"recvonly", "inactive", "sendonly"}


def dialled(leg: str, role: Role, platform: str, target: Target) -> Party:
    """The party that a target becomes when it is dialled."""
    at_trunk = target.kind == "trunk" and target.trunk
    origin = Origin("trunk", str(target.trunk)) if at_trunk else Origin("agent", target.number)
    return Party(leg, role, platform, target.number, origin)


def audio_plan(call: str, parties: tuple[Party, ...], *, transcribe: bool) -> CallPlan:
    """The media process's orders for these parties. Caller and attendant hear each other; a caller without an
    attendant hears ring-back, one whose attendant holds hears the hold tone."""
    seated = tuple(party for party in parties if party.port)
    caller = _first(seated, "caller")
    attendant = _first(seated, "attendant")
    return CallPlan(call, tuple(_leg(party, caller, attendant, transcribe) for party in seated))


def _first(parties: tuple[Party, ...], role: Role) -> Party | None:
    return next((party for party in parties if party.role == role and party.up), None)


def _leg(party: Party, caller: Party | None, attendant: Party | None, transcribe: bool) -> LegPlan:
    audio = party.audio
    if audio is None or not party.up:
        return LegPlan(party.leg, party.port)
    return LegPlan(
        leg=party.leg,
        port=party.port,
        remote=audio.remote,
        codec=audio.codec,
        payload_type=audio.payload_type,
        dtmf=audio.dtmf,
        hears=_hears(party, caller, attendant),
        play=_plays(party, attendant),
        tap=transcribe,
        absorb_dtmf=party.role != "caller",
        sends=audio.direction in {"sendrecv", "recvonly"},
    )


def _hears(party: Party, caller: Party | None, attendant: Party | None) -> tuple[str, ...]:
    if party.role == "caller":
        return (attendant.leg,) if attendant else ()
    return (caller.leg,) if caller and party.role == "attendant" else ()


def _plays(party: Party, attendant: Party | None) -> Play | None:
    if party.play or party.role != "caller":
        return party.play
    if attendant is None:
        return Play("ringback", 0)
    return Play("hold", 0) if attendant.holds else None
