"""One call at a telephone in the page, as one printed table.

Pure. What a page does (it offers a connection, hangs up, is loaded anew), what becomes of its voice, and
what the call wants of it, each leads to one next state and what is to be done. A lost WebSocket is nothing to
a call that talks: the voice goes its own way. A lost voice is: the caller hears music until it is back, and
when it is not in time the line is dead, as any other is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """RINGING: the page is told, nobody has answered. OPENING: answered there, its voice is being connected.
    CALLING: it calls, nobody has answered it yet. TALKING: both ways. AWAY: its voice is gone. OVER."""

    RINGING = "ringing"
    OPENING = "opening"
    CALLING = "calling"
    TALKING = "talking"
    AWAY = "away"
    OVER = "over"


class Event(StrEnum):
    """What happens."""

    OFFERS = "the page offers a connection"
    CONNECTED = "its voice is there"
    LOST = "its voice is gone"
    HANGS_UP = "somebody hangs up in the page"
    PAGE_GONE = "no page has the telephone"
    PAGE_BACK = "a page has it again"
    TAKEN = "the call it made is answered"
    ENDS = "the call has no more use for it"
    TIME_IS_UP = "the clock that was set runs out"


class Do(StrEnum):
    """What is to be done."""

    OPEN = "answer the offer"
    CLOSE = "end the connection"
    RING = "ring in the page"
    SAY_TALKING = "the page is told: talking"
    SAY_AWAY = "the page is told: no voice"
    SAY_OVER = "the page is told: over"
    ANSWERED = "the call hears: answered"
    DECLINED = "the call hears: refused"
    UNREACHABLE = "the call hears: not to be had"
    LEFT = "the call hears: hung up"
    DEAD = "the call hears: line lost"
    MUSIC = "the others hear music"
    VOICE = "the others hear them"
    CONNECT_CLOCK = "it must be connected soon"
    RETURN_CLOCK = "it must be back in time"
    PAGE_CLOCK = "a page must be there soon"
    STOP_CLOCK = "no clock"


Row = tuple[State, tuple[Do, ...]]
S, E = State, Event
_UNREACHED: Final[Row] = (S.OVER, (Do.CLOSE, Do.SAY_OVER, Do.UNREACHABLE))
_ENDED: Final[Row] = (S.OVER, (Do.CLOSE, Do.SAY_OVER))
_LEFT: Final[Row] = (S.OVER, (Do.CLOSE, Do.SAY_OVER, Do.LEFT))
_DEAD: Final[Row] = (S.OVER, (Do.CLOSE, Do.SAY_OVER, Do.DEAD))
_GONE: Final[Row] = (S.AWAY, (Do.MUSIC, Do.RETURN_CLOCK, Do.SAY_AWAY))

TABLE: Final[dict[tuple[State, Event], Row]] = {
    (S.RINGING, E.OFFERS): (S.OPENING, (Do.OPEN, Do.CONNECT_CLOCK)),
    (S.RINGING, E.HANGS_UP): (S.OVER, (Do.SAY_OVER, Do.DECLINED)),
    (S.RINGING, E.PAGE_GONE): (S.RINGING, (Do.PAGE_CLOCK,)),
    (S.RINGING, E.PAGE_BACK): (S.RINGING, (Do.STOP_CLOCK, Do.RING)),
    (S.RINGING, E.TIME_IS_UP): _UNREACHED,
    (S.RINGING, E.ENDS): _ENDED,
    (S.OPENING, E.OFFERS): (S.OPENING, (Do.OPEN, Do.CONNECT_CLOCK)),
    (S.OPENING, E.CONNECTED): (S.TALKING, (Do.STOP_CLOCK, Do.SAY_TALKING, Do.ANSWERED)),
    (S.OPENING, E.LOST): _UNREACHED,
    (S.OPENING, E.TIME_IS_UP): _UNREACHED,
    (S.OPENING, E.HANGS_UP): (S.OVER, (Do.CLOSE, Do.SAY_OVER, Do.DECLINED)),
    (S.OPENING, E.ENDS): _ENDED,
    (S.CALLING, E.OFFERS): (S.CALLING, (Do.OPEN, Do.CONNECT_CLOCK)),
    (S.CALLING, E.CONNECTED): (S.CALLING, (Do.STOP_CLOCK,)),
    (S.CALLING, E.LOST): (S.CALLING, (Do.RETURN_CLOCK, Do.SAY_AWAY)),
    (S.CALLING, E.TIME_IS_UP): _DEAD,
    (S.CALLING, E.TAKEN): (S.TALKING, (Do.SAY_TALKING,)),
    (S.CALLING, E.HANGS_UP): _LEFT,
    (S.CALLING, E.ENDS): _ENDED,
    (S.TALKING, E.OFFERS): (S.TALKING, (Do.OPEN, Do.CONNECT_CLOCK)),
    (S.TALKING, E.CONNECTED): (S.TALKING, (Do.STOP_CLOCK,)),
    (S.TALKING, E.LOST): _GONE,
    (S.TALKING, E.TIME_IS_UP): _GONE,
    (S.TALKING, E.HANGS_UP): _LEFT,
    (S.TALKING, E.ENDS): _ENDED,
    (S.AWAY, E.OFFERS): (S.AWAY, (Do.OPEN,)),
    (S.AWAY, E.CONNECTED): (S.TALKING, (Do.STOP_CLOCK, Do.VOICE, Do.SAY_TALKING)),
    (S.AWAY, E.TIME_IS_UP): _DEAD,
    (S.AWAY, E.HANGS_UP): _LEFT,
    (S.AWAY, E.ENDS): _ENDED,
}
"""A pair that is missing changes nothing."""


def step(state: State, event: Event) -> Row:
    """The next state and what to do in this order, by the table; `(state, ())` where it is silent."""
    return TABLE.get((state, event), (state, ()))
