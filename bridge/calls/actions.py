"""What is to be done about what happened to a call, in the words of no protocol.

Pure values; the rules make them, the switchboard carries each to a port.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridge.routing.plan import Target


@dataclass(frozen=True, slots=True)
class Ring:
    """Tell the inbound leg that it rings. early: its voice path opens now, for early media."""

    leg: str
    early: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the inbound leg."""

    leg: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse the inbound leg, with a SIP status."""

    leg: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Dial a target; the leg's time-outs start now."""

    leg: str
    target: Target


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the leg, whatever state it is in; reason is for the log and the Reason header."""

    leg: str
    reason: str


@dataclass(frozen=True, slots=True)
class PassDigit:
    """Press this key towards the leg by SIP INFO: it knows no telephone events."""

    leg: str
    digit: str


@dataclass(frozen=True, slots=True)
class TellKey:
    """Tell the phone that pressed by REFER how it goes; status 100..199 goes on, from 200 it is the
    outcome."""

    leg: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """The press: ticket and incident begin."""

    transfer: str


@dataclass(frozen=True, slots=True)
class MoveTicket:
    """The ticket's call has passed over (`moved`) or has not, and why."""

    transfer: str
    moved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before ringing the agents again, seconds."""

    seconds: float


Miss = Literal["silent", "dead", "refused", "busy", "failed"]
"""Why an agent who was rung did not take the caller. dead: no sign of life; failed: not the phone's fault."""


@dataclass(frozen=True, slots=True)
class JoinQueue:
    """The caller is the queue's now; ahead: taken back after a transfer, before all others. ring_seconds and
    answer_within_seconds: how long each of its agents may take."""

    queue: str
    ahead: bool
    ring_seconds: int
    answer_within_seconds: int


@dataclass(frozen=True, slots=True)
class AgentMissed:
    """The agent the queue had assigned did not take the caller, who is in the queue still."""

    agent: str
    why: Miss


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """The caller is in no queue any more: with an agent (`answered`), or gone."""

    answered: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """Tell `TimeIsUp(of)` in so many seconds."""

    of: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BringHome:
    """The voice between the caller and this leg is to come to our own relay, from rtpengine."""

    leg: str


Parting = Literal["busy", "silent", "dead", "refused", "left", "lost", "withdrawn", "over"]
"""Why a supervisor is not in a call any more. Not taken: busy, silent, dead, refused; withdrawn: by their
page; over: with the call."""


@dataclass(frozen=True, slots=True)
class SupervisorGone:
    """A supervisor's leg is none of the call's any more."""

    leg: str
    why: Parting


@dataclass(frozen=True, slots=True)
class Over:
    """The call is over; nothing of it needs to be kept but its papers."""

    outcome: str


Action = (
    Ring | Answer | Refuse | Dial | HangUp | PassDigit | TellKey | OpenTicket | MoveTicket | Pause | JoinQueue
    | AgentMissed | LeaveQueue | Limit | BringHome
    | SupervisorGone | Over
)  # fmt: skip
