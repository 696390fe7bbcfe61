"""The four transaction machines of RFC 3261 §17, with RFC 6026's Accepted states, as tables that can be
printed.

Knows states, events and what each pair leads to. It holds no message, no timer and no address: `exchange`
runs these tables. A pair that is not in a table changes nothing and does nothing: the message is absorbed
(§17.1.1.2: "any other response is dropped"), the timer belongs to a state that is over.

A timer runs as long as the state has a row for it: entering a state stops the timers it does not listen to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a transaction is; the names are the RFC's."""

    CALLING = "Calling"
    TRYING = "Trying"
    PROCEEDING = "Proceeding"
    ACCEPTED = "Accepted"
    COMPLETED = "Completed"
    CONFIRMED = "Confirmed"
    TERMINATED = "Terminated"


class Event(StrEnum):
    """What can happen to a transaction. For a client PROVISIONAL, SUCCESS and FAILURE are responses received,
    for a server responses its user wants sent."""

    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "3xx-6xx"
    REQUEST = "request again"
    ACK = "ACK"
    TRANSPORT_ERROR = "transport error"
    TIMER_A = "A"
    TIMER_B = "B"
    TIMER_D = "D"
    TIMER_E = "E"
    TIMER_F = "F"
    TIMER_G = "G"
    TIMER_H = "H"
    TIMER_I = "I"
    TIMER_J = "J"
    TIMER_K = "K"
    TIMER_L = "L"
    TIMER_M = "M"


class Action(StrEnum):
    """What a step asks for. START_x starts a timer; BACK_OFF doubles the interval of the retransmission timer
    that fired and starts it again (A without limit, E and G up to T2); SLOW_E starts E at T2 (§17.1.2.2)."""

    SEND = "send"
    SEND_ACK = "send ACK"
    REPORT = "tell user"
    REPORT_TIMEOUT = "tell user: 408"
    REPORT_ERROR = "tell user: 503"
    BACK_OFF = "back off"
    START_A = "start A"
    START_B = "start B"
    START_D = "start D"
    START_E = "start E"
    START_F = "start F"
    START_G = "start G"
    START_H = "start H"
    START_I = "start I"
    START_J = "start J"
    START_K = "start K"
    START_L = "start L"
    START_M = "start M"
    SLOW_E = "start E at T2"


Step = tuple[State, tuple[Action, ...]]
Table = Mapping[State, Mapping[Event, Step]]


@dataclass(frozen=True, slots=True)
class Machine:
    """One kind of transaction: how it opens, and its table."""

    name: str
    start: State
    opening: tuple[Action, ...]
    table: Table

    def step(self, state: State, event: Event) -> Step:
        """What `event` does in `state`; a pair without a row leaves everything as it is."""
        return self.table[state].get(event, (state, ()))


_A, _E, _S = Action, Event, State

INVITE_CLIENT: Final = Machine(
    "INVITE client (§17.1.1, RFC 6026 §8.4)",
    _S.CALLING,
    (_A.SEND, _A.START_A, _A.START_B),
    {
        _S.CALLING: {
            _E.TIMER_A: (_S.CALLING, (_A.SEND, _A.BACK_OFF)),
            _E.TIMER_B: (_S.TERMINATED, (_A.REPORT_TIMEOUT,)),
            _E.PROVISIONAL: (_S.PROCEEDING, (_A.REPORT,)),
            _E.SUCCESS: (_S.ACCEPTED, (_A.START_M, _A.REPORT)),
            _E.FAILURE: (_S.COMPLETED, (_A.SEND_ACK, _A.START_D, _A.REPORT)),
            _E.TRANSPORT_ERROR: (_S.TERMINATED, (_A.REPORT_ERROR,)),
        },
        _S.PROCEEDING: {
            _E.PROVISIONAL: (_S.PROCEEDING, (_A.REPORT,)),
            _E.SUCCESS: (_S.ACCEPTED, (_A.START_M, _A.REPORT)),
            _E.FAILURE: (_S.COMPLETED, (_A.SEND_ACK, _A.START_D, _A.REPORT)),
        },
        _S.ACCEPTED: {
            _E.SUCCESS: (_S.ACCEPTED, (_A.REPORT,)),  # repeated or forked: the user sends its ACK
            _E.TIMER_M: (_S.TERMINATED, ()),
        },
        _S.COMPLETED: {
            _E.FAILURE: (_S.COMPLETED, (_A.SEND_ACK,)),
            _E.TIMER_D: (_S.TERMINATED, ()),
            # The ACK could not be sent: the user has the final response already, so nobody is told (§17.1.1.2
            # wants a report; ours would be a second final for the same call).
            _E.TRANSPORT_ERROR: (_S.TERMINATED, ()),
        },
        _S.TERMINATED: {},
    },
)

