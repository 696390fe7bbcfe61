"""The key board: the one-touch keys as pages show them, with what is known before anybody presses one:
whether the line there lives, how long the queue is where they lead into one of ours, whether the other
platform takes papers.

All of it changes by itself, so it looks every two seconds while somebody listens, and tells when a key looks
different. Knows the routes and what it is handed to ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import structlog

from bridge.clock import Clock
from bridge.ports import Feed
from bridge.routing.plan import ALL_AGENTS, Route
from bridge.routing.standing import Standing, key_route, key_state

_LOG = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 2.0
WAIT_STEP: Final = 10
"""Seconds in which a queue's longest wait is told: finer ones would make every key new every second."""

Json = dict[str, Any]


class KeyBoard:
    """keys: as configured (number, name, platform, mode, feature_code); standing: of a trunk; queues: the
    queues' view, {} without any; partners: how each platform's ticket door stands; doors: platform -> the one
    that takes its papers (itself, or the one it is reached through); status: the pages' status line."""

    def __init__(
        self,
        keys: Sequence[Mapping[str, Any]],
        routes: Sequence[Route],
        *,
        standing: Callable[[str], Standing],
        queues: Callable[[], Json],
        partners: Callable[[], Iterable[Json]],
        doors: Mapping[str, str],
        status: Callable[[], Json],
        clock: Clock,
        feed: Feed,
    ) -> None:
        self._standing, self._queues, self._partners = standing, queues, partners
        self.renew(keys, routes, doors)
        self._status, self._clock, self._feed = status, clock, feed
        self._told: list[Json] = []
        self._task: asyncio.Task[None] | None = None

    def renew(
        self, keys: Sequence[Mapping[str, Any]], routes: Sequence[Route], doors: Mapping[str, str]
    ) -> None:
        """Other keys from now on."""
        self._keys, self._routes, self._doors = keys, routes, dict(doors)

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="keys")

    async def stop(self) -> None:
        """End. Twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def view(self) -> list[Json]:
        """Every key as it is now. Returns at once."""
        queues = {each["name"]: each for each in self._queues().get("queues", ())}
        partners = {each["platform"]: each for each in self._partners()}
        return [self._key(key, queues, partners) for key in self._keys]

    def look(self) -> None:
        """Tell, if a key looks different."""
        if self.view() != self._told:
            self.tell()

    def tell(self) -> None:
        """All keys, as they are now."""
        self._told = self.view()
        self._feed.publish({"type": "keys", "keys": self._told, "status": self._status()})

    def _key(self, key: Mapping[str, Any], queues: Mapping[str, Json], partners: Mapping[str, Json]) -> Json:
        now, number = self._clock.wall(), str(key["number"])
        route = key_route(self._routes, number, now)
        door = self._doors.get(str(key["platform"]), "")
        return {
            **key,
            "state": key_state(self._routes, number, now, self._standing),
            "for_agents": self._for_agents(number),
            "trunks": [] if route is None else self._trunks(route),
            "queue": None if route is None else _queue(route, queues),
            "partner": _partner(partners.get(door)),
        }

    def _for_agents(self, number: str) -> bool:
        """Whether an agent may press it; the others are for exchanges only."""
        mine = (route for route in self._routes if route.key and route.pattern.literal == number)
        return any(ALL_AGENTS in route.sources for route in mine)

    def _trunks(self, route: Route) -> list[Json]:
        """The lines it goes by, in the order they are tried."""
        names = dict.fromkeys(target.trunk for target in route.targets if target.trunk)
        now = {name: self._standing(name) for name in names}
        return [
            {"name": name, "up": each.up, "room": each.room(emergency=route.emergency)}
            for name, each in now.items()
        ]

    async def _run(self) -> None:
        while True:
            try:
                if self._feed.heard:
                    self.look()
            except Exception:  # whatever it is, the keys are looked at again
                _LOG.exception("the keys can't be looked at")
            await asyncio.sleep(EVERY_SECONDS)


def _queue(route: Route, queues: Mapping[str, Json]) -> Json | None:
    """The queue of ours it leads into first, None for none. ready: agents who could take the call now."""
    name = next((target.number for target in route.targets if target.kind == "queue"), None)
    found = queues.get(name or "")
    if found is None:
        return None
    wait = int(found["longest_wait"]) // WAIT_STEP * WAIT_STEP
    ready = found["agents"]["ready"]
    return {"name": name, "waiting": found["waiting"], "longest_wait": wait, "ready": ready}


def _partner(found: Json | None) -> Json | None:
    """Whether papers arrive there; None: that platform takes none from us."""
    if found is None:
        return None
    return {"platform": found["platform"], "state": found["state"], "waiting": found["waiting"]}
