"""The configuration as the tables the queues' rules read.

Only translates; expects settings that passed `checks`.
"""

from __future__ import annotations

from typing import Literal

from bridge.queues.words import Rule
from bridge.routing.plan import Target
from bridge.settings.check_waiting import OVERFLOW_ANSWER, OVERFLOW_RING
from bridge.settings.sections import Settings
from bridge.settings.waiting import QueueRule
from bridge.settings.world import TargetRule


def queues(settings: Settings) -> tuple[Rule, ...]:
    """Every queue, in the file's order."""
    return tuple(_queue(settings, name, rule) for name, rule in settings.queues.items())


def agent_codes(settings: Settings) -> dict[str, Literal["ready", "paused"]]:
    """What an agent dials -> what they want by it; none where there are no queues."""
    codes: dict[str, Literal["ready", "paused"]] = {}
    if settings.queues and settings.agent_codes.ready:
        codes[settings.agent_codes.ready] = "ready"
    if settings.queues and settings.agent_codes.paused:
        codes[settings.agent_codes.paused] = "paused"
    return codes


def _queue(settings: Settings, name: str, rule: QueueRule) -> Rule:
    return Rule(
        name=name,
        members=tuple((number, settings.agents[number].trunk) for number in rule.agents),
        priority=rule.priority,
        max_wait=float(rule.max_wait_seconds),
        most=rule.max_waiting,
        overflow=tuple(_target(settings, name, target) for target in rule.overflow),
        after_call=float(rule.after_call_seconds),
        misses=rule.missed_calls,
        first=float(rule.announce_first_seconds),
        again=float(rule.announce_every_seconds),
        words=rule.announcements,
        position=rule.announce_position,
    )


def _target(settings: Settings, queue: str, item: TargetRule) -> Target:
    """No number stands for the one the caller dialled, which the call knows (`QueueEnds`)."""
    ring, answer = item.ring_seconds or OVERFLOW_RING, item.answer_within_seconds or OVERFLOW_ANSWER
    why = f"队列 {queue} 溢出"
    if item.agent is not None:
        return Target("agent", item.agent, settings.agents[item.agent].trunk, ring, answer, why)
    return Target("trunk", item.number or "", item.trunk, ring, answer, why)
