"""Supervisors (班长) in a call as values: what each mode means, as one table, and what one may ask for.

Pure. Who hears them is `overhearing`'s, what becomes of their legs `supervising`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

from bridge.calls.parties import Party
from bridge.frozen import quick
from bridge.routing.plan import Target

SupervisorMode = Literal["listen", "whisper", "barge"]
MODES: Final[tuple[SupervisorMode, ...]] = get_args(SupervisorMode)

SPEAKER: Final = "supervisor"
"""What the transcript and the recording call one who barges in."""


_LEG: Final = re.compile(r".+\.s\d+")


def leg_name(call_id: str, number: int) -> str:
    """The leg of a call's supervisor with this number, from 1: people's legs are numbered for themselves."""
    return f"{call_id}.s{number}"


def is_supervisors(leg: str) -> bool:
    """Whether a leg of ours is a supervisor's."""
    return _LEG.fullmatch(leg) is not None


class Part(NamedTuple):
    """A mode's part in the call. heard_by: agent: our own agents in the conversation, and of them those of
    the supervisor's platform; company: the caller has a person in them; kept: what they say is transcribed
    and recorded."""

    heard_by: Literal["nobody", "agent", "everybody"]
    company: bool
    kept: bool


TABLE: Final[dict[SupervisorMode, Part]] = {
    "listen": Part("nobody", company=False, kept=False),
    "whisper": Part("agent", company=False, kept=False),
    "barge": Part("everybody", company=True, kept=True),
}
"""The whole rule. Each of them hears everybody who talks. What is said to the caller is on record; what is
not, is in neither transcript nor recording."""


@quick
@dataclass(frozen=True, slots=True)
class Supervisor:
    """One supervisor's leg in a call, kept apart from its people: nothing that is done for people can be done
    for them by mistake. platform: whose agents a whisper is for, "" for any; rings: the telephone does, or
    did; spoke: has been in the conversation, so recogniser and recorder know the leg."""

    party: Party
    mode: SupervisorMode
    platform: str = ""
    rings: bool = False
    spoke: bool = False

    @property
    def leg(self) -> str:
        """Of its telephone."""
        return self.party.leg

    @property
    def company(self) -> bool:
        """In the conversation now."""
        return self.party.up and TABLE[self.mode].company


@dataclass(frozen=True, slots=True)
class Supervises:
    """A supervisor wants to be in the call: their telephone is to be rung."""

    target: Target
    mode: SupervisorMode
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Turns:
    """The supervisor on this leg takes another part."""

    leg: str
    mode: SupervisorMode


@dataclass(frozen=True, slots=True)
class Withdraws:
    """The supervisor on this leg goes, whether it rings still or not."""

    leg: str


SupervisorEvent = Supervises | Turns | Withdraws
