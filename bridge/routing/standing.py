"""How a trunk stands (alive? a channel free?), and what that makes of a plan's targets.

Pure. A dead trunk's targets go last, each with the reason: if everything else fails they are tried all the
same, for a probe may be wrong and a caller may not be lost to it. A full trunk's targets are passed over,
unless nothing else is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bridge.frozen import quick, replace
from bridge.routing.plan import Route, RouteTarget, Target


@quick
@dataclass(frozen=True, slots=True)
class Standing:
    """One trunk now. channels: calls it carries at once, None: as many as come; reserved: of these, those
    for emergency targets only; used: calls on it."""

    up: bool = True
    used: int = 0
    channels: int | None = None
    reserved: int = 0

    def room(self, *, emergency: bool) -> bool:
        """Whether another call of ours may go there."""
        if self.channels is None:
            return True
        return self.used < self.channels - (0 if emergency else self.reserved)


GOOD = Standing()


def arrange(targets: Sequence[Target], standing: Callable[[str], Standing]) -> tuple[Target, ...]:
    """The targets in the order to try them now. Never empty if `targets` is not."""
    sorted_out: dict[str, list[Target]] = {"good": [], "down": [], "full": []}
    for target in targets:
        kind, note = judge(target, standing(target.trunk) if target.trunk else GOOD)
        sorted_out[kind].append(replace(target, reason=target.reason + note) if note else target)
    usable = (*sorted_out["good"], *sorted_out["down"])
    return usable or tuple(sorted_out["full"])


def key_state(
    routes: Sequence[Route], number: str, when: datetime, standing: Callable[[str], Standing]
) -> Literal["up", "down", "closed"]:
    """What the key to this number shows: down: every target of the route it leads to at `when` is at a dead
    trunk; closed: no route serves at that time."""
    route = key_route(routes, number, when)
    if route is None:
        return "closed"
    return "down" if dead(route.targets, standing) else "up"


def key_route(routes: Sequence[Route], number: str, when: datetime) -> Route | None:
    """Where the key to this number leads at `when`; None: no route serves then."""
    routes_of_it = (route for route in routes if route.key and route.pattern.literal == number)
    return next((route for route in routes_of_it if route.open(when)), None)


def dead(targets: Sequence[Target | RouteTarget], standing: Callable[[str], Standing]) -> bool:
    """Whether every one is at a dead trunk: the key says so."""
    return bool(targets) and all(target.trunk and not standing(target.trunk).up for target in targets)


def judge(target: Target, now: Standing) -> tuple[str, str]:
    """good, down or full; and what people are told of it, Chinese, "" where all is well."""
    if not now.room(emergency=target.emergency):
        kept = f"，其中 {now.reserved} 路留给紧急方向" if now.reserved and not target.emergency else ""
        return "full", f"；中继 {target.trunk} 已满（{now.used}/{now.channels} 路{kept}），先不试"
    if not now.up:
        return "down", f"；中继 {target.trunk} 不通（探测没有应答），排到最后"
    return "good", ""
