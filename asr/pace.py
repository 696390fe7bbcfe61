"""How often interim results are given: with every message while the machine keeps up, more seldom when it
does not. Finals are never held back; what an interim result costs goes to the decoding that is behind.

Pure: time and waits come in as arguments.
"""

from __future__ import annotations

import math
from typing import Final

LEVELS: Final = ((0.0, 0.0), (0.15, 0.3), (0.3, 0.6), (0.6, 1.2), (1.2, 2.4))
"""From this many seconds of lag on, this many seconds of voice from one interim result to the next. The first
step is above what a loop and its threads wait by chance, the last is when a caption is of no use any more."""
SECONDS: Final = 1.0
"""Over which the lag is smoothed: one long piece is not yet an overload."""
CALM: Final = 2.0
"""Seconds for which the lag must be below half of its level before it goes down by one."""


class Pace:
    """The smoothed lag of all streams, and what follows from it. `now` and waits in seconds."""

    def __init__(self) -> None:
        self._lag = 0.0
        self._at = 0.0
        self._level = 0
        self._calm_since = math.inf

    def note(self, waited: float, now: float) -> None:
        """A piece of voice has waited so long before it was decoded."""
        self._lag += (waited - self._lag) * self._part(now)
        self._at = now
        self._judge(now)

    def lag(self, now: float) -> float:
        """Seconds voice waits; goes to nothing when there is none."""
        return self._lag * (1 - self._part(now))

    def interval(self, now: float) -> float:
        """Seconds of voice between two interim results."""
        self._judge(now)
        return LEVELS[self._level][1]

    def _part(self, now: float) -> float:
        return 1 - math.exp(-max(0.0, now - self._at) / SECONDS)

    def _judge(self, now: float) -> None:
        """Up at once, as far as needed; down step by step."""
        lag = self.lag(now)
        wanted = max(number for number, (least, _) in enumerate(LEVELS) if lag >= least)
        if wanted >= self._level or lag >= LEVELS[self._level][0] / 2:
            self._level, self._calm_since = max(wanted, self._level), math.inf
        elif now - (self._calm_since if self._calm_since < math.inf else now) >= CALM:
            self._level, self._calm_since = self._level - 1, now
        else:
            self._calm_since = min(self._calm_since, now)
