"""The desk of deadlines, built: who outside is told, and by which doors."""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.db import Database
from bridge.adapters.db_deadlines import DeadlineTable
from bridge.adapters.deadline_meter import PrometheusDeadlines
from bridge.app.plugs import LoopTimers
from bridge.clock import Clock
from bridge.handling.hooks import ADDRESS, Hooks
from bridge.handling.path import Parties
from bridge.handling.timetable import Timetable
from bridge.ports import Feed
from bridge.services.deadline_desk import DeadlineDesk, Urge
from bridge.settings import Settings, tables_deadlines
from bridge.settings.partners import Tickets


def desk(
    settings: Settings,
    *,
    database: Database,
    timetable: Timetable,
    parties: Parties,
    pushed: Callable[[str], None],
    urge: Urge,
    clock: Clock,
    feed: Feed,
) -> DeadlineDesk:
    """pushed: something new is in the outbox for a platform or hook; urge: has a deed done."""
    return DeadlineDesk(
        store=DeadlineTable(database, clock, pushed),
        timetable=timetable,
        warnings=tables_deadlines.warnings(settings),
        hooks=hooks(settings, parties),
        urge=urge,
        clock=clock,
        timers=LoopTimers(),
        feed=feed,
        meter=PrometheusDeadlines(),
    )


def renew(desk: DeadlineDesk, settings: Settings, timetable: Timetable, parties: Parties) -> None:
    """Other rules and hooks from now on; deadlines that were set stay as they were told."""
    desk.timetable, desk.warnings = timetable, tables_deadlines.warnings(settings)
    desk.hooks = hooks(settings, parties)


def hooks(settings: Settings, parties: Parties) -> Hooks:
    """Who outside is told, as configured."""
    written = settings.deadlines.hooks
    return Hooks(
        partner=frozenset(word for hook in written if hook.to == "partner" for word in hook.on),
        webhooks={hook.name: frozenset(hook.on) for hook in written if hook.name is not None},
        own=parties.own,
        doors=frozenset(name for name, each in settings.platforms.items() if each.tickets is not None),
    )


def doors(settings: Settings) -> dict[str, Tickets]:
    """The webhooks' doors, by what stands in the outbox where platforms' names do."""
    written = settings.deadlines.hooks
    return {f"{ADDRESS}{hook.name}": hook.door for hook in written if hook.door is not None}
