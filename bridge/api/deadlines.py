"""The 督办 list over HTTP: who is late with what. Urging them is a deed like others (api/exchange)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bridge.api.schemas import Problem
from bridge.errors import BadRequest, NoSuchThing
from bridge.handling.words import State, Urgency
from bridge.services.deadline_desk import DeadlineDesk

MOST: Final = 500
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem, "description": "请求格式不对"},
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限"},
    404: {"model": Problem, "description": "本系统没有时限"},
}


class OverdueView(BaseModel):
    """一项超时的事。"""

    ticket: str
    incident: str
    kind: Literal["accept", "feedback", "close", "outcome"] = Field(description="签收 反馈 办结 回告")
    partner: str = Field(description="该做的平台")
    summary: str = Field(description="一句话：谁应在什么时候前做什么，超了多久")
    since: datetime = Field(description="从什么时候起算")
    due: datetime = Field(description="应在什么时候之前")
    late_seconds: int = Field(ge=0, description="超时的秒数；按工作时间算的，只算工作时间")
    late: str = Field(description="超时多久，如 1 个工作日 2 工作小时")
    rule: str = Field(description="按哪条规则")
    state: State
    urgency: Urgency
    category: str | None
    origin: str
    target: str
    holder: str
    urged: int = Field(description="督办过几次")
    numbers: dict[str, str] = Field(description="各平台自己的业务编号")


class OverduesView(BaseModel):
    """一页，超时最久的在前。"""

    overdue: list[OverdueView]
    next: str | None = Field(description="下一页写在 after 里；null = 没有了")


class DeadlineDoor:
    """The handler."""

    def __init__(self, desk: DeadlineDesk | None) -> None:
        self._desk = desk

    def router(self) -> APIRouter:
        """GET …/deadlines/overdue."""
        router = APIRouter(prefix="/api/v1/deadlines", tags=["时限"], responses=_ANSWERS)
        router.get("/overdue", response_model=OverduesView, summary="督办清单")(self.overdue)
        return router

    async def overdue(
        self,
        request: Request,
        partner: Annotated[str, Query(max_length=64, description="只看这个平台欠的")] = "",
        after: Annotated[str, Query(max_length=200, description="上一页答复里的 next")] = "",
        most: Annotated[int, Query(ge=1, le=MOST)] = 100,
    ) -> JSONResponse:
        """超时还没有做的：谁、哪张工单、该做什么、超了多久（按工作时间算的只算工作时间）。退回、会商期间不计时，
        不在清单里。催办：POST /exchange/v1/tickets/{工单}/urge。"""
        if self._desk is None:
            raise NoSuchThing("no deadlines here")
        found = await self._desk.overdue(
            partner=partner, platform=request.state.who.platform, after=_place(after), most=most
        )
        last = found[-1] if len(found) == most else None
        following = None if last is None else f"{last['due']}~{last['ticket']}"
        rows = [{name: each[name] for name in OverdueView.model_fields} for each in found]
        return JSONResponse({"overdue": rows, "next": following})


def _place(after: str) -> tuple[datetime, str] | None:
    """Due and ticket of the last one known."""
    if not after:
        return None
    due, _, ticket = after.partition("~")
    try:
        moment = datetime.fromisoformat(due)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not ticket:
        raise BadRequest("after 写上一页答复里的 next")
    return moment, ticket
