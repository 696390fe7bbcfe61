"""What happens to the legs of a call, in no protocol's words; what is to be done is in `actions`.

Pure values. The SIP endpoint (and later the browser's) turns its messages into these events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridge.calls.queue_events import Assigned, QueueEnds, QueueSays, QueueWaits
from bridge.calls.recording import RecordWish
from bridge.calls.supervisors import Supervises, Turns, Withdraws
from bridge.frozen import quick
from bridge.routing.plan import Mode, Origin, Plan
from bridge.sip.diversion import Way
from bridge.sip.sdp import Audio

Via = Literal["refer", "dtmf", "api", "invite"]
"""How a key was pressed; `invite`: a PBX made the transfer and sent us its new INVITE (we stand beside it).
"""

Steering = Literal["complete", "swap", "join"]
Wish = Steering | Literal["cancel"]
"""What an initiator can do with a transfer in flight."""


@quick
@dataclass(frozen=True, slots=True)
class Offered:
    """A new inbound leg asks for `number`; it has been told to wait (100). `referred_by`: who sent it to
    us, if a PBX moved a call (Referred-By or Diversion); audio None: it
    waits for our offer; at: CLOCK_MONOTONIC seconds of its arrival. replaces: the leg of ours whose place it
    wants (RFC 3891); agent: the extension behind that trunk which dials for itself, "" for anybody else;
    private: the caller withholds the number; way: how the call came to us; hops: how many more may send it on
    (Max-Forwards); incident: what it says it is about, "" for nothing."""

    leg: str
    number: str
    caller: str
    display: str
    origin: Origin
    audio: Audio | None
    at: float
    referred_by: str | None = None
    replaces: str = ""
    agent: str = ""
    private: bool = False
    way: Way = ()
    hops: int = 70
    incident: str = ""


@dataclass(frozen=True, slots=True)
class Rings:
    """A leg we dialled rings. audio: where its network's early media comes from (its tones and announcements
    before anybody answers), None while it has none."""

    leg: str
    audio: Audio | None = None


@dataclass(frozen=True, slots=True)
class Lives:
    """Whoever we dialled through has taken the call up (100): no longer a dead target, not yet a ringing
    one."""

    leg: str


@dataclass(frozen=True, slots=True)
class Answers:
    """A leg we dialled answered; audio is what it agreed to, None when that comes with its ACK (a leg that
    took another's place without an offer)."""

    leg: str
    audio: Audio | None


@dataclass(frozen=True, slots=True)
class Refuses:
    """A leg we dialled said no, or could not be reached; status is a SIP status 300..699."""

    leg: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The exchange the caller came by was asked to move the call to this leg's target, and has."""

    leg: str


@dataclass(frozen=True, slots=True)
class Leaves:
    """A leg is gone. cause: "bye" and "cancel" are a person's wish, "lost" is not."""

    leg: str
    cause: Literal["bye", "cancel", "lost"]


@dataclass(frozen=True, slots=True)
class Reoffers:
    """A leg changed its media (hold, another address); the endpoint has answered it already."""

    leg: str
    audio: Audio


@dataclass(frozen=True, slots=True)
class Voices:
    """The leg's voice came, or has been silent for a while."""

    leg: str
    heard: bool


@dataclass(frozen=True, slots=True)
class Types:
    """A key of a telephone: 0-9, *, #, A-D. by: as a telephone event between its voice (RFC 4733), by SIP
    INFO, or on the agent's page: then it is meant for whoever hears the agent, and is no feature code."""

    leg: str
    digit: str
    by: Literal["rtp", "info", "page"]


@dataclass(frozen=True, slots=True)
class Holds:
    """The agent on this leg puts the others on hold by their page, or (off) takes them back."""

    leg: str
    on: bool


@dataclass(frozen=True, slots=True)
class NoSign:
    """A dialled leg gave no sign of life in the time its target allows."""

    leg: str


@dataclass(frozen=True, slots=True)
class RingsTooLong:
    """A dialled leg was not answered in the time its target allows."""

    leg: str


@dataclass(frozen=True, slots=True)
class Presses:
    """The one key. plan: where it leads; incident and transfer are fresh ids; at: CLOCK_MONOTONIC seconds
    at which the press reached this machine; mode: this press's own, None for the route's."""

    leg: str
    plan: Plan
    via: Via
    incident: str
    transfer: str
    at: float
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Cancels:
    """The initiator takes the transfer back, or sends the recipient out of the conversation."""


@dataclass(frozen=True, slots=True)
class Steers:
    """The initiator, once the recipient has answered: complete leaves caller and recipient to each other,
    swap turns to the other of the two, join has all three talk."""

    how: Steering


@dataclass(frozen=True, slots=True)
class Records:
    """Somebody wants the recording started, stopped, paused or resumed."""

    wish: RecordWish


@dataclass(frozen=True, slots=True)
class PromptEnds:
    """The announcement with this id was heard to its end by the leg."""

    leg: str
    id: int


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """All targets together had their time: of the transfer with this id, or ("") of those rung at set-up."""

    of: str


@dataclass(frozen=True, slots=True)
class PauseEnds:
    """The pause between two rounds of ringing the agents is over."""


@dataclass(frozen=True, slots=True)
class Hushes:
    """From now on nothing may be heard on the caller's line that could betray them (silent danger)."""


@dataclass(frozen=True, slots=True)
class Passes:
    """rtpengine relays the voice between the caller and this leg; off: it cannot any more."""

    leg: str
    on: bool = True


LegEvent = (
    Records
    | Passes
    | Lives
    | Moved
    | Rings
    | Answers
    | Refuses
    | Leaves
    | Reoffers
    | Voices
    | Types
    | NoSign
    | RingsTooLong
    | Presses
    | Cancels
    | Steers
    | PromptEnds
    | PauseEnds
    | TimeIsUp
    | Assigned
    | QueueWaits
    | QueueSays
    | QueueEnds
    | Hushes
    | Holds
    | Supervises
    | Turns
    | Withdraws
)
