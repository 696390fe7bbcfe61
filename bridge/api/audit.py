"""The record of deeds over HTTP: who read what, who changed what, newest first; and every deed that passes
the door, made from its request."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.types import Scope

from bridge.access.audit import WHAT, Deed
from bridge.access.principal import Principal
from bridge.adapters.db_audit import AuditTable, Wanted
from bridge.api.schemas import Problem
from bridge.errors import BadRequest, NoSuchThing
from bridge.tickets.masking import mask

MOST: Final = 1000
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限：要 admin"},
}
_Text = Annotated[str, Query(max_length=128)]


class AuditEntry(BaseModel):
    """一条操作记录。"""

    seq: int = Field(description="序号，连续")
    at: datetime
    who: str = Field(description="登录名或令牌的名称；登录失败而没有这个用户时为空")
    role: str
    platform: str
    what: str = Field(description="做了什么：" + "，".join(f"{key} {text}" for key, text in WHAT.items()))
    target: str = Field(description="对哪一个：通话、事件、录音的编号，用户名")
    address: str = Field(description="从哪个地址")
    detail: str = Field(description="方式，如导出的格式；没有内容")
    previous: str = Field(description="前一条的 hash")
    hash: str = Field(description="本条的 SHA-256")


class AuditPage(BaseModel):
    """操作记录，新的在前。"""

    entries: list[AuditEntry]
    next: int | None = Field(description="下一页的 before；null = 没有了")


class AuditDoor:
    """table: None where nothing is recorded."""

    def __init__(self, table: AuditTable | None) -> None:
        self._table = table

    def router(self) -> APIRouter:
        """The one GET."""
        router = APIRouter(prefix="/api/v1", tags=["运维"], responses=_ANSWERS)
        router.get("/audit", response_model=AuditPage, summary="操作记录")(self.find)
        return router

    async def find(
        self,
        request: Request,
        who: Annotated[_Text, Query(description="谁")] = "",
        what: Annotated[_Text, Query(description="做了什么")] = "",
        target: Annotated[_Text, Query(description="对哪一个")] = "",
        since: Annotated[datetime | None, Query(description="从这时起（含时区）")] = None,
        until: Annotated[datetime | None, Query(description="到这时止（含时区）")] = None,
        before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="上一页的 next")] = None,
        most: Annotated[int, Query(ge=1, le=MOST, description="最多几条")] = 100,
    ) -> JSONResponse:
        """谁看了、导出了、改了什么。要 admin；属于一个平台的管理员只看到本平台的人做的。看它也留记录。"""
        if self._table is None:
            raise NoSuchThing("没有操作记录")
        if any(time is not None and time.tzinfo is None for time in (since, until)):
            raise BadRequest("时间要带时区，如 2026-01-02T15:04:05+08:00")
        wanted = Wanted(who, what, target, request.state.who.platform, since, until, before)
        found = await self._table.find(wanted, most)
        following = found[-1]["seq"] if len(found) == most else None
        return JSONResponse({"entries": found, "next": following})


def deed_of(scope: Scope, who: Principal, what: str, target: str, at: datetime, address: str) -> Deed:
    """What a request did. Of its query only the form something was exported in: the rest may be words. Of a
    caller's number no more than who may not see it is shown."""
    target = mask(target) if what == "caller.read" else target
    form = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("format", [""])[0]
    return Deed(at, who.name, who.role, who.platform, what, target[:128], address, form[:16])
