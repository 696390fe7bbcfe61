"""Tickets as a supervisor looks through them, over HTTP: lists with filters, and one with everything of it.

What is done with one is the exchange's (`/exchange/v1/tickets/…`), what is sent again the outbox's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bridge.api.lens import Lens
from bridge.api.schemas import Problem
from bridge.errors import BadRequest, NoSuchThing
from bridge.handling.words import State
from bridge.ports_overview import Asked, Only
from bridge.services.overview_desk import OverviewDesk
from bridge.tickets.masking import mask

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem, "description": "请求格式不对"},
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限"},
    404: {"model": Problem, "description": "没有这张工单，或与本平台无关"},
}
_ANY: Final = {"max_length": 64}
Categories = Callable[[], Collection[tuple[str, str, str]]]
TicketId = Annotated[str, Path(min_length=1, max_length=128, description="工单编号")]


class TicketsView(BaseModel):
    """一页工单，新的在前；超时的，超时最久的在前。"""

    tickets: list[dict[str, Any]] = Field(
        description="ticket incident state origin target holder path urgency category county "
        "request（号码遮住）opened_at returns urged disputed deadline（最先到期的时限）"
        "waiting dead（没送到的信）"
    )
    next: str | None = Field(description="下一页写在 after 里；null = 没有了")
    counts: dict[str, int] | None = Field(
        description="第一页才有：没办结的各状态、overdue 超时、disputed 争议、dead 有死信的，各几张"
    )
    names: dict[str, str] = Field(description="平台的名称")
    categories: dict[str, str] = Field(description="事项类别的名称")


class DossierView(BaseModel):
    """一张工单的全部（另有办理情况的各项，与 /exchange/v1/tickets/… 的 handling 相同）。"""

    ticket: str
    incident: str
    state: State
    may: list[str] = Field(description="你的平台现在可以做的")
    papers: dict[str, Any] | None = Field(description="最新一版的五要素、类别等；没有转写")
    path: list[dict[str, Any]] = Field(
        description="经过的平台：platform word（took 受理，came 收到，delivered 送达，opened 打开过，"
        "queued 排队，retrying 重试，dead 没送到，accepted 签收，beyond 还不知道）"
        "at accepted_at holds own trouble"
    )
    steps: list[dict[str, Any]] = Field(description="办理经过：name title by who at reason to owner state")
    deadlines: list[dict[str, Any]] = Field(
        description="kind partner due state overdue late_seconds（负的是还剩）words"
    )
    links: list[dict[str, Any]] = Field(description="关联的工单：kin ticket state")
    deliveries: list[dict[str, Any]] = Field(description="与 /api/v1/tickets/…/delivery 相同")
    dead: list[dict[str, Any]] = Field(description="没送到的信，可以重发")
    names: dict[str, str] = Field(description="平台的名称")
    categories: dict[str, str] = Field(description="事项类别的名称")


class TicketDoor:
    """The handlers. names: what platforms are called; categories: (id, name, to) of the scope lists."""

    def __init__(
        self, desk: OverviewDesk | None, lens: Lens, names: Mapping[str, str], categories: Categories
    ) -> None:
        self._desk, self._lens, self._names, self._categories = desk, lens, dict(names), categories

    def router(self) -> APIRouter:
        """GET /tickets, GET /dossiers/…"""
        router = APIRouter(prefix="/api/v1", tags=["工单"], responses=_ANSWERS)
        router.get("/tickets", response_model=TicketsView, summary="工单清单")(self.tickets)
        router.get("/dossiers/{ticket}", response_model=DossierView, summary="一张工单的全部")(self.dossier)
        return router

    async def tickets(
        self,
        request: Request,
        only: Annotated[
            Only,
            Query(
                description="open 没办结的，overdue 超时的，disputed 协商不成的，dead 有死信的；不写是全部"
            ),
        ] = "",
        state: Annotated[State | None, Query(description="办理状态，如 accepted")] = None,
        partner: Annotated[str, Query(**_ANY, description="现在该谁办；only=overdue 时是谁超时")] = "",
        platform: Annotated[str, Query(**_ANY, description="只要经过这个平台的")] = "",
        category: Annotated[str, Query(**_ANY, description="事项类别的编号")] = "",
        county: Annotated[str, Query(**_ANY, description="区县")] = "",
        after: Annotated[str, Query(max_length=200, description="上一页答复里的 next")] = "",
        most: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> JSONResponse:
        """班长看的清单：没办结的、超时的、有争议的、没送到的。属于一个平台的用户只看得到经过本平台的。"""
        desk, viewer = self._there, request.state.who.platform
        asked = Asked(only, viewer, platform, partner, state or "", category, county, _place(after), most)
        rows = await desk.tickets(asked)
        last = rows[-1] if len(rows) == most else None
        return JSONResponse(
            {
                "tickets": [self._covered(row, request) for row in rows],
                "next": None if last is None else f"{last['place']}~{last['ticket']}",
                "counts": None if after else dict(await desk.counts(viewer)),
                **self._called(),
            }
        )

    async def dossier(self, ticket: TicketId, request: Request) -> JSONResponse:
        """五要素、经过哪些平台和时间、办理经过、时限、关联的工单、送到哪一步、没送到的信。"""
        who = request.state.who
        found = await self._there.dossier(ticket, who.platform)
        papers = found["papers"]
        shown = {**found, "papers": papers and self._lens.papers(papers, who), **self._called()}
        if not who.has("personal"):
            shown["reason"] = mask(found["reason"])
            shown["steps"] = [{**each, "reason": mask(each["reason"])} for each in found["steps"]]
        return JSONResponse(shown)

    def _called(self) -> dict[str, dict[str, str]]:
        return {"names": self._names, "categories": {id: name for id, name, _ in self._categories()}}

    def _covered(self, row: dict[str, Any], request: Request) -> dict[str, Any]:
        return row if request.state.who.has("personal") else {**row, "reason": mask(row["reason"])}

    @property
    def _there(self) -> OverviewDesk:
        if self._desk is None:
            raise NoSuchThing("本系统没有工单")
        return self._desk


def _place(after: str) -> tuple[datetime, str] | None:
    """Place and ticket of the last one known."""
    if not after:
        return None
    at, _, ticket = after.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not ticket:
        raise BadRequest("after 写上一页答复里的 next")
    return moment, ticket
