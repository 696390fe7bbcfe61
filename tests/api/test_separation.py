"""Two partners beside one hotline: who is of one platform is never told of the other's, wherever they ask."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.adapters.db import Database
from bridge.adapters.db_deadlines import DeadlineTable
from bridge.adapters.db_deliveries import Deliveries
from bridge.adapters.db_overview import OverviewTable
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tickets import TicketTable
from bridge.api.app import create_api
from bridge.handling.papers import Facts
from bridge.handling.timetable import NO_DEADLINES
from bridge.services.analysis_desk import AnalysisDesk
from bridge.services.deadline_desk import DeadlineDesk
from bridge.services.overview_desk import OverviewDesk
from bridge.services.search_desk import SearchDesk
from bridge.settings.house import Api
from tests.adapters.test_db_figures import BEGIN, ZONE, Desk
from tests.adapters.test_db_overview import late, letter
from tests.api.conftest import House, _token
from tests.api.test_analysis import WHEN
from tests.api.test_outbox import ticket

MAY = ("review", "read", "personal")
TOKENS = (
    _token("全部", "all", *MAY),
    *(_token(name, f"of-{name}", *MAY).model_copy(update={"platform": name}) for name in ("110", "119")),
)
THEIRS = {"110": ("I110", "冠县"), "119": ("I119", "莘县")}
"""What is in every answer about a platform's ticket: its name, or where figures have none its county."""
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("tickets", {}),
    ("tickets", {"only": "overdue"}),
    ("tickets", {"only": "dead"}),
    ("outbox", {"state": "parked"}),
    ("search", {"q": "13800001111"}),
    ("deadlines/overdue", {}),
    ("analysis/counties", WHEN),
    ("analysis/places", WHEN),
)


async def _no_transcript(call: str) -> Any:
    raise AssertionError(call)


@pytest.fixture
async def house(
    blank_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    database = Database(f"sqlite+aiosqlite:///{shutil.copy(blank_database, tmp_path / 'bridge.db')}")
    await database.start()
    desk, made = Desk(database), House(Api(tokens=TOKENS))
    for name, (incident, county) in THEIRS.items():
        await desk.open(incident, facts=Facts("f2-1", county=county, place=f"{county}红旗路1号"), target=name)
        await letter(desk, incident, "parked", name)
        await late(desk, incident, name, BEGIN + timedelta(hours=1))
        await TicketTable(database, made.clock).save(ticket(name, name), push=False)
    await desk.count()
    search = SearchTable(database)
    analysis = AnalysisDesk(
        store=desk.analysis, figures=desk.figures, clock=made.clock, zone=ZONE, categories=lambda: ()
    )
    deadlines = DeadlineDesk(
        store=DeadlineTable(database, made.clock, lambda platform: None),
        timetable=NO_DEADLINES, warnings=None, hooks=None, urge=None,  # type: ignore[arg-type]
        clock=made.clock, timers=None, feed=made.feed, meter=None,  # type: ignore[arg-type]
    )  # fmt: skip
    parts = replace(
        made.parts(), analysis=analysis, deadlines=deadlines,
        overview=OverviewDesk(OverviewTable(database), NO_DEADLINES, made.clock, {"12345"}, "12345"),
        deliveries=Deliveries(database, made.clock), search=SearchDesk(search, search.papers, _no_transcript),
    )  # fmt: skip
    app = create_api(parts)
    monkeypatch.setattr(made, "app", lambda: app)
    yield made
    await database.stop()


async def test_nobody_is_told_of_the_other_platforms(house: House, visit: Any) -> None:
    for path, asked in ASKED:
        told = {}
        for token in ("all", "of-110", "of-119"):
            async with visit(house, token) as client:
                answer = await client.get(f"/api/v1/{path}", params=asked)
            assert answer.status_code == 200, (path, answer.text)
            told[token] = {
                name for name, signs in THEIRS.items() if any(sign in answer.text for sign in signs)
            }
        assert told == {"all": {"110", "119"}, "of-110": {"110"}, "of-119": {"119"}}, (path, asked)
    for name, other in (("110", "I119"), ("119", "I110")):
        async with visit(house, f"of-{name}") as client:
            for path in (f"tickets/{other}/delivery", f"dossiers/{other}"):
                assert (await client.get(f"/api/v1/{path}")).status_code in (403, 404), path
