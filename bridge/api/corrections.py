"""An agent's corrections of the five elements and the category over HTTP: of a call, before and after the
press, or a ticket.

The line in the log says who set which element, never what was written there.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bridge.api.lens import Lens
from bridge.api.schemas import CallId, Incident, Problem
from bridge.errors import NoSuchThing
from bridge.services.corrections import Corrections
from bridge.tickets.elements import MAX_AMENDMENT, ElementName

log = structlog.get_logger(__name__)

Which = Annotated[
    ElementName, Path(description="who 诉求人，contact 联系方式，when 事发时间，where 事发地，what 诉求内容")
]
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem, "description": "请求格式不对"},
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限"},
    404: {"model": Problem, "description": "没有这通电话、这张工单"},
}


class Correction(BaseModel):
    """一个要素应该是什么。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    value: str = Field(max_length=MAX_AMENDMENT, description="改成什么；空的 = 清掉听错的，不再自动填")


class Choice(BaseModel):
    """选定的类别。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=64, description="事项类别的编号，见 /exchange/v1/categories")


class Chosen(BaseModel):
    """选定之后的类别，同工单里的 category；source 为 agent。"""

    category: dict[str, Any]


class Corrected(BaseModel):
    """改过之后的五要素，同工单里的 elements。"""

    elements: dict[str, Any]


class CorrectionDoor:
    """The handlers."""

    def __init__(self, corrections: Corrections | None, lens: Lens) -> None:
        self._corrections, self._lens = corrections, lens

    def router(self) -> APIRouter:
        """PUT …/calls/{call_id}/elements/{name} and …/tickets/{incident}/elements/{name}; PUT
        …/calls/{call_id}/category."""
        router = APIRouter(prefix="/api/v1", tags=["五要素"], responses=_REFUSALS)
        router.put("/calls/{call_id}/elements/{name}", response_model=Corrected, summary="改一通电话的要素")(
            self.in_call
        )
        router.put("/tickets/{incident}/elements/{name}", response_model=Corrected, summary="改工单的要素")(
            self.in_ticket
        )
        router.put("/calls/{call_id}/category", response_model=Chosen, summary="采纳或改类别")(self.choose)
        return router

    async def choose(self, call_id: CallId, choice: Choice, request: Request) -> JSONResponse:
        """采纳推荐的类别，或另选清单里的一类。选定之后，转写不再改它；工单出新版本。"""
        category = self._there.classify(call_id, choice.id)
        log.info("category.chosen", call=call_id, category=choice.id, by=request.state.who.name)
        return JSONResponse(self._lens.value({"category": category}, request.state.who))

    async def in_call(
        self, call_id: CallId, name: Which, correction: Correction, request: Request
    ) -> JSONResponse:
        """按键之前改的，按键时带进工单；之后改的，工单出新版本。改过的不会再被转写覆盖。"""
        elements = self._there.in_call(call_id, name, correction.value)
        log.info("element.corrected", call=call_id, element=name, by=request.state.who.name)
        return JSONResponse(self._lens.value({"elements": elements}, request.state.who))

    async def in_ticket(
        self, incident: Incident, name: Which, correction: Correction, request: Request
    ) -> JSONResponse:
        """电话结束之后也可以改，工单出新版本推给对方。"""
        elements = await self._there.in_ticket(incident, name, correction.value)
        log.info("element.corrected", incident=incident, element=name, by=request.state.who.name)
        return JSONResponse(self._lens.value({"elements": elements}, request.state.who))

    @property
    def _there(self) -> Corrections:
        if self._corrections is None:
            raise NoSuchThing("no corrections")
        return self._corrections
