"""Queues and their agents as pages and programs read them: plain JSON values. Pure but for the clock handed
in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from bridge.clock import Clock
from bridge.queues.agents import Agent, State, state
from bridge.queues.figures import Figures, Minute, total
from bridge.queues.hall import Hall
from bridge.queues.words import Waiting


def queues_view(
    hall: Hall,
    figures: Mapping[str, Figures],
    names: Mapping[str, str],
    reachable: Collection[str],
    clock: Clock,
) -> dict[str, Any]:
    """{"queues": […], "agents": […]}; times in seconds, rates 0..1 or None."""
    now = clock.monotonic()
    return {
        "queues": [_queue(hall, name, figures[name], reachable, clock) for name in hall.rules],
        "agents": [_agent(hall, one, names, reachable, now) for one in hall.agents.values()],
    }


def _queue(
    hall: Hall, name: str, figures: Figures, reachable: Collection[str], clock: Clock
) -> dict[str, Any]:
    now = clock.monotonic()
    waiting = [one for one in hall.waiting if one.queue == name]
    doing = [_doing(hall.agents[number], reachable, now) for number, _ in hall.rules[name].members]
    return {
        "name": name,
        "waiting": len(waiting),
        "longest_wait": round(max((now - one.since for one in waiting), default=0.0), 1),
        "agents": {each: doing.count(each) for each in (*State, "away")},
        "callers": [_caller(hall, one, now) for one in waiting],
        **day_and_hour(figures, clock),
    }


def day_and_hour(figures: Figures, clock: Clock) -> dict[str, Any]:
    """The totals since midnight of this machine's time zone, and of the last 60 minutes."""
    now = clock.wall()
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "today": totals_view(total(figures, midnight.timestamp())),
        "hour": totals_view(total(figures, (now - timedelta(hours=1)).timestamp())),
    }


def totals_view(found: Minute) -> dict[str, Any]:
    """Counts and rates of a stretch of time."""
    return {
        "offered": found.offered,
        "answered": found.answered,
        "abandoned": found.abandoned,
        "overflowed": found.overflowed,
        "answer_rate": _rate(found.answer_rate),
        "abandon_rate": _rate(found.abandon_rate),
        "average_wait": round(found.waited / found.answered, 1) if found.answered else 0.0,
        "longest_wait": round(found.longest, 1),
    }


def _rate(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _caller(hall: Hall, one: Waiting, now: float) -> dict[str, Any]:
    return {
        "call": one.call,
        "waited": round(now - one.since, 1),
        "ahead": hall.ahead_of(one),
        "recalled": one.ahead,
        "offered": one.offered,
    }


def _agent(
    hall: Hall, agent: Agent, names: Mapping[str, str], reachable: Collection[str], now: float
) -> dict[str, Any]:
    return {
        "number": agent.number,
        "name": names.get(agent.number, ""),
        "state": _doing(agent, reachable, now),
        "paused": agent.paused,
        "queues": [
            name for name, rule in hall.rules.items() if agent.number in {each for each, _ in rule.members}
        ],
    }


def _doing(agent: Agent, reachable: Collection[str], now: float) -> str:
    """Their state; `away` when they would be ready but their phone cannot be rung."""
    found = state(agent, now)
    return "away" if found is State.READY and agent.number not in reachable else found.value
