"""The people in a call and their legs, and from these who hears whom.

Pure values. `audio_plan` is the only place that decides what anybody hears, so "never alone on the line"
can be checked on any call value: a caller who is up hears a person, a ring-back or an announcement.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Final, Literal

from bridge.frozen import quick, replace
from bridge.media.plan import CallPlan, Digit, LegPlan, Play, Srtp
from bridge.routing.plan import Origin, Target
from bridge.sip.sdp import Audio

HUSH: Final = "comfort"
"""Comfort noise without end, as plans name it."""
HUSH_ONCE: Final = "prompt:hush"
"""The same for some seconds, in an announcement's place."""

Role = Literal["caller", "attendant", "recipient", "supervisor"]
"""attendant: the agent (or desk) the caller is with; recipient: the far desk a transfer rings, or has
brought into the conversation; supervisor: one of `Call.supervisors`, never of `Call.parties`."""


@quick
@dataclass(frozen=True, slots=True)
class Party:
    """One leg of a call. speaker: the transcript's label, "caller" or a platform id. origin: where the leg
    comes from, as routes ask it. port: our RTP port, 0 before one is given. up: answered. play: an
    announcement or tone for this party alone. early: its voice path is
    open before the answer; heard: its early voice has come. aside: put aside by the initiator of a transfer:
    talks with nobody and hears music. digit: the key last pressed towards it. trunk: the one its signalling
    goes by, "" for a phone of our own. held: it has put the others on hold by its page: its telephone, which
    knows nothing of that, is neither heard nor hears."""

    leg: str
    role: Role
    speaker: str
    number: str
    origin: Origin
    port: int = 0
    audio: Audio | None = None
    up: bool = False
    play: Play | None = None
    early: bool = False
    heard: bool = False
    aside: bool = False
    digit: Digit | None = None
    trunk: str = ""
    held: bool = False

    @property
    def open(self) -> bool:
        """Voice may flow: it is answered, or its early media was agreed on."""
        return self.up or self.early

    @property
    def holds(self) -> bool:
        """The party put the other on hold: by its page, or it sends no voice to us (RFC 3264 §8.4)."""
        if self.held:
            return True
        return self.audio is not None and self.audio.direction in {"recvonly", "inactive", "sendonly"}


def dialled(leg: str, role: Role, platform: str, target: Target) -> Party:
    """The party that a target becomes when it is dialled."""
    at_trunk = target.kind == "trunk" and target.trunk
    origin = Origin("trunk", str(target.trunk)) if at_trunk else Origin("agent", target.number)
    return Party(leg, role, platform, target.number, origin, trunk=target.trunk or "")


MUSIC: Final = Play("hold", -1)
"""What goes on until the plan says otherwise has no number above 0: announcements are counted from 1."""
STILL: Final = Play(HUSH, 0)
"""What a telephone of ours hears while nobody speaks to it: faint noise, so that it knows the line lives."""


def audio_plan(
    call: str,
    parties: tuple[Party, ...],
    *,
    transcribe: bool,
    record: bool = False,
    lonely: str = "ringback",
    quiet: bool = False,
    passed: bool = False,
) -> CallPlan:
    """The media process's orders for these parties. Everybody who talks hears all the others; who is put
    aside, or on hold by an agent's page, hears music. A caller without a person hears what the network of
    whoever is rung says by early media, and `lonely` as long as it says nothing; a caller or recipient whose
    others all hold hears the hold tone. record: what anybody says is kept. quiet: whatever the caller would
    hear that is no person is faint comfort noise instead: the line lives, and nobody beside them can tell.
    passed: somebody else relays it; our ports are only kept, for when it comes home."""
    # Lists, not generators: this is worked out some five times a call.
    seated = tuple([party for party in parties if party.port])
    if passed:
        return CallPlan(call, tuple([LegPlan(party.leg, party.port) for party in seated]))
    talking = in_conversation(seated, quiet)
    legs = tuple([_leg(party, _others(party, talking, quiet), transcribe, lonely) for party in seated])
    if record:
        legs = tuple(replace(leg, record=party.up) for leg, party in zip(legs, seated, strict=True))
    return CallPlan(call, tuple(map(_hush, legs, seated)) if quiet else legs)


def _hush(leg: LegPlan, party: Party) -> LegPlan:
    """An announcement still ends in its time: what comes after it waits for that."""
    if leg.play is None or party.role != "caller":
        return leg
    sound = HUSH_ONCE if leg.play.sound.startswith("prompt") else HUSH
    return replace(leg, play=Play(sound, leg.play.id))


def in_conversation(seated: tuple[Party, ...], quiet: bool) -> tuple[Party, ...]:
    """Who is in the conversation, of parties with ports: all who answered and are not put aside. A caller
    without any of them has whoever is rung and has early media; on a quiet line persons only."""
    caller = [party for party in seated if party.role == "caller" and party.open and not party.aside]
    people = [party for party in seated if party.role != "caller" and party.up and not party.aside]
    if not people and not quiet:
        people = [party for party in seated if party.role != "caller" and party.early][:1]
    return (*caller, *people)


def _others(party: Party, talking: tuple[Party, ...], quiet: bool) -> tuple[Party, ...]:
    """Who this party talks with. Between two others, one who holds is left out: a telephone's own music must
    not play into a conversation, and to a caller on a quiet line not at all."""
    others = tuple([other for other in talking if other is not party])
    if len(others) == len(talking):  # not in the conversation
        return ()
    speaking = tuple([other for other in others if not other.holds])
    return speaking if quiet and party.role == "caller" else speaking or others


def _leg(party: Party, others: tuple[Party, ...], transcribe: bool, lonely: str) -> LegPlan:
    hears = () if party.held else tuple([other.leg for other in others if not other.held])
    return described(party, hears=hears, play=_plays(party, others, lonely), tap=transcribe)


def described(party: Party, *, hears: tuple[str, ...], play: Play | None, tap: bool) -> LegPlan:
    """A party's leg as its session description has it; a bare port before its voice may flow."""
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
        hears=hears,
        play=play,
        tap=tap and party.up,
        absorb_dtmf=party.role != "caller",
        sends=audio.direction in {"sendrecv", "recvonly"},
        srtp=_srtp(audio),
        noise=audio.noise,
        quiet=audio.direction != "sendrecv",
        digit=party.digit,
    )


def _srtp(audio: Audio) -> Srtp | None:
    keys = audio.keys
    if keys is None:
        return None
    return Srtp(keys.suite, b64encode(keys.incoming).decode(), b64encode(keys.outgoing).decode())


def _plays(party: Party, others: tuple[Party, ...], lonely: str) -> Play | None:
    if party.play is not None:
        return party.play
    if party.aside:
        return MUSIC
    if party.held:
        return STILL
    if party.role == "caller" and not any(other.up or other.heard for other in others):
        return Play(lonely, 0)
    if party.role == "supervisor":
        return None
    if party.role == "attendant":  # of another's telephone on hold it hears what that plays
        return MUSIC if others and all(other.held for other in others) else None
    return MUSIC if others and all(other.up and other.holds for other in others) else None
