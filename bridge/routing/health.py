"""Whether an address lives, from how its probes end: one printed table with hysteresis.

One lost probe makes nothing dead, one answer nobody well: the key must not flicker. Pure; when to probe next
is said here, probing is the adapter's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DOWN_AFTER: Final = 3
"""Probes in a row without an answer until an address counts as dead."""
UP_AFTER: Final = 2
"""Answers in a row until a dead one counts as alive."""
CLOSER_LOOK: Final = 1.0
"""Seconds between probes while it is not certain which it is."""
DOWN_INTERVAL: Final = 5.0
"""Seconds between probes of a dead address: it is wanted back soon, and costs a datagram."""


class State(StrEnum):
    """SUSPECT is used like UP, RECOVERING like DOWN."""

    UP = "up"
    SUSPECT = "suspect"
    DOWN = "down"
    RECOVERING = "recovering"


@dataclass(frozen=True, slots=True)
class Health:
    """count: probes in a row that speak for a change."""

    state: State = State.UP
    count: int = 0

    @property
    def usable(self) -> bool:
        """Whether calls go there first."""
        return self.state in {State.UP, State.SUSPECT}


_TABLE: Final[dict[tuple[State, bool], tuple[State, int, State]]] = {
    (State.UP, False): (State.SUSPECT, DOWN_AFTER, State.DOWN),
    (State.SUSPECT, False): (State.SUSPECT, DOWN_AFTER, State.DOWN),
    (State.SUSPECT, True): (State.UP, 0, State.UP),
    (State.DOWN, True): (State.RECOVERING, UP_AFTER, State.UP),
    (State.RECOVERING, True): (State.RECOVERING, UP_AFTER, State.UP),
    (State.RECOVERING, False): (State.DOWN, 0, State.DOWN),
}
"""(state, answered) -> (state meanwhile, how many in a row it takes, state then). A pair that is missing
changes nothing."""


def step(health: Health, *, answered: bool) -> Health:
    """One probe has ended."""
    row = _TABLE.get((health.state, answered))
    if row is None:
        return health
    meanwhile, enough, then = row
    count = health.count + 1
    return Health(then) if count >= enough else Health(meanwhile, count)


def wait(health: Health, interval: float) -> float:
    """Seconds from one probe's end to the next; `interval`: the configured one, between probes of what
    lives."""
    if health.state is State.UP:
        return interval
    return min(interval, DOWN_INTERVAL if health.state is State.DOWN else CLOSER_LOOK)
