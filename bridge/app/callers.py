"""Those who wait for callers, built: the queues, and the desk that calls back."""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.db import Database
from bridge.adapters.db_callbacks import CallbackTable
from bridge.adapters.queue_meter import PrometheusMeter
from bridge.app.plugs import LoopTimers
from bridge.calls.events import LegEvent
from bridge.clock import Clock
from bridge.ports import Feed
from bridge.services.callback_desk import CallbackDesk
from bridge.services.queue_desk import QueueDesk
from bridge.settings import Settings, tables_queues


def queues(
    settings: Settings,
    tell: Callable[[str, LegEvent], bool],
    reachable: Callable[[str], bool],
    clock: Clock,
    feed: Feed,
) -> QueueDesk | None:
    """The queues, where there are any."""
    if not settings.queues:
        return None
    return QueueDesk(
        tables_queues.queues(settings),
        names={number: agent.name for number, agent in settings.agents.items()},
        codes=tables_queues.agent_codes(settings),
        tell=tell,
        reachable=reachable,
        timers=LoopTimers(),
        clock=clock,
        meter=PrometheusMeter(),
        feed=feed,
    )


def callbacks(
    settings: Settings, database: Database, clock: Clock, feed: Feed, new_id: Callable[[], str]
) -> CallbackDesk:
    """The desk that keeps who spoke with nobody."""
    return CallbackDesk(
        store=CallbackTable(database),
        clock=clock,
        meter=PrometheusMeter(),
        feed=feed,
        ours=settings.agents,
        new_id=new_id,
    )
