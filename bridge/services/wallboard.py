"""The queues' wallboard: what each queue has counted, and what meters and pages are shown of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from bridge.clock import Clock
from bridge.ports import Feed, QueueMeter
from bridge.queues.figures import Figures, Outcome, note
from bridge.queues.hall import Hall
from bridge.queues.words import Rule, Waiting
from bridge.services.queue_view import queues_view


class Wallboard:
    """names: what agents are called; reachable: agents whose phone can be rung now."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        names: Mapping[str, str],
        reachable: Callable[[], Collection[str]],
        *,
        clock: Clock,
        meter: QueueMeter,
        feed: Feed,
    ) -> None:
        self._names, self._reachable = names, reachable
        self._clock, self._meter, self._feed = clock, meter, feed
        self._figures: dict[str, Figures] = {one.name: Figures() for one in rules}

    def renew(self, rules: tuple[Rule, ...], names: Mapping[str, str]) -> None:
        """Other queues, other names; what was counted stays."""
        self._names = names
        self._figures = {**{one.name: Figures() for one in rules}, **self._figures}

    def count(self, caller: Waiting, outcome: Outcome) -> None:
        """A caller's wait is over. Those taken back were counted when they first came."""
        if caller.ahead:
            return
        waited = self._clock.monotonic() - caller.since
        at = self._clock.wall().timestamp()
        self._figures[caller.queue] = note(self._figures[caller.queue], outcome, at, waited)
        self._meter.counted(caller.queue, outcome, waited)

    def show(self, hall: Hall) -> None:
        """The hall as it is now, to whoever looks."""
        for name in hall.rules:
            self._meter.waiting(name, sum(one.queue == name for one in hall.waiting))
        if self._feed.heard:
            self._feed.publish({"type": "queues", **self.view(hall)})

    def view(self, hall: Hall) -> dict[str, Any]:
        """Queues and agents as pages and programs read them."""
        return queues_view(hall, self._figures, self._names, self._reachable(), self._clock)
