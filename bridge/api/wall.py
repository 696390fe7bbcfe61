"""The wall over HTTP: how the house is and how it answers, in one answer; afterwards the live feed's `wall`
events bring the sections that change."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from bridge.api.lens import Lens
from bridge.api.schemas import Problem
from bridge.errors import NoSuchThing
from bridge.services.wall_desk import WallDesk

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限"},
    404: {"model": Problem, "description": "没有"},
}


class WallView(BaseModel):
    """系统好不好，现在接得怎样。"""

    trunks: list[dict[str, Any]] = Field(
        description="中继：name label state（up down unprobed inbound）calls channels"
    )
    registrations: list[dict[str, Any]] = Field(description="向运营商的注册")
    recogniser: dict[str, Any] = Field(
        description="转写：state（off up partly full down）servers（url up full streams model）"
    )
    media: dict[str, Any] = Field(description="语音进程：state（up down）rtpengine（up down；没有配置为空）")
    partners: list[dict[str, Any]] = Field(
        description="对方平台：platform state（new up trouble down）waiting parked expired "
        "oldest_minutes last_error"
    )
    recording: dict[str, Any] = Field(
        description="录音：state（off up disk-full quota write-failed slow-disk recorder-gone）"
        "open free_mb least_mb"
    )
    phones: int = Field(description="注册着的话机")
    queue_rates: list[dict[str, Any]] = Field(
        description="各队列：name hour today（offered answered abandoned "
        "answer_rate 接通率 abandon_rate 早释率 …）"
    )
    platform_rates: list[dict[str, Any]] = Field(description="各平台的来电：platform hour today")
    names: dict[str, str] = Field(description="平台的名称")


class WallDoor:
    """The handler."""

    def __init__(self, desk: WallDesk | None, lens: Lens) -> None:
        self._desk, self._lens = desk, lens

    def router(self) -> APIRouter:
        """GET /api/v1/wall."""
        router = APIRouter(prefix="/api/v1", tags=["状态"], responses=_ANSWERS)
        router.get("/wall", response_model=WallView, summary="班长台：系统和接通率")(self.show)
        return router

    async def show(self, request: Request) -> dict[str, Any]:
        """中继、转写、语音、对方平台、录音磁盘，各队列、各平台最近一小时和今天的接通率、早释率。
        之后的变化在实时事件 wall 里，只有变了的几项。"""
        if self._desk is None:
            raise NoSuchThing("no wall here")
        shown = self._lens.wall(self._desk.picture(), request.state.who)
        return {**shown, "names": self._desk.names}
