"""The trunks as they are now: their addresses, whether these live, how many calls are on each.

What that means for a plan is `routing.standing`'s rule, what a probe means `routing.health`'s; here is only
what they are asked about. Probes and names are adapters'; calls tell which legs are on which trunk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bridge.frozen import replace
from bridge.routing import health
from bridge.routing.addresses import Place, ordered
from bridge.routing.health import Health
from bridge.routing.plan import Plan
from bridge.routing.standing import Standing, arrange

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """A trunk as configured. outbound: we call out on it. places: numeric ones; names add theirs by `learn`.
    probe_seconds None: nobody asks whether it lives, so it counts as alive."""

    label: str = ""
    outbound: bool = True
    places: tuple[Place, ...] = ()
    channels: int | None = None
    reserved: int = 0
    probe_seconds: float | None = None


INBOUND: Final = Line(outbound=False)


def _not_told(_name: str, _up: bool) -> None:
    """Nobody wants to know."""


class Trunks:
    """lines: by name; chance: 0 <= x < 1; on_change: told when a trunk dies or comes back."""

    def __init__(
        self,
        lines: Mapping[str, Line],
        chance: Callable[[], float] = lambda: 0.0,
        on_change: Callable[[str, bool], None] = _not_told,
    ) -> None:
        self._lines, self._chance, self._on_change = dict(lines), chance, on_change
        self._places = {name: line.places for name, line in lines.items()}
        self._health: dict[tuple[str, Place], Health] = {}
        self._trunk_of: dict[str, str] = {}
        self._used: Counter[str] = Counter()
        self._dead: set[str] = set()

    def renew(self, lines: Mapping[str, Line], drained: Collection[str] = ()) -> None:
        """Other trunks from now on. What is known of addresses that stay stays. drained: trunks that are gone
        but not for calls that are there: their addresses are kept."""
        before, self._lines = self._lines, dict(lines)
        for name, line in lines.items():
            if line.probe_seconds is None:  # nobody asks any more: it counts as alive
                self._health = {key: each for key, each in self._health.items() if key[0] != name}
            if name not in before or line.places != before[name].places:
                self.learn(name, line.places)
            self._tell(name)
        for name in self._places.keys() - lines.keys() - set(drained):
            self.learn(name, ())
            del self._places[name]
        self._dead &= lines.keys()

    # --- addresses and their health ---------------------------------------------------------------------

    def places(self, trunk: str) -> tuple[Place, ...]:
        """All addresses known now."""
        return self._places.get(trunk, ())

    def at(self, host: str) -> str | None:
        """The trunk that has this address now."""
        trunks = self._places.items()
        return next((name for name, places in trunks if any(place.host == host for place in places)), None)

    def learn(self, trunk: str, places: Iterable[Place]) -> None:
        """These are its addresses now; of those that stay, what is known of them stays."""
        self._places[trunk] = tuple(places)
        gone = [key for key in self._health if key[0] == trunk and key[1] not in self._places[trunk]]
        for key in gone:
            del self._health[key]
        self._tell(trunk)

    def heard(self, trunk: str, place: Place, *, answered: bool) -> float:
        """A probe has ended; seconds until the next one."""
        before = self._health.get((trunk, place), Health())
        now = health.step(before, answered=answered)
        if place in self.places(trunk):
            self._health[trunk, place] = now
        if now.state is not before.state:
            log.info(
                "trunk.address", trunk=trunk, address=written(place), change=f"{before.state} -> {now.state}"
            )
        self._tell(trunk)
        return health.wait(now, self._lines.get(trunk, INBOUND).probe_seconds or 0.0)

    def order(self, trunk: str) -> tuple[Place, ...]:
        """The addresses for one call, those that live first."""
        places = self.places(trunk)
        if len(places) < 2:
            return places
        return tuple(sorted(ordered(places, self._chance), key=lambda place: not self._lives(trunk, place)))

    def up(self, trunk: str) -> bool:
        """Whether some address of it lives; True for one that nobody probes."""
        places = self.places(trunk)
        if not places:
            return not self._lines.get(trunk, INBOUND).outbound
        return any(self._lives(trunk, place) for place in places)

    def _lives(self, trunk: str, place: Place) -> bool:
        return self._health.get((trunk, place), Health()).usable

    def _tell(self, trunk: str) -> None:
        up = self.up(trunk)
        if up is (trunk not in self._dead):
            return
        (self._dead.discard if up else self._dead.add)(trunk)
        if up:
            log.info("trunk.up", trunk=trunk)
        else:
            log.error("trunk.down", trunk=trunk, advice="对方不答 OPTIONS；呼叫先走路由里的下一个目标")
        self._on_change(trunk, up)

    # --- calls on it ------------------------------------------------------------------------------------

    def take(self, leg: str, trunk: str, *, emergency: bool) -> bool:
        """A leg of ours goes out there; False: no channel is left for it."""
        if not self.standing(trunk).room(emergency=emergency):
            log.warning("trunk.full", trunk=trunk, leg=leg, used=self._used[trunk])
            return False
        self.note(leg, trunk)
        return True

    def note(self, leg: str, trunk: str) -> None:
        """A leg came in from there; it has its channel already."""
        self.free(leg)
        self._trunk_of[leg] = trunk
        self._used[trunk] += 1

    def free(self, leg: str) -> None:
        """The leg is gone. Harmless for one that is on no trunk."""
        trunk = self._trunk_of.pop(leg, None)
        if trunk is not None:
            self._used[trunk] -= 1

    def trunk_of(self, leg: str) -> str | None:
        """The trunk a leg is on."""
        return self._trunk_of.get(leg)

    def used(self, trunk: str) -> int:
        """Calls on it."""
        return self._used[trunk]

    def drained(self) -> tuple[str, ...]:
        """Trunks that are gone, with calls on them still."""
        return tuple(name for name, count in self._used.items() if count and name not in self._lines)

    # --- what it means ----------------------------------------------------------------------------------

    def standing(self, trunk: str) -> Standing:
        """How it stands now."""
        line = self._lines.get(trunk, INBOUND)
        return Standing(trunk not in self._dead, self._used[trunk], line.channels, line.reserved)

    def arrange(self, plan: Plan) -> Plan:
        """The plan with its targets in the order to try them now."""
        targets = arrange(plan.targets, self.standing)
        return plan if targets == plan.targets else replace(plan, targets=targets)

    def status(self) -> list[dict[str, Any]]:
        """For pages. state: up, down, unprobed (nobody asks), inbound (it only calls us)."""
        return [self._view(name, line) for name, line in self._lines.items()]

    def _view(self, name: str, line: Line) -> dict[str, Any]:
        places = self.places(name)
        return {
            "name": name,
            "label": line.label,
            "state": self._state(name, line),
            "addresses": [
                {"address": written(place), "state": self._health.get((name, place), Health()).state.value}
                for place in places
            ],
            "calls": self._used[name],
            "channels": line.channels,
            "reserved": line.reserved,
        }

    def _state(self, name: str, line: Line) -> str:
        if name in self._dead:
            return "down"
        if not line.outbound:
            return "inbound"
        return "unprobed" if line.probe_seconds is None else "up"


def written(place: Place) -> str:
    """As logs and pages show it."""
    host = f"[{place.host}]" if ":" in place.host else place.host
    return f"{place.transport}:{host}:{place.port}"
