"""How long somebody waits after wrong passwords. Pure: strikes are counted here, the clock is an argument.

Counted for a name together with the address it came from, so that nobody locks another out from elsewhere;
for the address alone, so that one address does not try many names; and, far more mildly, for the name alone,
against many addresses. A wait doubles with every further strike up to its longest and never becomes a lock.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

KEPT: Final = 20_000
"""Names and addresses remembered; the ones struck longest ago go first: a flood of names forgets only what
the flood itself has waited out."""


@dataclass(frozen=True, slots=True)
class Patience:
    """free: strikes without any wait; longest: seconds of a wait; forgets: seconds until they are gone."""

    free: int
    longest: float
    forgets: float = 3600.0


PAIR: Final = Patience(free=5, longest=900.0)
ADDRESS: Final = Patience(free=30, longest=300.0)
NAME: Final = Patience(free=50, longest=30.0)


@dataclass(frozen=True, slots=True)
class Strikes:
    """So many, the last at a time in seconds."""

    count: int
    last: float


def wait(strikes: Strikes | None, patience: Patience, now: float) -> float:
    """Seconds until the next try, 0 for none."""
    if strikes is None or strikes.count < patience.free or now - strikes.last >= patience.forgets:
        return 0.0
    # 2 ** 10 s is beyond every longest wait: no number grows without end.
    pause = min(patience.longest, float(2 ** min(10, strikes.count - patience.free)))
    return max(0.0, pause - max(0.0, now - strikes.last))


class Scores:
    """The strikes of all names and addresses."""

    def __init__(self) -> None:
        self._strikes: OrderedDict[tuple[str, str], Strikes] = OrderedDict()

    def wait(self, name: str, address: str, now: float) -> float:
        """Seconds until this name may be tried from this address."""
        return max(wait(self._strikes.get(key), patience, now) for key, patience in _keys(name, address))

    def strike(self, name: str, address: str, now: float) -> None:
        """A wrong password."""
        for key, patience in _keys(name, address):
            before = self._strikes.pop(key, None)
            stale = before is None or now - before.last >= patience.forgets
            self._strikes[key] = Strikes(1 if stale or before is None else before.count + 1, now)
        while len(self._strikes) > KEPT:
            self._strikes.popitem(last=False)

    def clear(self, name: str, address: str) -> None:
        """It was the right one after all, struck before it was looked at: the pair is forgiven, the address
        and the name keep what they had before."""
        for key, patience in _keys(name, address):
            known = self._strikes.pop(key, None)
            if known is not None and patience is not PAIR and known.count > 1:
                self._strikes[key] = Strikes(known.count - 1, known.last)


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, str], Patience], ...]:
    return (((name, address), PAIR), (("", address), ADDRESS), ((name, ""), NAME))
