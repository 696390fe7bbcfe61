"""The monthly report over HTTP: all of it in one answer, or as one workbook."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from bridge.adapters.sheet_files import as_xlsx
from bridge.api.schemas import Problem
from bridge.errors import NoSuchThing
from bridge.services.report_desk import LISTED, ReportDesk

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem, "description": "没有这个月，或还没有到"},
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限：要 review"},
    404: {"model": Problem, "description": "没有统计"},
}
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportDoor:
    """The handler. names: what platforms are called."""

    def __init__(self, desk: ReportDesk | None, names: Mapping[str, str]) -> None:
        self._desk, self._names = desk, names

    def router(self) -> APIRouter:
        """GET …/analysis/report."""
        router = APIRouter(prefix="/api/v1/analysis", tags=["统计分析"], responses=_REFUSALS)
        router.get("/report", summary="月报：一次给齐")(self.report)
        return router

    async def report(
        self,
        request: Request,
        month: Annotated[str, Query(pattern=r"^[0-9]{4}-[0-9]{2}$", description="哪个月，如 2026-03")],
        platform: Annotated[str, Query(max_length=64, description="只要经过这个平台的")] = "",
        format: Annotated[Literal["json", "xlsx"], Query(description="xlsx：一张表一页")] = "json",
    ) -> Response:
        """联席会议的月报：总览（与上月比）、按日、时段、来电、平台、类别、区县、按时、退回、争议、超时、高频诉求、热点。
        上月是日历上的上月；没过完的月份算到现在（whole 为 false）。清单最多 200 行。"""
        if self._desk is None:
            raise NoSuchThing("没有统计")
        made = await self._desk.month(month, platform=platform, viewer=request.state.who.platform)
        if format == "xlsx":
            body = await asyncio.to_thread(as_xlsx, *made.sheets.values())
            named = {"Content-Disposition": f'attachment; filename="report-{month}.xlsx"'}
            return Response(body, media_type=_XLSX, headers=named)
        return JSONResponse(
            {
                "month": made.month, "from": made.begin.isoformat(), "to": made.end.isoformat(),
                "made_at": made.made_at.isoformat(), "whole": made.whole, "platform": platform,
                "names": dict(self._names), "most": LISTED,
                "sheets": {key: sheet.json() for key, sheet in made.sheets.items()},
            }
        )  # fmt: skip
