"""The review desk, built: by which form, over which tables."""

from __future__ import annotations

from bridge.adapters.db import Database
from bridge.adapters.db_reviews import ReviewTable
from bridge.adapters.db_search import SearchTable
from bridge.adapters.quality_file import load
from bridge.clock import Clock
from bridge.services.archive import Archive
from bridge.services.review_desk import ReviewDesk
from bridge.settings import Settings
from bridge.tickets.gazetteer import Gazetteer


def review_desk(
    settings: Settings, database: Database, archive: Archive, clock: Clock, gazetteer: Gazetteer
) -> ReviewDesk:
    """Raises ConfigError where the form cannot be used."""
    return ReviewDesk(
        form=load(settings.quality.file),
        store=ReviewTable(database),
        search=SearchTable(database),
        transcript=archive.get,
        clock=clock,
        gazetteer=gazetteer,
        names={number: agent.name for number, agent in settings.agents.items()},
        agents_see=settings.quality.agents_see,
    )
