"""From a dialled number to the ordered places to try, each with its reason in the administrator's words.

First route that fits wins, in the file's order; a route's targets are tried in theirs. Pure: the time comes
in as an argument, numbers are text, trunks and agents are names. Knows nothing of legs or of what happens
when a target fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from bridge.errors import UnknownNumber
from bridge.frozen import quick, replace
from bridge.routing.hours import Hours
from bridge.routing.numbers import LONGEST, Pattern, normalise

Mode = Literal["direct", "conference", "consult"]
"""How the recipient is joined; what each means is `bridge.calls.transfer`'s."""

TargetKind = Literal["agent", "trunk", "queue"]
"""What a target is: an agent, a number at a trunk, a queue of ours."""

SilentDanger = Literal["never", "auto", "always"]
"""A caller in danger who must not be heard to call: whether nothing on the line may betray them. `always`:
from the first second; `auto`: from when they say nothing, or press a key instead."""

RecordPolicy = Literal["always", "from-transfer", "on-demand", "never"]
"""What is recorded. always: from the first word to an agent; from-transfer: from the press of the key;
on-demand: when somebody starts it; never: not even then."""

Relay = Literal["own", "rtpengine"]
"""Who relays the voice of a call that is only passed on: we, or a running rtpengine."""

ALL_AGENTS: Final = "agents"
"""In a route's `sources`: any agent of ours."""


class Origin(NamedTuple):
    """Who asks: ("trunk", name) or ("agent", extension)."""

    kind: Literal["trunk", "agent"]
    name: str


By = Literal["dial", "refer"]
"""How a target is reached: we call it, or ask the exchange to."""


@quick
@dataclass(frozen=True, slots=True)
class Target:
    """One place to try.

    kind "agent": extension `number`, at its registered phone, or behind the exchange at `trunk`. kind
    "trunk": `number` at `trunk`. kind "queue": the queue named `number`. ring_seconds: longest ringing (in a
    queue, of each agent), 1..180. answer_within_seconds: without any response for so long the target counts
    as dead, 1..32. reason: why it is tried, Chinese, for people. emergency: it may use what a trunk keeps in
    reserve. replaces: the dialog there whose place our call shall take (RFC 3891), "" for none.
    by: "refer" where the exchange at `trunk` shall move a caller that came by it to `number` itself.
    """

    kind: TargetKind
    number: str
    trunk: str | None
    ring_seconds: int
    answer_within_seconds: int
    reason: str = ""
    emergency: bool = False
    replaces: str = ""
    by: By = "dial"


@dataclass(frozen=True, slots=True)
class RouteTarget:
    """A target as configured: `number` None stands for the number that was dialled."""

    kind: TargetKind
    number: str | None
    trunk: str | None
    ring_seconds: int
    answer_within_seconds: int
    by: By = "dial"


@dataclass(frozen=True, slots=True)
class Route:
    """A configured route. `sources`: trunk names, and ALL_AGENTS for every agent. hours None: always.

    total_seconds: all targets together may take so long, None: as long as they take. emergency: of its
    targets (see Target).
    """

    name: str
    pattern: Pattern
    sources: frozenset[str]
    platform: str
    targets: tuple[RouteTarget, ...]
    mode: Mode = "direct"
    key: bool = False
    silent_danger: SilentDanger = "never"
    hours: Hours | None = None
    total_seconds: int | None = None
    emergency: bool = False
    recording: RecordPolicy = "never"
    relay: Relay = "own"

    def serves(self, origin: Origin) -> bool:
        """Whether `origin` is one of the sources."""
        if origin.kind == "agent":
            return ALL_AGENTS in self.sources
        return origin.name != ALL_AGENTS and origin.name in self.sources

    def open(self, when: datetime) -> bool:
        """Whether it serves at `when` (aware)."""
        return self.hours is None or self.hours.serve(when)


@quick
@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for one number: the route that won, and its targets in order (at least one).

    key: the route is a one-touch key, so following it is a transfer. total_seconds, emergency: as the
    route's.
    """

    route: str
    number: str
    platform: str
    mode: Mode
    targets: tuple[Target, ...]
    key: bool = False
    silent_danger: SilentDanger = "never"
    total_seconds: int | None = None
    emergency: bool = False
    recording: RecordPolicy = "never"
    relay: Relay = "own"


def plan(routes: Sequence[Route], number: str, origin: Origin, when: datetime) -> Plan:
    """The plan for `number` asked for by `origin` at `when` (aware).

    An agent is never rung by their own call. Raises UnknownNumber if no route fits or nobody is left.
    """
    dialled = normalise(number)
    for place, route in enumerate(routes, 1):
        if route.serves(origin) and route.pattern.matches(dialled) and route.open(when):
            return _follow(route, place, dialled, origin)
    raise UnknownNumber(f"没有路由：号码 {dialled[:LONGEST]}，来自{people(origin)}")


def reachable(routes: Sequence[Route], origin: Origin) -> tuple[Route, ...]:
    """The one-touch keys `origin` may press, in the file's order."""
    return tuple(route for route in routes if route.key and route.serves(origin))


def _follow(route: Route, place: int, dialled: str, origin: Origin) -> Plan:
    targets = [_target(route, item, dialled) for item in route.targets]
    others = [item for item in targets if not _is_self(item, origin)]
    if not others:
        raise UnknownNumber(f"路由“{route.name}”只通向{people(origin)}自己")
    why = f"第 {place} 条路由“{route.name}”，{route.pattern.text} 匹配 {dialled}，来自{people(origin)}"
    why += f"，时段 {route.hours.text}" if route.hours else ""
    return Plan(
        route=route.name,
        number=dialled,
        platform=route.platform,
        mode=route.mode,
        targets=tuple(
            replace(item, reason=f"{why}，第 {turn} 个目标：{place_of(item)}")
            for turn, item in enumerate(others, 1)
        ),
        key=route.key,
        silent_danger=route.silent_danger,
        total_seconds=route.total_seconds,
        emergency=route.emergency,
        recording=route.recording,
        relay=route.relay,
    )


def _target(route: Route, item: RouteTarget, dialled: str) -> Target:
    number, ring, answer = item.number or dialled, item.ring_seconds, item.answer_within_seconds
    return Target(item.kind, number, item.trunk, ring, answer, emergency=route.emergency, by=item.by)


def _is_self(target: Target, origin: Origin) -> bool:
    return target.kind == "agent" and origin == Origin("agent", target.number)


def people(origin: Origin) -> str:
    """Who asks, in Chinese."""
    return f"话务员 {origin.name}" if origin.kind == "agent" else f"中继 {origin.name}"


def place_of(target: Target) -> str:
    """Where a target is, in Chinese."""
    if target.kind == "trunk":
        return f"中继 {target.trunk} 上的 {target.number}" + ("（请对方转）" if target.by == "refer" else "")
    if target.kind == "queue":
        return f"排队 {target.number}"
    return f"话务员 {target.number}" + (f"（在中继 {target.trunk} 后面）" if target.trunk else "")
