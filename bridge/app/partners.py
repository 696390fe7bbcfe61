"""The partners' ticket doors as configured, and what pages are told of letters on their way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bridge.adapters.config_tls import partner_trust
from bridge.adapters.db_outbox import Letter
from bridge.adapters.push_post import Destination
from bridge.app.deadlines import doors
from bridge.post.delivery import LetterState
from bridge.post.envelope import source
from bridge.settings import Settings
from bridge.settings.partners import Tickets
from bridge.settings.tables_exchange import parties
from bridge.tickets.ticket import Ticket


def destinations(settings: Settings) -> dict[str, Destination]:
    """Platform, or hook of deadlines, -> its door, for those that are posted to. Raises OSError for a
    certificate that can't be used (the configuration's check has said so)."""
    posted = _posted(settings)
    return {name: _door(tickets, _ours(settings, name)) for name, tickets in posted.items()}


def changed_doors(before: Settings, after: Settings) -> set[str]:
    """Whose door is there, gone or other than before."""
    old, new = _posted(before), _posted(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def by_files(settings: Settings) -> tuple[str, ...]:
    """Platforms whose letters wait to be carried."""
    known = settings.platforms.items()
    return tuple(name for name, each in known if each.tickets is not None and each.tickets.by == "files")


def _posted(settings: Settings) -> dict[str, Tickets]:
    own = {name: each.tickets for name, each in settings.platforms.items() if each.tickets is not None}
    return {name: each for name, each in (own | doors(settings)).items() if each.by == "api"}


def _door(tickets: Tickets, ours: str) -> Destination:
    tls = tickets.tls
    return Destination(
        url=tickets.url or "",
        keys=tickets.signing_keys(),
        source=source(ours),
        tls=partner_trust(tickets),
        server_name=(tls.name or "") if tls is not None else "",
        allowed=tickets.allowed,
        ttl=timedelta(hours=tickets.ttl_hours),
    )


def _ours(settings: Settings, name: str) -> str:
    """On whose behalf a platform is written to: our own, or, between two foreign ones, the other."""
    home = parties(settings).home
    return home or next((each for each in settings.platforms if each != name), name)


def delivery_event(letter: Letter, state: LetterState, trouble: str, ticket: Ticket | None) -> dict[str, Any]:
    """For the live feed; ticket: of the incident, while it is held."""
    return {
        "type": "delivery",
        "call": "" if ticket is None else ticket.facts.call,
        "incident": letter.incident,
        "platform": letter.platform,
        "version": letter.version,
        "kind": letter.kind,
        "state": state,
        "trouble": trouble,
    }


def opened_event(incident: str, platform: str, ticket: Ticket | None) -> dict[str, Any]:
    """The same, when a partner has looked at the ticket for the first time."""
    call = "" if ticket is None else ticket.facts.call
    return {"type": "delivery", "call": call, "incident": incident, "platform": platform, "state": "opened"}
