"""Figures over HTTP, over a real database: who sees what, as JSON, as CSV and as XLSX."""

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
from bridge.api.app import create_api
from bridge.handling.papers import Facts
from bridge.services.analysis_desk import AnalysisDesk
from bridge.services.call_counter import CallCounter
from bridge.settings.house import Api
from tests.adapters.test_db_figures import BEGIN, FACTS, ZONE, Desk
from tests.api.conftest import House, _token

Visit = Callable[..., httpx.AsyncClient]
WHEN = {"from": (BEGIN - timedelta(days=3)).isoformat(), "to": (BEGIN + timedelta(days=3)).isoformat()}
TOKENS = (
    _token("全部", "reviewer", "review"),
    _token("110 的", "of-110", "review").model_copy(update={"platform": "110"}),
    _token("119 的", "of-119", "review").model_copy(update={"platform": "119"}),
    _token("话务员", "agent", "read"),
)
WHATS = (
    "summary", "days", "hours", "classes", "counties", "platforms", "calls", "on-time", "returns",
    "disputes", "frequent", "places",
)  # fmt: skip


@pytest.fixture
async def house(
    blank_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    shutil.copy(blank_database, tmp_path / "bridge.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bridge.db")
    await database.start()
    desk, made = Desk(database), House(Api(tokens=TOKENS))
    await desk.open("t1")
    await desk.do("t1", "negotiate", "12345", "我的电话 13800138000，归 110")
    await desk.do("t1", "dispute", "", "=谈不拢")
    await desk.open("t2", facts=Facts("f2-1", county="莘县", request=FACTS.request))
    await desk.do("t2", "return", "110", "地址不详")
    analysis = AnalysisDesk(
        store=desk.analysis, figures=desk.figures, clock=made.clock, zone=ZONE,
        categories=lambda: (("f2-1", "=治安", "110"),),
    )  # fmt: skip
    counter = CallCounter(CallHours(database), made.clock)
    for outcome in ("answered", "answered", "answered", "abandoned"):
        counter.count("12345", outcome, 6.0)  # type: ignore[arg-type]
    await counter.write()
    counter.count("12345", "answered", 6.0)
    await counter.write()
    parts = replace(made.parts(), analysis=analysis)
    monkeypatch.setattr(made, "app", lambda: create_api(parts))
    yield made
    await database.stop()


async def rows(client: httpx.AsyncClient, what: str, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/analysis/{what}", params={**WHEN, **asked})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


async def test_everything_is_there(house: House, visit: Visit) -> None:
    async with visit(house, "reviewer") as client:
        summary = {row["figure"]: row for row in await rows(client, "summary")}
        assert (summary["tickets"]["now"], summary["tickets"]["before"]) == (2, 0)
        assert summary["transfer_rate"]["now"] == 1.0
        assert (await rows(client, "days"))[0]["day"] == "2026-03-01"
        assert (await rows(client, "hours"))[0]["hour"].endswith("+08:00")
        assert [row["hour"] for row in await rows(client, "hours", by="of-day")] == [23]
        assert [(row["name"], row["tickets"]) for row in await rows(client, "classes")] == [("=治安", 2)]
        assert {row["county"] for row in await rows(client, "counties")} == {"冠县", "莘县"}
        assert [row["to_platform"] for row in await rows(client, "platforms")] == ["110"]
        (back,) = await rows(client, "returns")
        assert (back["platform"], back["name"], back["returns"]) == ("110", "地点不清", 1)
        (dispute,) = await rows(client, "disputes")
        assert "13800138000" not in dispute["said"]
        assert "谈不拢" in dispute["said"]
        assert await rows(client, "disputes", after=dispute["after"]) == []
        assert [row["now"] for row in await rows(client, "frequent")] == [2]
        assert [row["place"] for row in await rows(client, "places")] == ["冠县红旗路"]
        assert await rows(client, "on-time") == []
        assert [row["tickets"] for row in await rows(client, "days", county="莘县")] == [1]


async def test_calls_are_counted_once_and_added_up(house: House, visit: Visit) -> None:
    async with visit(house, "reviewer") as client:
        when = {"from": "2026-03-05T00:00:00Z", "to": "2026-03-06T00:00:00Z"}
        for by, key in (("day", "day"), ("hour", "hour"), ("platform", "platform")):
            (row,) = await rows(client, "calls", by=by, **when)
            assert key in row
            assert (row["offered"], row["answer_rate"], row["abandon_rate"]) == (5, 0.8, 0.2)
            assert row["wait_average"] == 6.0


async def test_one_platform_sees_what_is_on_its_way(house: House, visit: Visit) -> None:
    async with visit(house, "of-110") as client:
        assert [row["tickets"] for row in await rows(client, "days")] == [2]
        assert await rows(client, "calls", **{"to": "2026-03-06T00:00:00Z"}) == []
    async with visit(house, "of-119") as client:
        for what in WHATS[1:]:
            assert await rows(client, what, platform="110") == []
    async with visit(house, "agent") as client:
        for what in WHATS:
            assert (await client.get(f"/api/v1/analysis/{what}")).status_code == 403


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-03-01T00:00:00"},
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
        {"from": "0001-01-01T00:00:00Z"},
        {"to": "9999-12-31T23:59:59Z"},
        {"from": "heute"},
        {"platform": "1\x000"},
        {"format": "pdf"},
    ],
)
async def test_what_makes_no_sense_is_refused(house: House, visit: Visit, asked: dict[str, str]) -> None:
    async with visit(house, "reviewer") as client:
        answer = await client.get("/api/v1/analysis/days", params=asked)
        assert answer.status_code in (400, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await client.get("/api/v1/analysis/hours", params={"county": "冠县"})).status_code == 400


async def test_a_table_to_take_along_has_no_formulas(house: House, visit: Visit) -> None:
    async with visit(house, "reviewer") as client:
        for what in WHATS:
            answer = await client.get(f"/api/v1/analysis/{what}", params={**WHEN, "format": "csv"})
            assert answer.content.startswith(b"\xef\xbb\xbf")
        text = (
            await client.get("/api/v1/analysis/classes", params={**WHEN, "format": "csv"})
        ).content.decode()
        assert "f2-1,'=治安,2," in text
        answer = await client.get("/api/v1/analysis/classes", params={**WHEN, "format": "xlsx"})
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
            assert "'=治安" in book.read("xl/sharedStrings.xml").decode()
