"""The transfer as ONE printed table: (mode, state, event) -> (state, what to do).

Pure. Knows the three people (initiator 发起方, caller 诉求人, recipient 接收方) and their moves; knows
nothing of SIP, media, tickets or time. Whoever reads the table can check the promise on it: no row leaves
the caller without a person or a ring-back (domain.md, rule 1; design.md, promise 1).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Mode(StrEnum):
    """How the call passes over. `conference` 三方通话 and `consult` 咨询转接 get their own tables."""

    DIRECT = "direct"


class State(StrEnum):
    """Where a transfer stands. `LEFT_*`: the initiator is gone and the caller hears ring-back."""

    DIALLING = "dialling"
    RINGING = "ringing"
    LEFT_DIALLING = "left-dialling"
    LEFT_RINGING = "left-ringing"
    CONNECTED = "connected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    RECALLED = "recalled"


class Event(StrEnum):
    """What can happen to a transfer."""

    RINGS = "recipient rings"
    ANSWERS = "recipient answers"
    FAILS_MORE = "target fails, another is left"
    FAILS = "last target fails"
    CANCELS = "initiator cancels"
    INITIATOR_LEAVES = "initiator leaves"
    CALLER_LEAVES = "caller leaves"
    PRESSES = "key pressed again"


class Do(StrEnum):
    """What is to be done; the call machine turns each into actions on legs."""

    TELL_RINGING = "tell the key: ringing"
    CONNECT = "connect caller and recipient"
    TELL_DONE = "tell the key: done"
    RELEASE = "release the initiator"
    DIAL_NEXT = "dial the next target"
    TELL_FAILED = "tell the key: failed"
    SAY_WHY = "say why to the initiator"
    DROP_FAR = "hang up on the recipient"
    RECALL = "ring the agents for the caller"
    TICKET_MOVED = "ticket: transferred"
    TICKET_FAILED = "ticket: not transferred"


Row = tuple[State, tuple[Do, ...]]

_TALKING: Final = (State.DIALLING, State.RINGING)
_LEFT: Final = (State.LEFT_DIALLING, State.LEFT_RINGING)
ENDED: Final = (State.CONNECTED, State.FAILED, State.CANCELLED, State.ABANDONED, State.RECALLED)
"""A transfer in one of these is over; another press starts a new one."""


def _direct() -> dict[tuple[State, Event], Row]:
    table: dict[tuple[State, Event], Row] = {
        (State.DIALLING, Event.RINGS): (State.RINGING, (Do.TELL_RINGING,)),
        (State.RINGING, Event.RINGS): (State.RINGING, ()),
        (State.DIALLING, Event.INITIATOR_LEAVES): (State.LEFT_DIALLING, ()),
        (State.RINGING, Event.INITIATOR_LEAVES): (State.LEFT_RINGING, ()),
        (State.LEFT_DIALLING, Event.RINGS): (State.LEFT_RINGING, ()),
        (State.LEFT_RINGING, Event.RINGS): (State.LEFT_RINGING, ()),
    }
    for state in _TALKING:
        table |= {
            (state, Event.ANSWERS): (
                State.CONNECTED,
                (Do.CONNECT, Do.TELL_DONE, Do.RELEASE, Do.TICKET_MOVED),
            ),
            (state, Event.FAILS_MORE): (State.DIALLING, (Do.DIAL_NEXT,)),
            (state, Event.FAILS): (State.FAILED, (Do.TELL_FAILED, Do.SAY_WHY, Do.TICKET_FAILED)),
            (state, Event.CANCELS): (State.CANCELLED, (Do.DROP_FAR, Do.TELL_FAILED, Do.TICKET_FAILED)),
            (state, Event.CALLER_LEAVES): (
                State.ABANDONED,
                (Do.DROP_FAR, Do.TELL_FAILED, Do.RELEASE, Do.TICKET_FAILED),
            ),
        }
    for state in _LEFT:
        table |= {
            (state, Event.ANSWERS): (State.CONNECTED, (Do.CONNECT, Do.TICKET_MOVED)),
            (state, Event.FAILS_MORE): (State.LEFT_DIALLING, (Do.DIAL_NEXT,)),
            (state, Event.FAILS): (State.RECALLED, (Do.RECALL, Do.TICKET_FAILED)),
            (state, Event.CANCELS): (State.RECALLED, (Do.DROP_FAR, Do.RECALL, Do.TICKET_FAILED)),
            (state, Event.CALLER_LEAVES): (State.ABANDONED, (Do.DROP_FAR, Do.TICKET_FAILED)),
        }
    return table


TABLE: Final[dict[Mode, dict[tuple[State, Event], Row]]] = {Mode.DIRECT: _direct()}
"""The whole rule. A pair that is missing changes nothing: a second press, news from a leg already given up,
anything after the end."""


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
    ends = [f"    {_name(state)} --> [*]" for state in ENDED]
    return "\n".join(["stateDiagram-v2", start, *rows, *ends])


def _name(state: State) -> str:
    return state.value.replace("-", "_")
