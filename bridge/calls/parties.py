"""The people in a call and their legs, and from these who hears whom.

Pure values. `audio_plan` is the only place that decides what anybody hears, so "never alone on the line"
can be checked on any call value: a caller who is up hears a person, a ring-back or an announcement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from bridge.media.plan import CallPlan, LegPlan, Play
from bridge.routing.plan import Origin, Target
from bridge.sip.sdp import Audio

HUSH: Final = "comfort"
"""Comfort noise without end, as plans name it."""
HUSH_ONCE: Final = "prompt:hush"
"""The same for some seconds, in an announcement's place."""

Role = Literal["caller", "attendant", "recipient"]
"""attendant: the agent (or desk) the caller is with; recipient: the far desk a transfer rings."""


@dataclass(frozen=True, slots=True)
class Party:
    """One leg of a call. speaker: the transcript's label, "caller" or a platform id. origin: where the leg
    comes from, as routes ask it. port: our RTP port, 0 before one is given. up: answered. play: an
    announcement or tone for this party alone; then: announcements that follow it. early: its voice path is
    open before the answer; heard: its early voice has come."""

    leg: str
    role: Role
    speaker: str
    number: str
    origin: Origin
    port: int = 0
    audio: Audio | None = None
    up: bool = False
    play: Play | None = None
    then: tuple[str, ...] = ()
    early: bool = False
    heard: bool = False

    @property
    def open(self) -> bool:
        """Voice may flow: it is answered, or its early media was agreed on."""
        return self.up or self.early

    @property
    def holds(self) -> bool:
        """The party put the other on hold: it sends no voice to us (RFC 3264 §8.4)."""
        return self.audio is not None and self.audio.direction in {"recvonly", "inactive", "sendonly"}


def dialled(leg: str, role: Role, platform: str, target: Target) -> Party:
    """The party that a target becomes when it is dialled."""
    at_trunk = target.kind == "trunk" and target.trunk
    origin = Origin("trunk", str(target.trunk)) if at_trunk else Origin("agent", target.number)
    return Party(leg, role, platform, target.number, origin)


def audio_plan(
    call: str, parties: tuple[Party, ...], *, transcribe: bool, lonely: str = "ringback", quiet: bool = False
) -> CallPlan:
    """The media process's orders for these parties. Caller and attendant hear each other. A caller without an
    attendant hears what the network of whoever is rung says by early media, and `lonely` as long as it says
    nothing; one whose attendant holds hears the hold tone. quiet: whatever the caller would
    hear that is no person is faint comfort noise instead: the line lives, and nobody beside them can tell."""
    seated = tuple(party for party in parties if party.port)
    caller = next((party for party in seated if party.role == "caller" and party.open), None)
    partner = _partner(seated, quiet)
    plan = CallPlan(call, tuple(_leg(party, caller, partner, transcribe, lonely) for party in seated))
    return _hushed(plan, caller) if quiet and caller else plan


def _hushed(plan: CallPlan, caller: Party) -> CallPlan:
    return CallPlan(plan.call, tuple(_hush(leg) if leg.leg == caller.leg else leg for leg in plan.legs))


def _hush(leg: LegPlan) -> LegPlan:
    """An announcement still ends in its time: what comes after it waits for that."""
    if leg.play is None:
        return leg
    sound = HUSH_ONCE if leg.play.sound.startswith("prompt:") else HUSH
    return replace(leg, play=Play(sound, leg.play.id))


def _partner(seated: tuple[Party, ...], quiet: bool) -> Party | None:
    """Who the caller is with, else whoever is rung and has early media; on a quiet line a person only."""
    for party in seated:
        if party.role == "attendant" and party.up:
            return party
    return next((party for party in seated if party.role != "caller" and party.early and not quiet), None)


def _leg(party: Party, caller: Party | None, partner: Party | None, transcribe: bool, lonely: str) -> LegPlan:
    audio = party.audio
    if audio is None or not party.open:
        return LegPlan(party.leg, party.port)
    return LegPlan(
        leg=party.leg,
        port=party.port,
        remote=audio.remote,
        codec=audio.codec,
        payload_type=audio.payload_type,
        dtmf=audio.dtmf,
        hears=_hears(party, caller, partner),
        play=_plays(party, partner, lonely),
        tap=transcribe and party.up,
        absorb_dtmf=party.role != "caller",
        sends=audio.direction in {"sendrecv", "recvonly"},
    )


def _hears(party: Party, caller: Party | None, partner: Party | None) -> tuple[str, ...]:
    if party.role == "caller":
        return (partner.leg,) if partner else ()
    return (caller.leg,) if caller and party is partner else ()


def _plays(party: Party, partner: Party | None, lonely: str) -> Play | None:
    if party.play or party.role != "caller":
        return party.play
    if partner is None or not (partner.up or partner.heard):
        return Play(lonely, 0)
    return Play("hold", 0) if partner.up and partner.holds else None
