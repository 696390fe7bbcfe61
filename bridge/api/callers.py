"""A caller's history over HTTP: by the call that rings, or by a number.

Whoever lacks `personal` sees numbers covered and may ask by the call only: an answer to a number would say
whether it is the covered one.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from bridge.access.principal import Principal
from bridge.api.schemas import CallId, Problem
from bridge.errors import NoSuchCall, NoSuchThing
from bridge.services.history_desk import HistoryDesk
from bridge.services.records import Records
from bridge.tickets.masking import mask

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {401: "需要令牌", 403: "没有权限", 404: "没有这通电话"}.items()
}
Number = Annotated[str, Path(min_length=1, max_length=32, description="来电号码")]
Limit = Annotated[int, Query(ge=1, le=50, description="最多几条")]


class Contact(BaseModel):
    """以前的一通电话或一张工单。"""

    kind: str = Field(description="ticket 有工单；call 只有通话；abandoned 没有接到就挂断了")
    at: str = Field(description="什么时候")
    call: str = Field(description="通话编号；网络渠道的工单为空")
    ticket: str = Field(description="工单编号，没有为空")
    incident: str = Field(description="事件编号，没有为空")
    platforms: list[str] = Field(description="与哪些平台有关")
    category: str = Field(description="事项类别的名称")
    state: str = Field(description="办理状态，如 accepted；没有工单为空")
    holder: str = Field(description="现在归哪个平台办")
    text: str = Field(description="诉求内容，或诉求人说的话的开头")
    place: str = Field(description="事发地")
    queue: str = Field(description="没接到的：在哪个排队里")
    waited: float | None = Field(description="没接到的：等了多少秒")


class History(BaseModel):
    """一个号码以前的电话和工单，新的在前。"""

    contacts: list[Contact]


class CallerDoor:
    """desk None: nothing is kept to be found."""

    def __init__(self, desk: HistoryDesk | None, records: Records) -> None:
        self._given, self._records = desk, records

    def router(self) -> APIRouter:
        """The two ways to ask."""
        router = APIRouter(prefix="/api/v1", tags=["查询"], responses=_PROBLEMS)
        said: dict[str, Any] = {"response_model": History}
        router.get("/callers/{number}/history", summary="一个号码以前的电话和工单", **said)(self.of_number)
        router.get("/calls/{call_id}/history", summary="这位来电人以前的电话和工单", **said)(self.of_call)
        return router

    async def of_number(self, number: Number, request: Request, limit: Limit = 20) -> History:
        """要 personal 权限；属于一个平台的只看到与本平台有关的。"""
        return await self._told(number, request.state.who, limit)

    async def of_call(self, call_id: CallId, request: Request, limit: Limit = 20) -> History:
        """正在响铃的、进行中的或刚结束的电话；这通电话自己不在里面。号码不显示的没有历史。"""
        record = self._records.get(call_id)
        if record is None:
            raise NoSuchCall("没有这通电话，或者已经结束很久")
        return await self._told(record.call.caller.number, request.state.who, limit, call_id)

    async def _told(self, number: str, who: Principal, limit: int, but: str = "") -> History:
        if self._given is None:
            raise NoSuchThing("没有可查的")
        rows = await self._given.of(number, platform=who.platform, most=limit, but=but)
        return History.model_validate(
            {"contacts": rows if who.has("personal") else list(map(_covered, rows))}
        )


def _covered(row: dict[str, Any]) -> dict[str, Any]:
    """Without anybody's number."""
    return {**row, **{name: mask(row[name]) for name in ("text", "place")}}
