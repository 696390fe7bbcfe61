"""Figures, built: the desk that is asked for them, over the database."""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.db import Database
from bridge.adapters.db_analysis import AnalysisTable
from bridge.adapters.db_figures import FigureTable
from bridge.app.exchange import rows
from bridge.clock import Clock
from bridge.scope.reading import Scope
from bridge.services.analysis_desk import AnalysisDesk
from bridge.settings import Settings, tables


def analysis(
    settings: Settings, database: Database, clock: Clock, scope: Callable[[], Scope]
) -> AnalysisDesk:
    """The desk. scope: the lists in use. Days begin on the calendar's clock of the start."""
    zone = tables.calendar(settings).zone
    return AnalysisDesk(
        store=AnalysisTable(database, zone),
        figures=FigureTable(database, zone),
        clock=clock,
        zone=zone,
        categories=lambda: rows(scope()),
    )
