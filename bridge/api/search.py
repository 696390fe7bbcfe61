"""Searching over HTTP: tickets and transcripts by words, newest first, in pages.

Numbers are covered for whoever lacks `personal`, and then can't be searched for either: a search that says
yes or no would tell what is covered. What was asked is in no log.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from bridge.access.principal import Principal
from bridge.api.schemas import Problem
from bridge.errors import BadRequest, NoSuchThing, NotAllowed
from bridge.ports_search import Wanted
from bridge.services.search_desk import Found, SearchDesk
from bridge.tickets.masking import Line, mask_lines
from bridge.tickets.search_text import snippet
from bridge.tickets.search_words import MOST_ASKED, Phrase, asked, personal

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {400: "没有可查的词", 401: "需要令牌", 403: "没有权限"}.items()
}


class SearchHit(BaseModel):
    """查到的一份工单或转写。"""

    kind: Literal["ticket", "transcript"]
    id: str = Field(description="工单编号；转写是通话编号")
    incident: str = Field(description="事件编号；转写没有")
    at: datetime = Field(description="什么时候的")
    platforms: list[str]
    category: str = Field(description="事项类别的名称，没有时为空")
    snippet: str = Field(description="查到的地方前后的文字")


class SearchPage(BaseModel):
    """查到的，新的在前。"""

    hits: list[SearchHit]
    next: int | None = Field(description="下一页的 after；null = 没有了")


class SearchDoor:
    """desk None: nothing can be searched."""

    def __init__(self, desk: SearchDesk | None) -> None:
        self._given = desk

    def router(self) -> APIRouter:
        """GET /api/v1/search."""
        router = APIRouter(prefix="/api/v1", tags=["查询"], responses=_PROBLEMS)
        router.get("/search", response_model=SearchPage, summary="全文检索工单和转写")(self.search)
        return router

    async def search(  # noqa: PLR0913, PLR0917  its arguments are the question's
        self,
        request: Request,
        q: Annotated[
            str,
            Query(min_length=1, max_length=MOST_ASKED, description="要查的词，都要有；号码要 personal 权限"),
        ],
        kind: Annotated[Literal["ticket", "transcript"] | None, Query(description="只查哪一种")] = None,
        platform: Annotated[str, Query(max_length=64, description="只查与哪个平台有关的")] = "",
        category: Annotated[str, Query(max_length=64, description="事项类别的编号")] = "",
        state: Annotated[str, Query(max_length=16, description="办理状态，如 accepted")] = "",
        since: Annotated[AwareDatetime | None, Query(description="从什么时候起，含时区")] = None,
        until: Annotated[AwareDatetime | None, Query(description="到什么时候为止，含时区")] = None,
        after: Annotated[int | None, Query(ge=1, le=2**53, description="上一页给的 next")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> SearchPage:
        """新的在前。属于一个平台的用户只查得到与本平台有关的。
        没有 personal 权限的，号码遮住，也不能按号码查。"""
        who: Principal = request.state.who
        phrases = asked(q)
        if not phrases:
            raise BadRequest("没有可查的词：写汉字、字母或数字")
        if personal(phrases) and not who.has("personal"):
            raise NotAllowed("searching by number needs personal")
        if who.platform and platform not in ("", who.platform):
            return SearchPage(hits=[], next=None)
        wanted = Wanted(q, kind or "", who.platform or platform, category, state, since, until, after, limit)
        found = await self._desk.find(wanted)
        hits = [_hit(each, phrases, covered=not who.has("personal")) for each in found]
        return SearchPage(hits=hits, next=found[-1].hit.number if len(found) == limit else None)

    @property
    def _desk(self) -> SearchDesk:
        if self._given is None:
            raise NoSuchThing("没有可查的")
        return self._given


def _hit(found: Found, phrases: tuple[Phrase, ...], *, covered: bool) -> SearchHit:
    hit, lines = found.hit, found.lines
    if covered:
        lines = mask_lines([Line("", line) for line in lines])
    return SearchHit.model_validate(
        {
            "kind": hit.kind,
            "id": hit.id,
            "incident": hit.incident,
            "at": hit.at,
            "platforms": list(dict.fromkeys(found.platforms)),
            "category": found.category,
            "snippet": snippet(lines, phrases),
        }
    )
