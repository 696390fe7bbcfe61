"""The harassment section of the configuration as the services that screen callers want it."""

from __future__ import annotations

from bridge.routing.harassment import Rule
from bridge.routing.numbers import parse
from bridge.routing.plan import Target
from bridge.services.screening import Policy
from bridge.settings import HarassmentRule, Settings, TargetRule

RING_SECONDS = 30
ANSWER_WITHIN_SECONDS = 4
"""Of a target that says neither, as in routes."""


def policy(settings: Settings) -> Policy:
    """What is done about whom."""
    section = settings.harassment
    return Policy(
        rules=tuple(_rule(rule) for rule in section.rules),
        allowed=Rule("", "limit", calls=section.limit_calls + 1, window=section.limit_window_seconds),
        divert_to=tuple(_target(settings, item) for item in section.divert_to),
        announce=section.answer == "announce",
        warn_caller=section.warn_caller,
    )


def _rule(rule: HarassmentRule) -> Rule:
    pattern = parse(rule.number) if rule.number is not None else None
    return Rule(rule.name, rule.then, pattern, rule.calls, rule.window_seconds)


def _target(settings: Settings, item: TargetRule) -> Target:
    ring, answer = item.ring_seconds or RING_SECONDS, item.answer_within_seconds or ANSWER_WITHIN_SECONDS
    why = "骚扰号码改由专人接听（harassment.divert_to）"
    if item.agent is not None:
        return Target("agent", item.agent, settings.agents[item.agent].trunk, ring, answer, why)
    if item.queue is not None:
        return Target("queue", item.queue, None, ring, answer, why)
    return Target("trunk", item.number or "", item.trunk, ring, answer, why)
