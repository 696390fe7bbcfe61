"""The configuration as the tables the routing rules read: routes, doors, feature codes, registrar.

Only translates; expects settings that passed `checks` (a reference to nobody is a KeyError here).
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bridge.calls.events import Wish
from bridge.routing.doors import Doors, TrunkRule
from bridge.routing.feature_codes import PAUSE
from bridge.routing.hours import Calendar, Hours, read_dates, read_days, read_span
from bridge.routing.numbers import parse
from bridge.routing.plan import Route, RouteTarget
from bridge.routing.registrar import Registrar
from bridge.settings.calendar import HoursRule
from bridge.settings.sections import Settings
from bridge.settings.world import RouteRule, TargetRule


def routes(settings: Settings) -> tuple[Route, ...]:
    """The routes in the file's order, for `bridge.routing.plan.plan`."""
    when = calendar(settings)
    return tuple(_route(settings, rule, when) for rule in settings.routes)


def calendar(settings: Settings) -> Calendar:
    """The clock and the days that `hours` mean."""
    rule = settings.calendar
    return Calendar(ZoneInfo(rule.time_zone), read_dates(rule.holidays), read_dates(rule.workdays))


def doors(settings: Settings) -> Doors:
    """Who may be at the door: every trunk, and the agents that register with us."""
    return Doors(
        (
            TrunkRule(
                name,
                trunk.hosts,
                trunk.login.username if trunk.login else None,
                trunk.tls.name if trunk.tls and trunk.tls.mutual else None,
            )
            for name, trunk in settings.trunks.items()
        ),
        agents=(extension for extension, agent in settings.agents.items() if agent.names_secret),
        agent_networks=settings.sip.agent_networks,
    )


def feature_codes(settings: Settings) -> dict[str, str]:
    """Feature code -> the number it dials, or PAUSE, for `bridge.routing.feature_codes.step`."""
    routes = {rule.feature_code: rule.number for rule in settings.routes if rule.feature_code is not None}
    pause = settings.recording.pause_code
    return routes if pause is None else {**routes, pause: PAUSE}


def steering_codes(settings: Settings) -> dict[str, Wish]:
    """Feature code -> what it does with the transfer in flight."""
    own = settings.transfer
    codes: dict[Wish, str | None] = {
        "complete": own.complete_code,
        "swap": own.swap_code,
        "join": own.join_code,
        "cancel": own.cancel_code,
    }
    return {code: wish for wish, code in codes.items() if code is not None}


def keys(settings: Settings) -> list[dict[str, str | None]]:
    """The one-touch keys as pages show them: number, name, platform, feature code, mode. A number that
    several routes share (by the hour) is one key, with the first one's mode."""
    shown: dict[str, dict[str, str | None]] = {}
    for rule in settings.routes:
        if rule.key or rule.feature_code is not None:
            key = shown.setdefault(rule.number, {"number": rule.number, "name": rule.name})
            key.setdefault("platform", rule.platform)
            key.setdefault("mode", rule.mode)
            key["feature_code"] = key.get("feature_code") or rule.feature_code
    return list(shown.values())


def registrar(settings: Settings) -> Registrar:
    """The registrar with the configured limits."""
    return Registrar(settings.sip.register_min_seconds, settings.sip.register_max_seconds)


def _route(settings: Settings, rule: RouteRule, when: Calendar) -> Route:
    return Route(
        name=rule.name,
        pattern=parse(rule.number),
        sources=frozenset(rule.sources),
        platform=rule.platform,
        targets=tuple(_target(settings, rule, item) for item in rule.to),
        mode=rule.mode,
        key=rule.key or rule.feature_code is not None,
        hours=hours(rule.hours, when) if rule.hours else None,
        total_seconds=rule.total_seconds,
        emergency=rule.emergency,
        silent_danger=rule.silent_danger,
        recording=rule.recording or settings.recording.policy,
        relay=rule.relay,
    )


def recorded(settings: Settings) -> bool:
    """Whether anything may ever be recorded, so that a recorder is needed."""
    return any((rule.recording or settings.recording.policy) != "never" for rule in settings.routes)


def hours(rule: HoursRule, when: Calendar) -> Hours:
    """When it serves, on that calendar."""
    text = " ".join((*rule.days, *rule.times))
    return Hours(when, read_days(rule.days), tuple(read_span(span) for span in rule.times), text)


def _target(settings: Settings, rule: RouteRule, item: TargetRule) -> RouteTarget:
    ring = item.ring_seconds or rule.ring_seconds
    answer = item.answer_within_seconds or rule.answer_within_seconds
    if item.agent is not None:
        return RouteTarget("agent", item.agent, settings.agents[item.agent].trunk, ring, answer)
    if item.queue is not None:
        return RouteTarget("queue", item.queue, None, ring, answer)
    return RouteTarget("trunk", item.number, item.trunk, ring, answer, item.by)


def ticket_url(settings: Settings, platform: str) -> str | None:
    """Where a person reads that platform's tickets, with `{incident}`; None: it says nowhere."""
    tickets = settings.platforms[platform].tickets if platform in settings.platforms else None
    return tickets.ticket_url if tickets else None


def passwords(settings: Settings) -> dict[str, str]:
    """User name -> password, of agents that register and of trunks that log in."""
    agents = {name: agent.secret for name, agent in settings.agents.items() if agent.names_secret}
    trunks = {trunk.login.username: trunk.login.secret for trunk in settings.trunks.values() if trunk.login}
    return agents | trunks


def behind(settings: Settings) -> dict[str, str]:
    """Extension -> the trunk it is behind, of the agents whose phones are an exchange's."""
    return {name: agent.trunk for name, agent in settings.agents.items() if agent.trunk is not None}


def walled(settings: Settings) -> frozenset[str]:
    """Trunks of platforms that are reached through another one only (`via`)."""
    platforms, trunks = settings.platforms, settings.trunks.items()
    return frozenset(name for name, trunk in trunks if trunk.platform and platforms[trunk.platform].via)


def first_peer(settings: Settings) -> str | None:
    """An address we talk with: the route to it tells which of ours to show."""
    places = (place.address for trunk in settings.trunks.values() for place in trunk.places)
    return next((peer.host for peer in places if not peer.named), None)


def sample_rate(settings: Settings) -> int:
    """Hz of the voice we send to the recogniser. Ours takes 8000 whatever its model; of somebody else's we
    know nothing, and 16000 suits both kinds of model: Vosk samples down by itself, never up."""
    return settings.asr.sample_rate or (16000 if settings.asr.servers else 8000)
