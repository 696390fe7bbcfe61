"""Lists of scores over HTTP: for reviewers with averages by agent and period, as JSON, CSV and XLSX; and
each agent's own, where the setting says that agents see them."""

from __future__ import annotations

import asyncio
from datetime import datetime, tzinfo
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime

from bridge.adapters.sheet_files import as_csv, as_xlsx
from bridge.analysis.sheets import Sheet
from bridge.api.schemas import Problem
from bridge.errors import BadRequest, NoSuchThing
from bridge.ports_review import Asked
from bridge.review.notes import Scored
from bridge.review.sheets import Span, averages_sheet, scores_sheet
from bridge.services.review_desk import ReviewDesk

MOST_ROWS: Final = 10_000
"""Scores in one file."""
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {400: "写得不对", 401: "需要令牌", 403: "没有权限", 404: "没有质检"}.items()
}
_Word = Annotated[str, Query(max_length=64)]
_From = Annotated[AwareDatetime | None, Query(description="从什么时候的通话起，含时区")]
_To = Annotated[AwareDatetime | None, Query(description="到什么时候的通话为止（不含），含时区")]
_Form = Annotated[
    Literal["json", "csv", "xlsx"], Query(alias="format", description="csv、xlsx 是可以下载的表")
]
_After = Annotated[str | None, Query(max_length=256, description="上一页的 next")]


class ScoreDoor:
    """desk: None where nothing is archived; zone: whose clock days and tables go by."""

    def __init__(self, desk: ReviewDesk | None, zone: tzinfo) -> None:
        self._given, self._zone = desk, zone

    def router(self) -> APIRouter:
        """/scores, /scores/averages, /scores/mine."""
        router = APIRouter(prefix="/api/v1/scores", tags=["质检"], responses=_PROBLEMS)
        router.get("", summary="评分列表")(self.find)
        router.get("/averages", summary="话务员的平均分")(self.averages)
        router.get("/mine", summary="自己的评分")(self.mine)
        return router

    async def find(
        self,
        request: Request,
        since: _From = None,
        until: _To = None,
        agent: Annotated[_Word, Query(description="分机号")] = "",
        platform: Annotated[_Word, Query(description="话务员是哪个平台的")] = "",
        after: _After = None,
        limit: Annotated[int, Query(ge=1, le=200, description="json 一页几个；表总是全部")] = 50,
        form: _Form = "json",
    ) -> Response:
        """每通、每人最新的一版，新的通话在前。属于一个平台的用户只看到本平台话务员的。"""
        asked = self._asked(request, since, until, agent, platform)
        if asked is None:
            return JSONResponse({"scores": [], "next": None})
        if form == "json":
            return await self._page(asked, after, limit)
        found = await self._desk.store.find(_with(asked, most=MOST_ROWS))
        return await _file(scores_sheet(found, self._desk.form, self._desk.names, self._zone), form, "scores")

    async def averages(
        self,
        request: Request,
        since: _From = None,
        until: _To = None,
        agent: Annotated[_Word, Query(description="分机号")] = "",
        platform: Annotated[_Word, Query(description="话务员是哪个平台的")] = "",
        by: Annotated[Span, Query(description="按天、周（从周一）、月，或整段")] = "month",
        form: _Form = "json",
    ) -> Response:
        """每个话务员每个时段：评了几通、平均分、合格率、一票否决几次。"""
        asked = self._asked(request, since, until, agent, platform)
        days = await self._desk.store.days(asked, self._offset()) if asked is not None else ()
        sheet = averages_sheet(days, by, self._desk.names)
        if form == "json":
            return JSONResponse(sheet.json())
        return await _file(sheet, form, "averages")

    async def mine(
        self, request: Request, after: _After = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
    ) -> Response:
        """话务员自己通话的评分，`quality.agents_see` 打开了才有；shown 说打开没有。"""
        number = request.state.who.extension
        if not self._desk.agents_see or not number:
            return JSONResponse({"shown": self._desk.agents_see, "scores": [], "next": None})
        asked = Asked(agent=number, platform=request.state.who.platform)
        return await self._page(asked, after, limit, shown=True)

    async def _page(self, asked: Asked, after: str | None, limit: int, **more: Any) -> JSONResponse:
        found = await self._desk.store.find(_with(asked, after=_place(after), most=limit))
        following = _mark(found[-1]) if len(found) == limit else None
        return JSONResponse({**more, "scores": [self._row(each) for each in found], "next": following})

    def _row(self, scored: Scored) -> dict[str, Any]:
        return {**scored.json(), "name": self._desk.names.get(scored.agent, "")}

    def _asked(
        self, request: Request, since: datetime | None, until: datetime | None, agent: str, platform: str
    ) -> Asked | None:
        """None: of a platform that is not the viewer's."""
        own = request.state.who.platform
        if own and platform not in ("", own):
            return None
        return Asked(since, until, agent, own or platform)

    def _offset(self) -> int:
        """Seconds the house's clock is ahead of UTC today; zones of ours have no summer time."""
        offset = self._desk.now().astimezone(self._zone).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0

    @property
    def _desk(self) -> ReviewDesk:
        if self._given is None:
            raise NoSuchThing("没有质检：没有配置转写存档")
        return self._given


def _with(asked: Asked, *, most: int, after: tuple[datetime, str, str] | None = None) -> Asked:
    return Asked(asked.since, asked.until, asked.agent, asked.platform, after, most)


async def _file(sheet: Sheet, form: str, name: str) -> Response:
    body = await asyncio.to_thread(as_xlsx if form == "xlsx" else as_csv, sheet)
    named = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(body, media_type=_XLSX if form == "xlsx" else "text/csv; charset=utf-8", headers=named)


def _mark(scored: Scored) -> str:
    return f"{scored.started_at.isoformat()}~{scored.agent}~{scored.call}"


def _place(mark: str | None) -> tuple[datetime, str, str] | None:
    """The place a `next` says. Raises BadRequest."""
    if mark is None:
        return None
    at, _, rest = mark.partition("~")
    agent, _, call = rest.partition("~")
    try:
        started = datetime.fromisoformat(at)
    except ValueError:
        started = None
    if started is None or started.tzinfo is None or not call:
        raise BadRequest("after 要用上一页给的 next")
    return started, call, agent
