"""Supervisors who listen in, built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.adapters.supervision_meter import PrometheusSupervisionMeter
from bridge.app.calls import CallSide
from bridge.clock import Clock
from bridge.ports import Feed
from bridge.routing.plan import Origin, Target
from bridge.services.audit_desk import AuditDesk
from bridge.services.supervision import House, Supervision
from bridge.services.watches import Watches
from bridge.settings import Settings

ANSWER_WITHIN: Final = 4
"""Seconds without any sign of life after which a supervisor's telephone counts as dead, as routes have it."""


def supervision(
    settings: Callable[[], Settings],
    calls: CallSide,
    *,
    home: Callable[[Origin], str | None],
    audit: AuditDesk,
    clock: Clock,
    feed: Feed,
) -> Supervision:
    """The desk, and its watches among the switchboard's witnesses. settings: those in use."""
    watches = Watches(audit, clock, feed, PrometheusSupervisionMeter())
    calls.switchboard.witnesses.join(watches)
    rules = House(
        lambda extension: phone(settings(), extension),
        calls.reachable,
        home,
        settings().supervision.most_per_call,
    )
    return Supervision(calls.switchboard, rules, watches)


def phone(settings: Settings, extension: str) -> Target | None:
    """How a supervisor's telephone is rung: a supervisor's extension stands among the agents' in the
    configuration."""
    agent = settings.agents.get(extension)
    if agent is None:
        return None
    ring = settings.supervision.ring_seconds
    return Target("agent", extension, agent.trunk, ring, min(ring, ANSWER_WITHIN), "班长接入")
