"""A call's messages over HTTP, for an administrator who looks for what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from bridge.api.schemas import CallId, Problem


class LadderDoor:
    """ladder: call id, with telephone numbers in full or not -> JSON values (raises NoSuchCall)."""

    def __init__(self, ladder: Callable[[str, bool], dict[str, Any]]) -> None:
        self._ladder = ladder

    def router(self) -> APIRouter:
        """The one GET."""
        api = APIRouter(prefix="/api/v1", tags=["运维"])
        closed = {status: {"model": Problem} for status in (401, 403, 404)}
        api.get("/calls/{call_id}/ladder", responses=closed, summary="信令图")(self.ladder)  # type: ignore[arg-type]
        return api

    async def ladder(
        self,
        call_id: CallId,
        numbers: Annotated[bool, Query(description="显示完整的电话号码")] = False,
    ) -> JSONResponse:
        """一通电话每条话路的每条 SIP 消息（不含消息体）。需要 admin 权限。"""
        return JSONResponse(self._ladder(call_id, numbers))
