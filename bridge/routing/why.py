"""Why no route fits, route by route, in the administrator's words. Pure; `plan` says which one does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bridge.routing.numbers import normalise
from bridge.routing.plan import ALL_AGENTS, Origin, Route, people


def misses(routes: Sequence[Route], number: str, origin: Origin, when: datetime) -> tuple[str, ...]:
    """For each route with this number, what keeps it from being followed; empty: none has the number."""
    dialled = normalise(number)
    return tuple(
        f"第 {place} 条“{route.name}”（{route.pattern.text}）：{_miss(route, origin, when)}"
        for place, route in enumerate(routes, 1)
        if route.pattern.matches(dialled)
    )


def _miss(route: Route, origin: Origin, when: datetime) -> str:
    if not route.serves(origin):
        sources = "、".join(sorted(route.sources))
        wanted = ALL_AGENTS if origin.kind == "agent" else origin.name
        return f"from 是 [{sources}]，没有{people(origin)}；要让它用，在 from 里加上 {wanted}"
    if route.hours is not None and not route.open(when):
        return f"这时不在 hours 里（{route.hours.text}）；别的时候用的路由写在它后面"
    return f"只通向{people(origin)}自己"