OTHER_CLIENT: Final = Machine(
    "non-INVITE client (§17.1.2)",
    _S.TRYING,
    (_A.SEND, _A.START_E, _A.START_F),
    {
        _S.TRYING: {
            _E.TIMER_E: (_S.TRYING, (_A.SEND, _A.BACK_OFF)),
            _E.TIMER_F: (_S.TERMINATED, (_A.REPORT_TIMEOUT,)),
            _E.PROVISIONAL: (_S.PROCEEDING, (_A.REPORT,)),
            _E.SUCCESS: (_S.COMPLETED, (_A.START_K, _A.REPORT)),
            _E.FAILURE: (_S.COMPLETED, (_A.START_K, _A.REPORT)),
            _E.TRANSPORT_ERROR: (_S.TERMINATED, (_A.REPORT_ERROR,)),
        },
        _S.PROCEEDING: {
            _E.TIMER_E: (_S.PROCEEDING, (_A.SEND, _A.SLOW_E)),
            _E.TIMER_F: (_S.TERMINATED, (_A.REPORT_TIMEOUT,)),
            _E.PROVISIONAL: (_S.PROCEEDING, (_A.REPORT,)),
            _E.SUCCESS: (_S.COMPLETED, (_A.START_K, _A.REPORT)),
            _E.FAILURE: (_S.COMPLETED, (_A.START_K, _A.REPORT)),
            _E.TRANSPORT_ERROR: (_S.TERMINATED, (_A.REPORT_ERROR,)),
        },
        _S.COMPLETED: {_E.TIMER_K: (_S.TERMINATED, ())},
        _S.TERMINATED: {},
    },
)

INVITE_SERVER: Final = Machine(
    "INVITE server (§17.2.1, RFC 6026 §8.5)",
    _S.PROCEEDING,
    (),
    {
        _S.PROCEEDING: {
            _E.REQUEST: (_S.PROCEEDING, (_A.SEND,)),
            _E.PROVISIONAL: (_S.PROCEEDING, (_A.SEND,)),
            _E.SUCCESS: (_S.ACCEPTED, (_A.SEND, _A.START_L)),
            _E.FAILURE: (_S.COMPLETED, (_A.SEND, _A.START_G, _A.START_H)),
        },
        _S.ACCEPTED: {
            # An INVITE again is absorbed: the user repeats its 2xx by its own timer (RFC 6026 §7.1).
            _E.SUCCESS: (_S.ACCEPTED, (_A.SEND,)),
            _E.ACK: (_S.ACCEPTED, (_A.REPORT,)),
            _E.TIMER_L: (_S.TERMINATED, ()),
        },
        _S.COMPLETED: {
            _E.REQUEST: (_S.COMPLETED, (_A.SEND,)),
            _E.TIMER_G: (_S.COMPLETED, (_A.SEND, _A.BACK_OFF)),
            _E.ACK: (_S.CONFIRMED, (_A.START_I,)),
            _E.TIMER_H: (_S.TERMINATED, ()),
        },
        _S.CONFIRMED: {_E.TIMER_I: (_S.TERMINATED, ())},
        _S.TERMINATED: {},
    },
)

OTHER_SERVER: Final = Machine(
    "non-INVITE server (§17.2.2)",
    _S.TRYING,
    (),
    {
        _S.TRYING: {
            _E.PROVISIONAL: (_S.PROCEEDING, (_A.SEND,)),
            _E.SUCCESS: (_S.COMPLETED, (_A.SEND, _A.START_J)),
            _E.FAILURE: (_S.COMPLETED, (_A.SEND, _A.START_J)),
        },
        _S.PROCEEDING: {
            _E.REQUEST: (_S.PROCEEDING, (_A.SEND,)),
            _E.PROVISIONAL: (_S.PROCEEDING, (_A.SEND,)),
            _E.SUCCESS: (_S.COMPLETED, (_A.SEND, _A.START_J)),
            _E.FAILURE: (_S.COMPLETED, (_A.SEND, _A.START_J)),
        },
        _S.COMPLETED: {
            _E.REQUEST: (_S.COMPLETED, (_A.SEND,)),
            _E.TIMER_J: (_S.TERMINATED, ()),
        },
        _S.TERMINATED: {},
    },
)

MACHINES: Final = (INVITE_CLIENT, OTHER_CLIENT, INVITE_SERVER, OTHER_SERVER)


def of_status(status: int) -> Event:
    """The event a response of this status is (100..699)."""
    if status < 200:
        return Event.PROVISIONAL
    return Event.SUCCESS if status < 300 else Event.FAILURE


def draw(machine: Machine) -> str:
    """The table as text, one row a line: `state --event--> state: actions`."""
    rows = [
        f"{state} --{event}--> {after}: {', '.join(actions) or 'nothing'}"
        for state, events in machine.table.items()
        for event, (after, actions) in events.items()
    ]
    return "\n".join([machine.name, *rows])
