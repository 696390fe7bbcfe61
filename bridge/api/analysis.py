"""Figures over HTTP: for both platforms' joint meeting, as JSON, CSV and XLSX.

Who is of one platform gets what has that platform on its path. Nothing is decided here; what a figure means
is analysis.figures'.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from bridge.adapters.sheet_files import as_csv, as_xlsx
from bridge.analysis.periods import ends_of, period_of
from bridge.analysis.sheets import Sheet
from bridge.api.schemas import Problem
from bridge.errors import BadRequest, NoSuchThing
from bridge.ports_analysis import Wanted
from bridge.services.analysis_desk import AnalysisDesk

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem, "description": "时间没有时区、次序不对，或不能这样统计"},
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限：要 review"},
    404: {"model": Problem, "description": "没有统计"},
}
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NAME: Final = {"max_length": 64, "pattern": r"^[0-9A-Za-z._\u4e00-\u9fff-]*$"}
_AFTER: Final = r"^([0-9]{1,9} [!-~]{1,128})?$"
_FROM: Final = "从，带时区；按整天算，默认 to 之前 30 天"
Hours = Annotated[Literal["hour", "of-day"], Query(description="of-day：0 到 23 时")]
Which = Annotated[Literal["disputed", "negotiated"], Query(description="协商不成的，或全部会商过的")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What every question has."""

    request: Request
    since: Annotated[
        datetime | None, Query(alias="from", description="从，带时区；按整天算，默认 to 之前 30 天")
    ] = None
    until: Annotated[datetime | None, Query(alias="to", description="到（不含），带时区；默认现在")] = None
    platform: Annotated[str, Query(**_NAME, description="只要经过这个平台的")] = ""
    category: Annotated[str, Query(**_NAME, description="只要这个类别的")] = ""
    county: Annotated[str, Query(**_NAME, description="只要这个区县的")] = ""
    format: Annotated[Literal["json", "csv", "xlsx"], Query(description="csv、xlsx 是可以下载的表")] = "json"


Question = Annotated[Asked, Depends()]
Most = Annotated[int, Query(ge=1, le=500, description="最多几行")]


class AnalysisDoor:
    """The handlers."""

    def __init__(self, desk: AnalysisDesk | None) -> None:
        self._desk = desk

    def router(self) -> APIRouter:
        """GET …/analysis/…"""
        router = APIRouter(prefix="/api/v1/analysis", tags=["统计分析"], responses=_REFUSALS)
        for path, handler, summary in (
            ("/summary", self.summary, "总览，与上期比"),
            ("/days", self.days, "按日"),
            ("/hours", self.hours, "按小时"),
            ("/classes", self.classes, "按类别"),
            ("/counties", self.counties, "按区县"),
            ("/platforms", self.platforms, "按平台"),
            ("/calls", self.calls, "接通率、早释率"),
            ("/on-time", self.on_time, "按时率"),
            ("/returns", self.returns, "退回和原因"),
            ("/disputes", self.disputes, "会商和争议清单"),
            ("/frequent", self.frequent, "高频诉求"),
            ("/places", self.places, "热点区域"),
        ):
            router.get(path, summary=summary)(handler)
        return router

    async def summary(self, asked: Question) -> Response:
        """全部指标：本期、上期（同样长、紧挨着的前一段）和变化。"""
        return await self._answer(asked, await self._there.summary(await self._wanted(asked)))

    async def days(self, asked: Question) -> Response:
        """每天一行（按受理的日期）。"""
        return await self._answer(asked, await self._there.days(await self._wanted(asked)))

    async def hours(
        self,
        asked: Question,
        by: Hours = "hour",
    ) -> Response:
        """每小时一行，或一天里的各时段。不能同时选区县。"""
        wanted = await self._wanted(asked)
        return await self._answer(asked, await self._there.hours(wanted, of_day=by == "of-day"))

    async def classes(self, asked: Question) -> Response:
        """每个类别一行，多的在前。"""
        return await self._answer(asked, await self._there.classes(await self._wanted(asked)))

    async def counties(self, asked: Question) -> Response:
        """每个区县一行，多的在前。"""
        return await self._answer(asked, await self._there.counties(await self._wanted(asked)))

    async def platforms(self, asked: Question) -> Response:
        """从哪个平台到哪个平台，各一行。"""
        return await self._answer(asked, await self._there.platforms(await self._wanted(asked)))

    async def calls(self, asked: Question, by: Literal["day", "hour", "platform"] = "day") -> Response:
        """来电：有人接听、早释、无人接听。来电还没有类别和区县，这两个条件不起作用。"""
        return await self._answer(asked, await self._there.calls(await self._wanted(asked), by))

    async def on_time(self, asked: Question) -> Response:
        """谁的哪种时限：按时、逾期完成、逾期未完成。"""
        return await self._answer(asked, await self._there.on_time(await self._wanted(asked)))

    async def returns(self, asked: Question) -> Response:
        """谁退回、为什么。"""
        return await self._answer(asked, await self._there.returns(await self._wanted(asked)))

    async def disputes(
        self,
        asked: Question,
        which: Annotated[
            Literal["disputed", "negotiated"], Query(description="协商不成的，或全部会商过的")
        ] = "disputed",
        after: Annotated[str, Query(max_length=160, pattern=_AFTER, description="上页末行的 after")] = "",
        most: Most = 200,
    ) -> Response:
        """联席会议用的清单，先受理的在前；号码遮住。"""
        wanted, place = await self._wanted(asked), _place(after)
        sheet = await self._there.disputes(wanted, disputed=which == "disputed", after=place, most=most)
        return await self._answer(asked, sheet)

    async def frequent(self, asked: Question, most: Most = 50) -> Response:
        """说法相近的诉求合在一起：本期、上期、变化。"""
        return await self._answer(asked, await self._there.frequent(await self._wanted(asked), most))

    async def places(self, asked: Question, most: Most = 50) -> Response:
        """诉求最多的地点（不到门牌）。"""
        return await self._answer(asked, await self._there.places(await self._wanted(asked), most))

    @property
    def _there(self) -> AnalysisDesk:
        if self._desk is None:
            raise NoSuchThing("没有统计")
        return self._desk

    async def _wanted(self, asked: Asked) -> Wanted:
        desk = self._there
        await desk.fresh()
        period = period_of(asked.since, asked.until, desk.now(), desk.zone)
        both = dict.fromkeys((asked.request.state.who.platform, asked.platform))
        platforms = tuple(name for name in both if name)
        return Wanted(period, platforms, asked.category, asked.county)

    async def _answer(self, asked: Asked, sheet: Sheet) -> Response:
        if asked.format != "json":
            kind = _XLSX if asked.format == "xlsx" else "text/csv; charset=utf-8"
            body = await asyncio.to_thread(as_xlsx if asked.format == "xlsx" else as_csv, sheet)
            named = {"Content-Disposition": f'attachment; filename="analysis.{asked.format}"'}
            return Response(body, media_type=kind, headers=named)
        desk = self._there
        begin, end = ends_of(period_of(asked.since, asked.until, desk.now(), desk.zone), desk.zone)
        return JSONResponse({"from": begin.isoformat(), "to": end.isoformat(), **sheet.json()})


def _place(after: str) -> tuple[int, str] | None:
    hour, _, ticket = after.partition(" ")
    if not after:
        return None
    if not hour.isascii() or not hour.isdecimal() or len(hour) > 9 or not ticket:
        raise BadRequest("after 要写上一页最后一行的 after")
    return int(hour), ticket
