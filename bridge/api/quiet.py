"""A quiet line over HTTP: the agent sees that the caller must not be heard to call."""

from __future__ import annotations

from typing import Any, Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bridge.api.schemas import CallId, Problem
from bridge.calls.events import Hushes
from bridge.services.switchboard import Switchboard

log = structlog.get_logger(__name__)

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限"},
    404: {"model": Problem, "description": "没有这通电话"},
}


class Hushed(BaseModel):
    """线路已静默。"""

    call: str = Field(description="通话编号")
    quiet: bool


class Quiet:
    """The handler over a switchboard."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def router(self) -> APIRouter:
        """POST …/quiet."""
        router = APIRouter(prefix="/api/v1/calls/{call_id}/quiet", tags=["静默求助"], responses=_REFUSALS)
        router.post("", response_model=Hushed, summary="转为静默")(self.hush)
        return router

    async def hush(self, call_id: CallId, request: Request) -> JSONResponse:
        """从现在起，诉求人的线路上不放音乐和提示音；按键 1 = 是、2 = 不是。再发一次什么也不变，不能撤回。"""
        call = self._switchboard.call(call_id)
        self._switchboard.lead(call, Hushes())
        log.info("call.hushed_by_api", call=call_id, by=request.state.who.name)
        return JSONResponse({"call": call_id, "quiet": True})
