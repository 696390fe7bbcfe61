"""Our registration with an exchange or carrier (RFC 3261 §10.2): `step(state, event) -> (state, actions)`.

Pure: time and chance come in with the events. Refreshes at four fifths of what was granted; answers a
challenge, and one more where only the nonce was stale; obeys 423; after a failure waits longer each time,
and what was granted before holds until its own end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bridge.frozen import replace
from bridge.sip.grammar import NameAddr

REFRESH_AT: Final = 0.8
"""Of the granted time: several tries fit in what is left."""
BACK_OFF: Final = 5.0
LONGEST: Final = 300.0
"""Seconds of the first wait after a failure, and of the longest (RFC 5626 §4.5 with the patience of a line
people wait for)."""
DAY: Final = 86400
MAX_CHALLENGES: Final = 2
"""Of one attempt: the first, and one because the nonce was stale."""


class Phase(StrEnum):
    """TRYING: a REGISTER is out. UP: granted. WAITING: failed, tried again later. LEAVING: the REGISTER that
    ends it is out. OVER."""

    IDLE = "idle"
    TRYING = "trying"
    UP = "up"
    WAITING = "waiting"
    LEAVING = "leaving"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Registration:
    """wanted: seconds asked for, 60..86400. until: when what was granted ends, in seconds of the events'
    clock, 0 when nothing is. failures: in a row; a registrar's addresses are tried in turn by it. challenges:
    answered in this attempt; raised: 423 was obeyed in it."""

    wanted: int
    phase: Phase = Phase.IDLE
    until: float = 0.0
    failures: int = 0
    challenges: int = 0
    raised: bool = False
    why: str = ""

    @property
    def up(self) -> bool:
        """Whether calls can come over it, as of the last event."""
        return self.until > 0


@dataclass(frozen=True, slots=True)
class Begins:
    """Register."""


@dataclass(frozen=True, slots=True)
class Due:
    """The time that `Wake` asked for."""

    now: float


@dataclass(frozen=True, slots=True)
class Answered:
    """A final response; 408 and 503 also stand for silence and nobody there. granted: the seconds given to
    our contact. least: Min-Expires, after: Retry-After, 0 without. stale: a challenge that only wants a new
    nonce. chance: 0 <= x < 1."""

    status: int
    now: float
    granted: int = 0
    least: int = 0
    after: int = 0
    stale: bool = False
    chance: float = 0.5


@dataclass(frozen=True, slots=True)
class Ends:
    """Register no more."""


@dataclass(frozen=True, slots=True)
class Send:
    """A REGISTER for so many seconds, 0 to end it. prove: with an answer to the last challenge."""

    seconds: int
    prove: bool = False


@dataclass(frozen=True, slots=True)
class Wake:
    """`Due`, so many seconds from now."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Tell:
    """It is up, or is not any more, and why."""

    up: bool
    why: str = field(default="")


@dataclass(frozen=True, slots=True)
class Done:
    """Ended on both sides, as far as can be known."""


Event = Begins | Due | Answered | Ends
Action = Send | Wake | Tell | Done
Step = tuple[Registration, tuple[Action, ...]]


def step(state: Registration, event: Event) -> Step:
    """What the event changes. Answers nobody waits for change nothing."""
    match event:
        case Begins() if state.phase is Phase.IDLE:
            return _attempt(state, ())
        case Due() if state.phase in {Phase.UP, Phase.WAITING}:
            return _attempt(*_lapsed(state, event.now))
        case Answered() if state.phase is Phase.TRYING:
            return _answered(state, event)
        case Answered() if state.phase is Phase.LEAVING:
            return _left(state, event)
        case Ends() if state.phase not in {Phase.LEAVING, Phase.OVER}:
            return _leave(state)
        case _:
            return state, ()


def granted_to(contacts: list[NameAddr], ours: str, expires: str | None, asked: int) -> int:
    """The seconds a 200 gives to our contact (§10.2.4): its own parameter, else Expires, else what was asked
    for. `ours`: our Contact's URI; several contacts may be registered, and some registrars rewrite them."""
    mine = next((each for each in contacts if each.uri.encode() == ours), None)
    mine = mine or (contacts[0] if len(contacts) == 1 else None)
    said = (mine.param("expires") if mine is not None else None) or expires
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < 8 else asked


def _attempt(state: Registration, told: tuple[Action, ...]) -> Step:
    return replace(state, phase=Phase.TRYING, challenges=0, raised=False), (*told, Send(state.wanted))


def _lapsed(state: Registration, now: float) -> tuple[Registration, tuple[Action, ...]]:
    if not state.up or now < state.until:
        return state, ()
    return replace(state, until=0.0), (Tell(up=False, why=state.why or "expired"),)


def _answered(state: Registration, event: Answered) -> Step:
    if event.status in {401, 407}:
        return _challenged(state, event)
    if event.status == 423 and not state.raised and state.wanted < event.least <= DAY:
        return replace(state, wanted=event.least, raised=True), (
            Send(event.least, prove=state.challenges > 0),
        )
    if 200 <= event.status < 300 and event.granted > 0:
        return _granted(state, event)
    return _failed(state, event, f"{event.status}")


def _challenged(state: Registration, event: Answered) -> Step:
    """A second challenge that isn't about the nonce means a wrong password: asking on would be guessing."""
    if state.challenges >= MAX_CHALLENGES or (state.challenges and not event.stale):
        return _failed(state, event, "bad-credentials")
    return replace(state, challenges=state.challenges + 1), (Send(state.wanted, prove=True),)


def _granted(state: Registration, event: Answered) -> Step:
    seconds = min(event.granted, DAY)
    now_up = replace(state, phase=Phase.UP, until=event.now + seconds, failures=0, why="")
    told: tuple[Action, ...] = () if state.up else (Tell(up=True),)
    return now_up, (*told, Wake(seconds * REFRESH_AT))


def _failed(state: Registration, event: Answered, why: str) -> Step:
    """Half to all of a time that doubles, so that not all clients of a registrar that restarts come at once;
    never past the end of what is still granted, which must be told."""
    state, told = _lapsed(replace(state, why=why), event.now)
    longest = min(LONGEST, BACK_OFF * 2.0 ** min(state.failures, 10))
    wait = max(longest * (0.5 + event.chance / 2), float(min(event.after, DAY)))
    if state.up:
        wait = min(wait, max(1.0, state.until - event.now))
    elif state.failures == 0 and not told:
        told = (Tell(up=False, why=why),)
    return replace(state, phase=Phase.WAITING, failures=state.failures + 1), (*told, Wake(wait))


def _leave(state: Registration) -> Step:
    if not state.up and state.phase is not Phase.TRYING:
        return replace(state, phase=Phase.OVER), (Done(),)
    return replace(state, phase=Phase.LEAVING, challenges=0), (Send(0),)


def _left(state: Registration, event: Answered) -> Step:
    """An answer to the REGISTER that was out when we left may come first; a challenge is answered once."""
    if event.status in {401, 407} and state.challenges < MAX_CHALLENGES:
        return replace(state, challenges=state.challenges + 1), (Send(0, prove=True),)
    return replace(state, phase=Phase.OVER, until=0.0), (Tell(up=False, why="ended"), Done())
