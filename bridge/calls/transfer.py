"""The transfer as ONE printed table: (mode, state, event) -> (state, what to do).

Pure. Knows the three people (initiator 发起方, caller 诉求人, recipient 接收方) and their moves; knows
nothing of SIP, media, tickets or time. Whoever reads the table can check the promise on it: no row leaves
the caller without a person or a ring-back (domain.md, rule 1; design.md, promise 1).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Mode(StrEnum):
    """How the call passes over when the recipient answers. DIRECT 直转: caller and recipient talk, the
    initiator is released. CONFERENCE 三方通话: all three talk until one leaves. CONSULT 咨询转接: initiator
    and recipient talk, the caller hears music until the initiator decides."""

    DIRECT = "direct"
    CONFERENCE = "conference"
    CONSULT = "consult"


class State(StrEnum):
    """Where a transfer stands. `LEFT_*`: the initiator is gone and the caller hears ring-back. JOINED: all
    three talk. CONSULTING, SWAPPED: the initiator talks with the recipient, or with the caller; the one put
    aside hears music. RETURNED: the recipient was in the conversation and has left it, the caller is still
    with the initiator."""

    DIALLING = "dialling"
    RINGING = "ringing"
    LEFT_DIALLING = "left-dialling"
    LEFT_RINGING = "left-ringing"
    JOINED = "joined"
    CONSULTING = "consulting"
    SWAPPED = "swapped"
    CONNECTED = "connected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    RECALLED = "recalled"
    RETURNED = "returned"


class Event(StrEnum):
    """What can happen to a transfer."""

    RINGS = "recipient rings"
    ANSWERS = "recipient answers"
    FAILS_MORE = "target fails, another is left"
    FAILS = "last target fails"
    CANCELS = "initiator cancels"
    INITIATOR_LEAVES = "initiator leaves"
    CALLER_LEAVES = "caller leaves"
    RECIPIENT_LEAVES = "recipient leaves"
    COMPLETES = "initiator completes"
    SWAPS = "initiator swaps"
    JOINS = "initiator joins all three"
    PRESSES = "key pressed again"


class Do(StrEnum):
    """What is to be done; the call machine turns each into actions on legs."""

    TELL_RINGING = "tell the key: ringing"
    CONNECT = "connect caller and recipient"
    JOIN = "all three talk"
    CONSULT = "initiator and recipient talk, the caller hears music"
    SWAP = "initiator and caller talk, the recipient hears music"
    TOGETHER = "initiator and caller talk"
    DESKS = "initiator and recipient talk on without the caller"
    TELL_DONE = "tell the key: done"
    RELEASE = "release the initiator"
    DIAL_NEXT = "dial the next target"
    TELL_FAILED = "tell the key: failed"
    TELL_OVER = "tell the key: over, stay in the call"
    SAY_WHY = "say why to the initiator"
    DROP_FAR = "hang up on the recipient"
    RECALL = "ring the agents for the caller"
    TICKET_MOVED = "ticket: transferred"
    TICKET_FAILED = "ticket: not transferred"


Row = tuple[State, tuple[Do, ...]]
Rows = dict[tuple[State, Event], Row]

_TALKING: Final = (State.DIALLING, State.RINGING)
_LEFT: Final = (State.LEFT_DIALLING, State.LEFT_RINGING)
_APART: Final = (State.CONSULTING, State.SWAPPED)
ENDED: Final = (
    State.CONNECTED,
    State.FAILED,
    State.CANCELLED,
    State.ABANDONED,
    State.RECALLED,
    State.RETURNED,
)
"""A transfer in one of these is over; another press starts a new one."""
ANSWERED: Final = (State.JOINED, State.CONSULTING, State.SWAPPED, State.CONNECTED)
"""The recipient has taken the call; what an earlier target said does not matter any more."""


def _ringing(answered: Row) -> Rows:
    """Until somebody answers: the same in every mode. The initiator goes on talking with the caller, so what
    `answered` says happens only while both are there; with the initiator gone every mode is a direct one. Its
    phone is told to the end all the same: a REFER's subscription outlives the call (RFC 5057 §4.2, RFC 3515
    §2.4.4)."""
    rows: Rows = {
        (State.DIALLING, Event.RINGS): (State.RINGING, (Do.TELL_RINGING,)),
        (State.RINGING, Event.RINGS): (State.RINGING, ()),
        (State.DIALLING, Event.INITIATOR_LEAVES): (State.LEFT_DIALLING, ()),
        (State.RINGING, Event.INITIATOR_LEAVES): (State.LEFT_RINGING, ()),
        (State.LEFT_DIALLING, Event.RINGS): (State.LEFT_RINGING, (Do.TELL_RINGING,)),
        (State.LEFT_RINGING, Event.RINGS): (State.LEFT_RINGING, ()),
    }
    for state in _TALKING:
        rows |= {
            (state, Event.ANSWERS): answered,
            (state, Event.FAILS_MORE): (State.DIALLING, (Do.DIAL_NEXT,)),
            (state, Event.FAILS): (State.FAILED, (Do.TELL_FAILED, Do.SAY_WHY, Do.TICKET_FAILED)),
            (state, Event.CANCELS): (State.CANCELLED, (Do.DROP_FAR, Do.TELL_FAILED, Do.TICKET_FAILED)),
            (state, Event.CALLER_LEAVES): (
                State.ABANDONED,
                (Do.DROP_FAR, Do.TELL_FAILED, Do.RELEASE, Do.TICKET_FAILED),
            ),
        }
    for state in _LEFT:
        rows |= {
            (state, Event.ANSWERS): (State.CONNECTED, (Do.CONNECT, Do.TELL_DONE, Do.TICKET_MOVED)),
            (state, Event.FAILS_MORE): (State.LEFT_DIALLING, (Do.DIAL_NEXT,)),
            (state, Event.FAILS): (State.RECALLED, (Do.RECALL, Do.TELL_FAILED, Do.TICKET_FAILED)),
            (state, Event.CANCELS): (
                State.RECALLED,
                (Do.DROP_FAR, Do.RECALL, Do.TELL_FAILED, Do.TICKET_FAILED),
            ),
            (state, Event.CALLER_LEAVES): (
                State.ABANDONED,
                (Do.DROP_FAR, Do.TELL_FAILED, Do.TICKET_FAILED),
            ),
        }
    return rows


def _joined() -> Rows:
    """All three talk; the ticket passed over when the recipient joined. Whoever leaves, the two others go on:
    also the two platforms without the caller, who have to agree on the owner (domain.md, rule 2). Only an
    initiator that is released or gone hears "done": a phone hangs up on it."""
    return {
        (State.JOINED, Event.COMPLETES): (State.CONNECTED, (Do.CONNECT, Do.TELL_DONE, Do.RELEASE)),
        (State.JOINED, Event.INITIATOR_LEAVES): (State.CONNECTED, (Do.CONNECT, Do.TELL_DONE)),
        (State.JOINED, Event.RECIPIENT_LEAVES): (State.RETURNED, (Do.TELL_OVER, Do.SAY_WHY)),
        (State.JOINED, Event.CANCELS): (State.RETURNED, (Do.DROP_FAR, Do.TELL_OVER)),
        (State.JOINED, Event.CALLER_LEAVES): (State.CONNECTED, (Do.DESKS, Do.TELL_OVER)),
    }


def _apart() -> Rows:
    """The initiator talks with one of the two, the other hears music. An initiator who hangs up, or whose
    line breaks, has completed: so every PBX does it, and the caller has a person at once."""
    rows: Rows = {
        (State.CONSULTING, Event.SWAPS): (State.SWAPPED, (Do.SWAP,)),
        (State.SWAPPED, Event.SWAPS): (State.CONSULTING, (Do.CONSULT,)),
    }
    for state in _APART:
        rows |= {
            (state, Event.COMPLETES): (
                State.CONNECTED,
                (Do.CONNECT, Do.TELL_DONE, Do.RELEASE, Do.TICKET_MOVED),
            ),
            (state, Event.INITIATOR_LEAVES): (State.CONNECTED, (Do.CONNECT, Do.TELL_DONE, Do.TICKET_MOVED)),
            (state, Event.JOINS): (State.JOINED, (Do.JOIN, Do.TICKET_MOVED)),
            (state, Event.RECIPIENT_LEAVES): (
                State.FAILED,
                (Do.TOGETHER, Do.TELL_FAILED, Do.SAY_WHY, Do.TICKET_FAILED),
            ),
            (state, Event.CANCELS): (
                State.CANCELLED,
                (Do.TOGETHER, Do.DROP_FAR, Do.TELL_FAILED, Do.TICKET_FAILED),
            ),
            (state, Event.CALLER_LEAVES): (
                State.ABANDONED,
                (Do.DESKS, Do.TELL_FAILED, Do.TICKET_FAILED),
            ),
        }
    return rows


TABLE: Final[dict[Mode, Rows]] = {
    Mode.DIRECT: _ringing((State.CONNECTED, (Do.CONNECT, Do.TELL_DONE, Do.RELEASE, Do.TICKET_MOVED))),
    Mode.CONFERENCE: _ringing((State.JOINED, (Do.JOIN, Do.TICKET_MOVED))) | _joined(),
    Mode.CONSULT: _ringing((State.CONSULTING, (Do.CONSULT,))) | _apart() | _joined(),
}
"""The whole rule, a table each mode. A pair that is missing changes nothing: a second press, news from a leg
already given up, anything after the end."""


def step(mode: Mode, state: State, event: Event) -> Row:
    """The next state and what to do, by the table; `(state, ())` where the table is silent."""
    return TABLE[mode].get((state, event), (state, ()))


def diagram(mode: Mode) -> str:
    """The table as a Mermaid state diagram, for the README (`make diagrams`)."""
    start = f"    [*] --> {_name(State.DIALLING)}: key pressed"
    rows = [
        f"    {_name(state)} --> {_name(then)}: {event.value}"
        for (state, event), (then, _) in TABLE[mode].items()
        if then is not state
    ]
    reached = {then for then, _ in TABLE[mode].values()}
    ends = [f"    {_name(state)} --> [*]" for state in ENDED if state in reached]
    return "\n".join(["stateDiagram-v2", start, *rows, *ends])


def _name(state: State) -> str:
    return state.value.replace("-", "_")
