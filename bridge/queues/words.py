"""The words of the queues: their rules as configured, who waits, and what the hall asks to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridge.routing.plan import Target

Reason = Literal["full", "waited"]
"""Why a queue gives a caller up."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A queue as configured. members: extension -> the trunk it is behind, None where the phone registers
    with us, in the file's order. priority: higher goes first among callers for the same agents. max_wait:
    seconds, 0 sends a caller on at once when nobody is free. most: callers that may wait. misses: calls not
    taken in a row that set an agent aside, 0 for never. first, again: seconds until the first announcement
    and between two (again 0: only one). words: prompts of an announcement; position: and how many are ahead.
    """

    name: str
    members: tuple[tuple[str, str | None], ...]
    priority: int = 0
    max_wait: float = 120.0
    most: int = 20
    overflow: tuple[Target, ...] = ()
    after_call: float = 10.0
    misses: int = 2
    first: float = 5.0
    again: float = 30.0
    words: tuple[str, ...] = ()
    position: bool = True


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller in a queue. since: CLOCK_MONOTONIC seconds; number: in the order of coming; ahead: taken back
    after a transfer; offered: the agent being rung for them; told: answered, with music; says_at: when the
    next announcement is due."""

    call: str
    queue: str
    since: float
    number: int
    ahead: bool = False
    priority: int = 0
    ring_seconds: int = 30
    answer_within_seconds: int = 4
    offered: str = ""
    told: bool = False
    says_at: float = 0.0

    @property
    def order(self) -> tuple[bool, int, int]:
        """Who goes first: those taken back, then by priority, then as they came."""
        return (not self.ahead, -self.priority, self.number)


# --- what the hall asks to be done --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Give:
    """Ring this agent for this caller."""

    call: str
    agent: Target


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody is free: answer the caller and let them wait."""

    call: str


@dataclass(frozen=True, slots=True)
class Say:
    """Announce to the caller (a sound as plans name it); ahead: how many are before them."""

    call: str
    sound: str
    ahead: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Send the caller on to these."""

    call: str
    targets: tuple[Target, ...]
    why: Reason


Deed = Give | Hold | Say | GiveUp
