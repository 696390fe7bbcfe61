"""The listening desk, built: what the configuration says of whose voices exchanges send us."""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.media_client import MediaClient
from bridge.adapters.sip_listening import ListeningLegs
from bridge.clock import Clock
from bridge.services.listening_desk import ListeningDesk, ListeningRules
from bridge.services.records import Records
from bridge.services.witnesses import Witnesses
from bridge.settings import Settings
from bridge.tickets.transcript import Utterance


def listening(
    settings: Settings,
    legs: ListeningLegs,
    media: MediaClient,
    witnesses: Witnesses,
    *,
    records: Records,
    clock: Clock,
    new_id: Callable[[], str],
    hears: bool,
    told: Callable[[str, Utterance], None],
) -> ListeningDesk:
    """Desk and wire know each other."""
    legs.trunks = forks(settings)
    legs.desk = desk = ListeningDesk(
        door=legs,
        media=media,
        witnesses=witnesses,
        records=records,
        clock=clock,
        new_id=new_id,
        rules=rules_of(settings, hears=hears),
        told=told,
    )
    return desk


def rules_of(settings: Settings, *, hears: bool) -> ListeningRules:
    """Who is whose, and what is kept."""
    agents = {name: agent.platform for name, agent in settings.agents.items()}
    return ListeningRules(agents, next(iter(settings.platforms), ""), settings.recording.policy, hears)


def forks(settings: Settings) -> frozenset[str]:
    """Trunks whose exchanges may let us listen."""
    return frozenset(name for name, trunk in settings.trunks.items() if trunk.siprec)
