"""Routes, their targets, and a number tried out, as the administrator's pages read them.

A dry run says what `bridge route` says, and how every trunk, phone and queue of the plan stands now; nobody
is rung.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bridge.app.house import House
from bridge.clock import Clock
from bridge.errors import NoSuchAgent, NoSuchTrunk, UnknownNumber
from bridge.routing.plan import Origin, Plan, Route, RouteTarget, Target, people, place_of, plan
from bridge.routing.standing import Standing, arrange, judge
from bridge.routing.timeline import Slot, timeline
from bridge.routing.why import misses
from bridge.settings import RouteRule, tables

Json = dict[str, Any]


class RouteBook:
    """standing: how a trunk stands; outbound: whether we can call there; reachable: whether an agent's phone
    can be rung; free: how many agents of a queue are."""

    def __init__(
        self,
        house: House,
        clock: Clock,
        *,
        standing: Callable[[str], Standing],
        state: Callable[[], dict[str, str]],
        reachable: Callable[[str], bool],
        free: Callable[[str], int],
    ) -> None:
        self._house, self._clock, self._standing, self._state = house, clock, standing, state
        self._reachable, self._free = reachable, free

    def routes(self) -> Json:
        """In the file's order; which of them serve now."""
        now, settings = self._clock.wall(), self._house.settings
        pairs = zip(settings.routes, self._house.now.routes, strict=True)
        return {
            "routes": [self._route(place, rule, route, now) for place, (rule, route) in enumerate(pairs, 1)],
            "time_zone": settings.calendar.time_zone,
        }

    def targets(self) -> list[Json]:
        """Every place some route leads to, once, with the routes that do and how it stands now."""
        found: dict[tuple[str, str, str], Json] = {}
        for route in self._house.now.routes:
            for turn, item in enumerate(route.targets, 1):
                target = _as_target(item, route)
                key = (target.kind, target.number if item.number else "", target.trunk or "")
                entry = found.setdefault(
                    key, {**self._place(target, dialled=item.number is None), "routes": []}
                )
                entry["routes"].append({"route": route.name, "turn": turn})
        return list(found.values())

    def dry_run(self, number: str, origin: Origin, at: datetime | None) -> Json:
        """What would become of this call. Raises NoSuchAgent, NoSuchTrunk for an origin that is not ours."""
        settings, routes = self._house.settings, self._house.now.routes
        if origin.kind == "agent" and origin.name not in settings.agents:
            raise NoSuchAgent(f"配置里没有{people(origin)}")
        if origin.kind == "trunk" and origin.name not in settings.trunks:
            raise NoSuchTrunk(origin.name)
        zone = tables.calendar(settings).zone
        when = self._clock.wall().astimezone(zone) if at is None else _aware(at, zone)
        head = {
            "number": number,
            "from": {"kind": origin.kind, "name": origin.name, "people": people(origin)},
            "at": when.isoformat(),
            "time_zone": settings.calendar.time_zone,
            "now": at is None,
        }
        try:
            found = plan(routes, number, origin, when)
        except UnknownNumber:
            why = misses(routes, number, origin, when)
            none = f"没有一条路由的 number 匹配 {number}；在 routes 里加一条，from 里写上{people(origin)}"
            return {**head, "found": False, "misses": list(why) or [none]}
        return {**head, "found": True, **self._planned(found)}

    # --- within -------------------------------------------------------------------------------------------

    def _planned(self, found: Plan) -> Json:
        order = arrange(found.targets, self._standing)
        slots = timeline(order, found.total_seconds)
        settings = self._house.settings
        rules = {rule.name: (place, rule) for place, rule in enumerate(settings.routes, 1)}
        place, rule = rules[found.route]
        targets = [
            self._tried(target, place, _turn(target, order), slots)
            for place, target in enumerate(found.targets, 1)
        ]
        return {
            "route": self._route(place, rule, self._house.now.routes[place - 1], None),
            "platform_name": settings.platforms[found.platform].name,
            "why": found.targets[0].reason.partition("，第 1 个目标")[0],
            "targets": sorted(targets, key=lambda each: each["turn"] or len(targets) + each["place"]),
            "seconds": max(slot.ends for slot in slots),
        }

    def _tried(self, target: Target, place: int, turn: int | None, slots: Sequence[Slot]) -> Json:
        """One target: when it is its turn, or why not. place: as in the file; turn: as tried now."""
        slot, now = slots[turn - 1] if turn else None, self._place(target)
        skipped = "" if slot is not None else f"不试：{now['note'] or '没有空闲的线路'}"
        if slot is not None and not slot.reached:
            skipped = "不会试到：前面的目标用完了 total_seconds"
        return {
            **now,
            "turn": turn,
            "place": place,
            "ring_seconds": target.ring_seconds,
            "answer_within_seconds": target.answer_within_seconds,
            "begins": slot.begins if slot else None,
            "dead_at": slot.dead_at if slot else None,
            "ends": slot.ends if slot else None,
            "why_not": skipped,
        }

    def _place(self, target: Target, *, dialled: bool = False) -> Json:
        """A target and how it stands: health is good, down, full or unknown."""
        standing = self._standing(target.trunk) if target.trunk else Standing()
        health, note = judge(target, standing) if target.trunk else self._people(target)
        state = self._state().get(target.trunk or "", "")
        return {
            "kind": target.kind,
            "number": "" if dialled else target.number,
            "trunk": target.trunk,
            "by": target.by,
            "text": f"中继 {target.trunk} 上所拨的号码" if dialled and target.trunk else place_of(target),
            "health": "unknown" if health == "good" and state == "unprobed" else health,
            "note": note.lstrip("；"),
            "calls": standing.used if target.trunk else None,
            "channels": standing.channels,
            "reserved": standing.reserved,
        }

    def _people(self, target: Target) -> tuple[str, str]:
        if target.kind == "queue":
            free = self._free(target.number)
            return ("good", f"{free} 名话务员空闲") if free else ("full", "现在没有空闲的话务员，来电要排队")
        if self._reachable(target.number):
            return "good", "话机注册着"
        return "down", "没有话机注册：马上换下一个目标"

    def _route(self, place: int, rule: RouteRule, route: Route, now: datetime | None) -> Json:
        settings = self._house.settings
        return {
            "place": place,
            "name": rule.name,
            "number": rule.number,
            "from": list(rule.sources),
            "platform": rule.platform,
            "platform_name": settings.platforms[rule.platform].name,
            "via": settings.platforms[rule.platform].via,
            "mode": rule.mode,
            "key": route.key,
            "feature_code": rule.feature_code,
            "hours": route.hours.text if route.hours else "",
            "open": now is None or route.open(now),
            "emergency": rule.emergency,
            "silent_danger": rule.silent_danger,
            "recording": route.recording,
            "relay": rule.relay,
            "ring_seconds": rule.ring_seconds,
            "total_seconds": rule.total_seconds,
            "to": [place_of(_as_target(item, route)) for item in route.targets],
        }


def _as_target(item: RouteTarget, route: Route) -> Target:
    number = item.number or route.pattern.literal or route.pattern.text
    return Target(
        item.kind, number, item.trunk, item.ring_seconds, item.answer_within_seconds,
        emergency=route.emergency, by=item.by,
    )  # fmt: skip


def _turn(target: Target, order: Sequence[Target]) -> int | None:
    """Where it stands in the order of now, which may have added to its reason; None: it is not tried."""
    turns = (turn for turn, each in enumerate(order, 1) if each.reason.startswith(target.reason))
    return next(turns, None)


def _aware(at: datetime, zone: Any) -> datetime:
    return at.astimezone(zone) if at.tzinfo else at.replace(tzinfo=zone)
