"""A call we only listen to (SIPREC): an exchange sends us what its people say, and nobody hears us.

Pure. Who is the caller is told by who is not: whoever's address is no agent's of ours. From there on it is a
call like any other, so captions, recordings and pages need not know the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.calls.call import Call, Phase
from bridge.calls.parties import Party, Role
from bridge.calls.recording import Recorded
from bridge.frozen import replace
from bridge.media.plan import CallPlan, LegPlan
from bridge.routing.plan import Origin
from bridge.sip.sdp import Audio

ROUTE = "SIPREC"
"""Where a route's name would stand."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One stream. place: of its m= line; number, name: who speaks, "" as long as nobody said."""

    place: int
    audio: Audio
    number: str = ""
    name: str = ""
    paused: bool = False


@dataclass(frozen=True, slots=True)
class SessionOffered:
    """An exchange offers to let us listen. leg: its SIP leg; at: CLOCK_MONOTONIC seconds."""

    leg: str
    trunk: str
    voices: tuple[Voice, ...]
    at: float


def listen(
    call_id: str, offered: SessionOffered, ports: Mapping[int, int], agents: Mapping[str, str], home: str
) -> Call:
    """The call. ports: place -> our RTP port; agents: extension -> platform; home: the platform of agents we
    do not know."""
    caller = _caller(offered.voices, agents)
    legs = [
        _party(f"{call_id}.{voice.place}", voice, offered.trunk, _role(voice, caller), agents, home)
        for voice in offered.voices
    ]
    seated = [replace(leg, port=ports[voice.place]) for leg, voice in zip(legs, offered.voices, strict=True)]
    parties = tuple(sorted(seated, key=lambda party: party.role != "caller"))
    agent = next((party for party in parties if party.role == "attendant"), None)
    platform = agent.speaker if agent else home
    number = agent.number if agent else ""
    return Call(call_id, number, platform, ROUTE, parties, (), (), Phase.TALKING)


def follow(call: Call, voices: tuple[Voice, ...]) -> Call:
    """The call after the exchange described its streams anew: voices that are gone are gone; who is who stays
    as it was, only numbers that were not known before are learnt."""
    by_leg = {f"{call.id}.{voice.place}": voice for voice in voices}
    parties = tuple(
        replace(party, audio=by_leg[party.leg].audio, number=party.number or by_leg[party.leg].number)
        for party in call.parties
        if party.leg in by_leg
    )
    return replace(call, parties=parties or call.parties)


def heard(call: Call, recorded: Recorded, *, transcribe: bool) -> CallPlan:
    """The media process's orders: every stream is heard by the recogniser and the recorder, none by anybody
    else, and nothing is ever sent."""
    return CallPlan(
        call.id,
        tuple(
            LegPlan(
                leg=party.leg,
                port=party.port,
                remote=party.audio.remote,
                codec=party.audio.codec,
                payload_type=party.audio.payload_type,
                dtmf=party.audio.dtmf,
                tap=transcribe and not recorded.paused,
                record=recorded.running,
                sends=False,
                quiet=True,
            )
            for party in call.parties
            if party.audio is not None
        ),
    )


def same_people(session: Call, caller: str, referred_by: str | None) -> bool:
    """Whether a call an exchange moves to us is the one we listened to: the same caller, and the agent who
    sent it, as far as each is known. Something must be known."""
    agents = {party.number for party in session.parties[1:] if party.number}
    agent_fits = not referred_by or not agents or referred_by in agents
    known = session.caller.number
    if caller and known:
        return caller == known and agent_fits
    return referred_by in agents


def _caller(voices: tuple[Voice, ...], agents: Mapping[str, str]) -> int:
    """The place of the caller's stream: the first that is no agent's, else the first."""
    strangers = [voice.place for voice in voices if voice.number not in agents]
    known = [voice.place for voice in voices if voice.number and voice.number not in agents]
    return next(iter(known or strangers), voices[0].place)


def _role(voice: Voice, caller: int) -> Role:
    return "caller" if voice.place == caller else "attendant"


def _party(leg: str, voice: Voice, trunk: str, role: Role, agents: Mapping[str, str], home: str) -> Party:
    speaker = "caller" if role == "caller" else agents.get(voice.number, home)
    return Party(leg, role, speaker, voice.number, Origin("trunk", trunk), audio=voice.audio, up=True)
