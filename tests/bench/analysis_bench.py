"""How long each statistic takes over a year's tickets, and how long to count a day of them, on both
databases.

Tickets are made up by chance (analysis_tickets): what is measured is the database, not what the figures say.
Every question is asked for the whole year, of one platform, and of one class, as the page does.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from bridge.adapters.db import Database
from bridge.adapters.db_analysis import AnalysisTable
from bridge.adapters.db_figures import FigureTable
from bridge.analysis.periods import Period, day_of
from bridge.ports_analysis import Wanted
from tests.bench.analysis_tickets import FIRST, LAST, fill
from tests.peers.postgres import Postgres, binaries

TICKETS: Final = int(os.environ.get("ANALYSIS_BENCH_TICKETS", "100000"))
ZONE: Final = ZoneInfo("Asia/Shanghai")
TIMES: Final = 3
"""Each question is asked so often; the first finds nothing in memory that another left there."""

Question = Callable[[AnalysisTable, Wanted], Awaitable[Any]]
QUESTIONS: Final[dict[str, Question]] = {
    "totals": lambda table, wanted: table.totals(wanted),
    "day": lambda table, wanted: table.grouped(wanted, "day"),
    "category": lambda table, wanted: table.grouped(wanted, "category"),
    "county": lambda table, wanted: table.grouped(wanted, "county"),
    "platform": lambda table, wanted: table.grouped(wanted, "platform"),
    "hourly": lambda table, wanted: table.hourly(wanted),
    "calls": lambda table, wanted: table.calls(wanted),
    "on_time": lambda table, wanted: table.on_time(wanted, LAST),
    "returns": lambda table, wanted: table.returns(wanted),
    "negotiated": lambda table, wanted: table.negotiated(wanted, disputed=False, after=None, most=200),
    "frequent": lambda table, wanted: table.frequent(wanted, 20),
    "places": lambda table, wanted: table.places(wanted, 20),
}


def run() -> dict[str, Any]:
    """stats_{sqlite,postgresql}_{question}_s: seconds of each time it was asked; …_count_ms: of each day
    counted."""
    told: dict[str, Any] = {"stats_tickets": TICKETS}
    with tempfile.TemporaryDirectory() as folder:
        told |= asyncio.run(_measured("sqlite", f"sqlite+aiosqlite:///{folder}/b.db"))
    programs = binaries()
    if programs is not None:
        server = Postgres(programs)
        try:
            told |= asyncio.run(_measured("postgresql", server.empty()))
        finally:
            server.stop()
    return told


async def _measured(name: str, url: str) -> dict[str, Any]:
    database = Database(url)
    await database.start()
    try:
        await fill(database, TICKETS)
        found: dict[str, Any] = {f"stats_{name}_count_ms": await _counted(database)}
        table = AnalysisTable(database, ZONE)
        for question, asked in QUESTIONS.items():
            found[f"stats_{name}_{question}_s"] = await _asked(table, asked)
    finally:
        await database.stop()
    return found


async def _counted(database: Database) -> list[float]:
    """Milliseconds of each day, counted as the bridge does."""
    figures, times = FigureTable(database, ZONE), list[float]()
    for day in sorted(await figures.stale_days(10_000)):
        begin = time.perf_counter()
        await figures.count(day)
        times.append(1000 * (time.perf_counter() - begin))
    return times


async def _asked(table: AnalysisTable, question: Question) -> list[float]:
    times = list[float]()
    year = Wanted(Period(day_of(FIRST, ZONE), day_of(LAST, ZONE)))
    for wanted in (year, replace(year, platforms=("110",)), replace(year, category="f2-1")):
        for _ in range(TIMES):
            begin = time.perf_counter()
            await question(table, wanted)
            times.append(time.perf_counter() - begin)
    return times
