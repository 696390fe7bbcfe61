"""How many new calls are let in when the machine is short of breath (in the spirit of RFC 7339): one table.

A sample a quarter of a second; what is hot tightens at once, what is calm loosens slowly, and between the two
nothing changes (hysteresis). Calls in progress are never asked. Pure: who measures is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SECONDS: Final = 0.25
"""Between two samples."""
HOT_LAG, CALM_LAG = 0.8, 0.25
"""Seconds a timer of ours rings late. Beyond the first a key press is felt to hang."""
CALM_CPU: Final = 0.9
"""Of one core, the mean of a second. A busy one is no harm by itself: what matters is what waits."""
HOT_BACKLOG: Final = 2
"""Turns of the loop in a row that left datagrams unread: more comes in than is served. None at all is calm.
What piled up while the machine paused is served within a few, and then the row ends."""
HOT_FILL, CALM_FILL = 0.95, 0.85
"""Of the places for calls and transactions."""
SURE: Final = 6
"""Samples' time of nothing but hot ones before the first call is refused: a second and a half. What a burst
left is mostly worked off by then (in a model of it a second refused four in five of bursts that a core at
four fifths can take)."""
REST: Final = 2
"""Calm samples in a row before more calls are let in again."""
EIGHTHS: Final = (8, 7, 6, 4, 2, 1, 0)
"""How many of eight new calls are let in at each level: small steps first, for one call in twenty too many is
no reason to refuse every other one."""
TIGHTEST: Final = len(EIGHTHS) - 1
WAITS: Final = (0, 2, 2, 4, 8, 8, 16)
"""Seconds a caller refused at each level shall wait: the longer the tighter (RFC 3261 §20.33)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """lag: seconds; cpu: share of a core in the last second; backlog: turns in a row that left datagrams
    unread; fill: share of the scarcest places taken."""

    lag: float
    cpu: float
    backlog: int
    fill: float

    @property
    def hot(self) -> bool:
        """More than we can do."""
        return self.lag >= HOT_LAG or self.backlog >= HOT_BACKLOG or self.fill >= HOT_FILL

    @property
    def calm(self) -> bool:
        """Room for more."""
        return self.lag < CALM_LAG and self.cpu < CALM_CPU and self.backlog == 0 and self.fill < CALM_FILL

    @property
    def stands_for(self) -> int:
        """Samples' time it tells of: a late one also of those that should have been taken meanwhile."""
        return 1 + int(self.lag / SECONDS)


@dataclass(frozen=True, slots=True)
class Load:
    """level: 0 everybody is let in, to TIGHTEST nobody; hot, calm: samples' time of such ones in a row."""

    level: int = 0
    hot: int = 0
    calm: int = 0

    @property
    def retry_after(self) -> int:
        """Seconds a refused caller shall wait."""
        return WAITS[self.level]


def step(load: Load, sample: Sample) -> Load:
    """What a sample makes of it. Also when some calls are refused already, a burst gets its time."""
    if sample.hot:
        hot = load.hot + sample.stands_for
        return Load(min(load.level + (hot >= SURE), TIGHTEST), hot, 0)
    if sample.calm and load.level:
        rested = load.calm + 1 >= REST
        return Load(load.level - rested, 0, 0 if rested else load.calm + 1)
    return Load(load.level, 0, 0)


def admits(level: int, count: int) -> bool:
    """Whether the count-th new call is let in at this level: the refused ones spread evenly."""
    share = EIGHTHS[level]
    return count * share // 8 > (count - 1) * share // 8
