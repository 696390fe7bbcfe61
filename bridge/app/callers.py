"""Those who wait for callers, built: the queues, the desk that calls back, the one that minds silence."""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.db import Database
from bridge.adapters.db_callbacks import CallbackTable
from bridge.adapters.db_pauses import PauseTable
from bridge.adapters.queue_meter import PrometheusMeter
from bridge.app.house import House
from bridge.app.plugs import LoopTimers
from bridge.calls.call import Call
from bridge.calls.events import Hushes, LegEvent
from bridge.calls.silence import State
from bridge.clock import Clock
from bridge.ports import Feed
from bridge.queues.figures import Outcome
from bridge.services.callback_desk import CallbackDesk
from bridge.services.papers import Papers
from bridge.services.pauses import Pauses
from bridge.services.queue_desk import QueueDesk
from bridge.services.records import Records
from bridge.services.silence_desk import SilenceDesk
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
        names=_names(settings),
        codes=tables_queues.agent_codes(settings),
        tell=tell,
        reachable=reachable,
        timers=LoopTimers(),
        clock=clock,
        meter=PrometheusMeter(),
        feed=feed,
    )


def renew_queues(desk: QueueDesk, settings: Settings) -> None:
    """Other rules, members and names from now on."""
    desk.renew(tables_queues.queues(settings), _names(settings), tables_queues.agent_codes(settings))


def _names(settings: Settings) -> dict[str, str]:
    return {number: agent.name for number, agent in settings.agents.items()}


def pauses(database: Database, desk: QueueDesk) -> Pauses:
    """What remembers who takes no calls."""
    return Pauses(PauseTable(database), desk)


def callbacks(
    settings: Settings,
    database: Database,
    clock: Clock,
    feed: Feed,
    new_id: Callable[[], str],
    counted: Callable[[str, Outcome, float], None],
) -> CallbackDesk:
    """The desk that keeps who spoke with nobody."""
    return CallbackDesk(
        store=CallbackTable(database),
        clock=clock,
        meter=PrometheusMeter(),
        feed=feed,
        ours=settings.agents,
        new_id=new_id,
        counted=counted,
    )


def silence(
    house: House,
    *,
    hears: bool,
    papers: Papers,
    records: Records,
    callbacks: CallbackDesk,
    tell: Callable[[str, LegEvent], bool],
    clock: Clock,
    feed: Feed,
) -> SilenceDesk:
    """The desk for callers who say nothing. Whoever said nothing to an emergency line is called back; who
    answered by keys had a reason not to be heard, and no telephone of theirs may ring."""

    def keep(call: Call, state: State, lasted: float) -> None:
        by_keys = state is State.KEYS
        emergencies = {route.name for route in house.settings.routes if route.emergency}
        callbacks.keep(call, "silent", lasted, callback=call.route in emergencies and not by_keys)

    return SilenceDesk(
        seconds=float(house.settings.silence_seconds),
        hears=hears,
        records=records,
        feed=feed,
        timers=LoopTimers(),
        clock=clock,
        tell=tell,
        note=papers.utterance,
        keep=keep,
    )


def agent_keys(
    settings: Settings, desk: QueueDesk | None, tell: Callable[[str, LegEvent], bool]
) -> dict[str, Callable[[Call, str], None]]:
    """Codes an agent keys during a call, beside those of the transfer."""
    codes: dict[str, Callable[[Call, str], None]] = {}
    for code in tables_queues.agent_codes(settings) if desk is not None else ():
        codes[code] = _says(desk, code)
    if settings.agent_codes.quiet is not None:
        codes[settings.agent_codes.quiet] = lambda call, _: _hush(tell, call)
    return codes


def _says(desk: QueueDesk | None, code: str) -> Callable[[Call, str], None]:
    def said(call: Call, leg: str) -> None:
        party = call.party(leg)
        if desk is not None and party is not None:
            desk.code(code, party.origin)

    return said


def _hush(tell: Callable[[str, LegEvent], bool], call: Call) -> None:
    tell(call.id, Hushes())
