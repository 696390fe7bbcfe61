"""A supervisor's lists, one ticket with everything, the wall and the monthly report: who sees what."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.adapters.db import Database
from bridge.adapters.db_call_hours import CallHours
from bridge.adapters.db_overview import OverviewTable
from bridge.api.app import create_api
from bridge.handling.papers import Facts
from bridge.handling.timetable import NO_DEADLINES
from bridge.services.analysis_desk import AnalysisDesk
from bridge.services.overview_desk import OverviewDesk
from bridge.services.rate_board import RateBoard
from bridge.services.report_desk import ReportDesk
from bridge.services.wall_desk import WallDesk
from bridge.settings.house import Api
from tests.adapters.test_db_figures import BEGIN, FACTS, ZONE, Desk
from tests.adapters.test_db_overview import letter
from tests.api.conftest import House, _token

Visit = Callable[..., httpx.AsyncClient]
NAMES = {"12345": "政务热线", "110": "报警服务台"}
TOKENS = (
    _token("全部", "reviewer", "review", "read", "tickets", "personal"),
    _token("110 的", "of-110", "review", "read").model_copy(update={"platform": "110"}),
    _token("119 的", "of-119", "review", "read").model_copy(update={"platform": "119"}),
    _token("看", "reader", "read"),
    _token("对方", "partner", "exchange"),
)


@pytest.fixture
async def house(
    blank_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    shutil.copy(blank_database, tmp_path / "bridge.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bridge.db")
    await database.start()
    desk, made = Desk(database), House(Api(tokens=TOKENS))
    await desk.open("t1")
    await desk.do("t1", "negotiate", "12345", "电话 13800138000，归 110")
    await desk.do("t1", "dispute", "", "=谈不拢")
    await desk.open("t2", BEGIN + timedelta(hours=1), Facts("f2-1", county="莘县", request=FACTS.request))
    await letter(desk, "t2", "parked")
    board = RateBoard(CallHours(database), made.clock)
    board.count("12345", "answered", 3.0)
    board.count("110", "abandoned", 9.0)
    analysis = AnalysisDesk(
        store=desk.analysis, figures=desk.figures, clock=made.clock, zone=ZONE,
        categories=lambda: (("f2-1", "治安", "110"),),
    )  # fmt: skip
    wall = WallDesk(
        status=lambda: {"trunks": [{"name": "carrier", "state": "up"}], "phones": ["8001", "8002"]},
        media=lambda: {"state": "up", "rtpengine": ""}, room=None, least=0, queues=None, board=board,
        names=NAMES, feed=made.feed,
    )  # fmt: skip
    overview = OverviewDesk(OverviewTable(database), NO_DEADLINES, made.clock, {"12345"}, "12345")
    parts = replace(
        made.parts(), overview=overview, wall=wall, names=NAMES, report=ReportDesk(analysis, None)
    )
    monkeypatch.setattr(made, "app", lambda: create_api(parts))
    yield made
    await database.stop()


async def test_lists_and_how_many(house: House, visit: Visit) -> None:
    async with visit(house, "reviewer") as client:
        page = (await client.get("/api/v1/tickets", params={"most": 1})).json()
        assert ([each["ticket"] for each in page["tickets"]], page["names"]) == (["t2"], NAMES)
        assert (page["counts"]["disputed"], page["counts"]["dead"], page["counts"]["draft"]) == (1, 1, 1)
        after = (await client.get("/api/v1/tickets", params={"most": 5, "after": page["next"]})).json()
        assert [each["ticket"] for each in after["tickets"]] == ["t1"]
        assert (after["next"], after["counts"]) == (None, None)
        for only, found in (("disputed", ["t1"]), ("dead", ["t2"]), ("overdue", [])):
            rows = (await client.get("/api/v1/tickets", params={"only": only})).json()["tickets"]
            assert [each["ticket"] for each in rows] == found


@pytest.mark.parametrize(
    "query",
    [
        {"only": "lost"}, {"state": "lost"}, {"most": 0}, {"most": 201}, {"after": "x~t"}, {"after": "~"},
        {"after": "2026-03-01T00:00:00~t"}, {"after": "2026-03-01T00:00:00+00:00~"}, {"partner": "1" * 65},
    ],
)  # fmt: skip
async def test_what_is_asked_wrong(house: House, visit: Visit, query: dict[str, Any]) -> None:
    async with visit(house, "reviewer") as client:
        assert (await client.get("/api/v1/tickets", params=query)).status_code == 400


async def test_one_ticket_with_everything(house: House, visit: Visit) -> None:
    async with visit(house, "reviewer") as client:
        shown = (await client.get("/api/v1/dossiers/t1")).json()
        assert [(hop["platform"], hop["word"]) for hop in shown["path"]] == [
            ("12345", "took"),
            ("110", "beyond"),
        ]
        assert [(step["name"], step["title"]) for step in shown["steps"]] == [
            ("open", "受理"),
            ("negotiate", "提请会商"),
            ("dispute", "协商不成"),
        ]
        assert "13800138000" in shown["steps"][1]["reason"]
        assert (shown["disputed"], shown["papers"], shown["links"]) == (True, None, [])
        (dead,) = (await client.get("/api/v1/dossiers/t2")).json()["dead"]
        assert (dead["state"], dead["trouble"], dead["platform"]) == ("parked", "410", "110")
        assert "body" not in dead
        assert (await client.get("/api/v1/dossiers/nowhere")).status_code == 404


async def test_each_sees_what_concerns_it(house: House, visit: Visit) -> None:
    async with visit(house, "of-119") as client:
        assert (await client.get("/api/v1/tickets")).json()["tickets"] == []
        assert (await client.get("/api/v1/dossiers/t1")).status_code == 404
        assert (await client.get("/api/v1/wall")).json()["platform_rates"] == []
    async with visit(house, "of-110") as client:
        assert "13800138000" not in (await client.get("/api/v1/dossiers/t1")).text
        assert "13800138000" not in (await client.get("/api/v1/tickets")).text
        (rate,) = (await client.get("/api/v1/wall")).json()["platform_rates"]
        assert (rate["platform"], rate["hour"]["abandon_rate"]) == ("110", 1.0)
    async with visit(house, "partner") as client:
        for path in ("tickets", "dossiers/t1", "wall", "analysis/report?month=2026-03"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 403


async def test_the_wall_in_one_answer(house: House, visit: Visit) -> None:
    async with visit(house, "reader") as client:
        wall = (await client.get("/api/v1/wall")).json()
    assert (wall["trunks"], wall["media"]["state"], wall["names"]) == (
        [{"name": "carrier", "state": "up"}],
        "up",
        NAMES,
    )
    assert [(each["platform"], each["today"]["answer_rate"]) for each in wall["platform_rates"]] == [
        ("110", 0.0),
        ("12345", 1.0),
    ]


async def test_a_month_in_one_answer(house: House, visit: Visit) -> None:
    async with visit(house, "reviewer") as client:
        made = (await client.get("/api/v1/analysis/report", params={"month": "2026-03"})).json()
        assert (made["from"], made["to"]) == ("2026-03-01T00:00:00+08:00", "2026-04-01T00:00:00+08:00")
        assert made["whole"] is False
        sheets = made["sheets"]
        assert list(sheets) == [
            "summary", "days", "of_day", "calls", "call_platforms", "platforms", "classes", "counties",
            "on_time", "returns", "disputes", "overdue", "frequent", "places",
        ]  # fmt: skip
        summary = {row["figure"]: row["now"] for row in sheets["summary"]["rows"]}
        assert (summary["tickets"], summary["disputed"]) == (2, 1)
        assert [row["ticket"] for row in sheets["disputes"]["rows"]] == ["t1"]
        assert "13800138000" not in str(made)
        assert [(row["place"], row["now"]) for row in sheets["places"]["rows"]] == [("冠县红旗路", 1)]
        answer = await client.get("/api/v1/analysis/report", params={"month": "2026-03", "format": "xlsx"})
        assert "report-2026-03.xlsx" in answer.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            assert len([name for name in book.namelist() if "worksheets/sheet" in name]) == len(sheets)
        for month in ("2026-04", "2026-13", "26-3"):
            assert (await client.get("/api/v1/analysis/report", params={"month": month})).status_code == 400
        before = (await client.get("/api/v1/analysis/report", params={"month": "2026-02"})).json()
        assert before["whole"] is True
        assert before["sheets"]["disputes"]["rows"] == []


async def test_a_house_without_any_of_it(visit: Visit) -> None:
    async with visit(House(Api(tokens=TOKENS)), "reviewer") as client:
        for path in ("tickets", "dossiers/t1", "wall", "analysis/report?month=2026-03"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 404
