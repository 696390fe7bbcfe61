"""Callers who say nothing, or must not be heard to speak: one printed table.

Pure. A caller somebody has answered is listened to for some seconds; who says nothing is a silent call
(无声来电), and on a route that allows for danger (静默求助) the line goes quiet and keys 1 and 2 are yes and
no. Knows nothing of how speech or keys are heard.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from bridge.routing.plan import SilentDanger

ANSWERS: Final = {"1": "是", "2": "不是"}
"""What a key says."""


class State(StrEnum):
    """LISTENING: answered, nothing heard yet. SILENT: for too long. KEYS: they answer by keys. SPOKE: they
    have a voice."""

    LISTENING = "listening"
    SILENT = "silent"
    KEYS = "keys"
    SPOKE = "spoke"


class Event(StrEnum):
    """What is heard of a caller."""

    SPEAKS = "caller speaks"
    PRESSES = "caller presses 1 or 2"
    TIME_IS_UP = "nothing heard for so long"


class Do(StrEnum):
    """What is to be done."""

    FLAG = "show a silent call"
    CLEAR = "show that they spoke"
    HUSH = "make the line quiet"
    NOTE = "write the answer down"


Row = tuple[State, tuple[Do, ...]]

_FLAGGED: Final = (State.SILENT, State.KEYS)


def _table(mode: SilentDanger) -> dict[tuple[State, Event], Row]:
    hush = (Do.HUSH,) if mode == "auto" else ()
    table: dict[tuple[State, Event], Row] = {
        (State.LISTENING, Event.SPEAKS): (State.SPOKE, ()),
        (State.LISTENING, Event.TIME_IS_UP): (State.SILENT, (Do.FLAG, *hush)),
        (State.SILENT, Event.SPEAKS): (State.SPOKE, (Do.CLEAR,)),
        (State.KEYS, Event.SPEAKS): (State.SPOKE, (Do.CLEAR,)),
    }
    if mode != "never":
        table |= {
            (State.LISTENING, Event.PRESSES): (State.KEYS, (Do.FLAG, *hush, Do.NOTE)),
            (State.SILENT, Event.PRESSES): (State.KEYS, (*hush, Do.NOTE)),
            (State.KEYS, Event.PRESSES): (State.KEYS, (Do.NOTE,)),
            (State.SPOKE, Event.PRESSES): (State.SPOKE, (Do.NOTE,)),
        }
    return table


TABLE: Final[dict[SilentDanger, dict[tuple[State, Event], Row]]] = {
    "never": _table("never"),
    "auto": _table("auto"),
    "always": _table("always"),
}
"""A pair that is missing changes nothing. A line once quiet stays so: who spoke once may not be able to
again."""


def step(mode: SilentDanger, state: State, event: Event) -> Row:
    """The next state and what to do, by the table; `(state, ())` where the table is silent."""
    return TABLE[mode].get((state, event), (state, ()))


def kept(state: State) -> bool:
    """Whether a call that ends so is kept as a silent one."""
    return state in _FLAGGED
