"""Harassing callers over HTTP: who is marked, by whom and why; marking; taking back; the record.

Marks change memory and are written behind it; only the record is read from the database.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bridge.api.lens import Lens
from bridge.api.schemas import Problem
from bridge.errors import NoSuchThing, WrongMoment
from bridge.routing.numbers import LONGEST
from bridge.services.screening import Screening, deed_view, mark_view

Number = Annotated[str, Path(pattern=r"^[0-9*#+]+$", max_length=LONGEST, description="来电号码")]
Why = Annotated[str, Field(min_length=1, max_length=200, description="为什么，写给以后看的人")]
MOST: Final = 1000
_MILD: Final = frozenset({"mark", "warn"})
"""What whoever may transfer may do; more needs `admin`: it keeps a caller away from people."""
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限：limit、divert 和取消标记要 admin"},
    404: {"model": Problem, "description": "没有这个标记"},
    409: {"model": Problem, "description": "没有配置 harassment.divert_to，不能 divert"},
}


class MarkWish(BaseModel):
    """标记一个号码。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    measure: Literal["mark", "warn", "divert", "limit"] = Field(
        description="mark 标记，warn 警告，divert 转给指定的人，limit 限制次数；后两种要 admin"
    )
    why: Why
    days: int | None = Field(default=None, ge=1, le=3650, description="多少天后失效；不写 = 一直有效")


class MarkView(BaseModel):
    """一个标记。"""

    number: str
    measure: str
    why: str
    by: str = Field(description="谁标的（令牌的名称）")
    at: str
    until: str | None


class HarassmentView(BaseModel):
    """全部标记和规则。"""

    marks: list[MarkView]
    rules: list[dict[str, Any]] = Field(description="name then number calls window")


class Record(BaseModel):
    """处理记录，新的在前：at number deed by why。"""

    deeds: list[dict[str, Any]] = Field(
        description="deed：mark warn divert limit 对一通来电做了什么；marked:… unmarked 谁标记、取消标记"
    )


class Harassment:
    """The handlers."""

    def __init__(self, screening: Screening | None, lens: Lens) -> None:
        self._screening, self._lens = screening, lens

    def router(self) -> APIRouter:
        """GET, PUT and DELETE of /harassment."""
        router = APIRouter(prefix="/api/v1/harassment", tags=["恶意骚扰"], responses=_ANSWERS)
        router.get("", response_model=HarassmentView, summary="标记和规则")(self.show)
        router.get("/record", response_model=Record, summary="处理记录")(self.record)
        router.put("/{number}", response_model=MarkView, summary="标记一个号码")(self.mark)
        router.delete("/{number}", status_code=204, response_model=None, summary="取消标记")(self.unmark)
        return router

    async def show(self, request: Request) -> JSONResponse:
        """标记了哪些号码、谁标的、为什么，以及配置里的规则。没有 personal 权限的，号码遮住中间。"""
        return JSONResponse(self._lens.value(self._there.view(), request.state.who))

    async def record(
        self, request: Request, number: str | None = None, most: Annotated[int, Query(ge=1, le=MOST)] = 100
    ) -> JSONResponse:
        """每一次标记、取消、警告、转走、限制：什么时候、哪个号码、谁（哪条规则）、为什么。"""
        found = {"deeds": [deed_view(deed) for deed in await self._there.deeds(number, most)]}
        return JSONResponse(self._lens.value(found, request.state.who))

    async def mark(self, number: Number, wish: MarkWish, request: Request) -> JSONResponse:
        """下一通来电就生效；同一个号码再标一次就换掉。紧急方向的来电从不拦。"""
        who = request.state.who
        if wish.measure not in _MILD:
            who.needs("admin")
        if wish.measure == "divert" and not self._there.policy.divert_to:
            raise WrongMoment("没有配置 harassment.divert_to：先写明转给谁")
        return JSONResponse(mark_view(self._there.mark(number, wish.measure, wish.why, who.name, wish.days)))

    async def unmark(
        self, number: Number, request: Request, why: Annotated[str, Query(min_length=1, max_length=200)]
    ) -> None:
        """记录里仍留着标过、取消过。"""
        if not self._there.unmark(number, why, request.state.who.name):
            raise NoSuchThing("no such mark")

    @property
    def _there(self) -> Screening:
        if self._screening is None:
            raise NoSuchThing("no screening")
        return self._screening
