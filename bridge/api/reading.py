"""What can be read over HTTP: calls, tickets, keys, status, health, figures. Changes nothing, waits for
nothing."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bridge.api.lens import Lens
from bridge.api.parts import ApiParts
from bridge.api.picture import Picture
from bridge.api.schemas import CallId, CallPicture, Calls, Health, Incident, Keys, Problem
from bridge.errors import NoSuchCall, NoSuchThing
from bridge.tickets.ticket import encode

_CLOSED: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限"},
}
_MISSING: Final[dict[int | str, dict[str, Any]]] = {404: {"model": Problem, "description": "没有"}}


class Reading:
    """The handlers over the parts."""

    def __init__(self, parts: ApiParts, picture: Picture, lens: Lens) -> None:
        self._parts, self._picture, self._lens = parts, picture, lens

    def router(self) -> APIRouter:
        """Every GET that is not a page."""
        router = APIRouter()
        api = APIRouter(prefix="/api/v1", tags=["查询"], responses=_CLOSED)
        api.get("/calls", response_model=Calls, summary="通话列表")(self.calls)
        api.get("/calls/{call_id}", response_model=CallPicture, responses=_MISSING, summary="一通电话")(
            self.call
        )
        api.get("/tickets/{incident}", responses=_MISSING, summary="工单")(self.ticket)
        api.get("/keys", response_model=Keys, summary="一键转接键")(self.keys)
        api.get("/status", summary="系统状态")(self.status)
        router.include_router(api)
        router.get("/healthz", response_model=Health, tags=["运维"], summary="是否活着")(self.health)
        router.get("/metrics", tags=["运维"], summary="Prometheus 指标", responses=_CLOSED)(self.metrics)
        return router

    async def calls(self, request: Request) -> JSONResponse:
        """正在进行的和最近结束的电话。属于一个平台的用户只看到与本平台有关的。"""
        return JSONResponse({"calls": self._picture.calls(request.state.who)})

    async def call(self, call_id: CallId, request: Request) -> JSONResponse:
        """状态、全部转写、工单或草稿。"""
        record = self._parts.records.get(call_id)
        if record is None:
            raise NoSuchCall("没有这通电话，或者已经结束很久")
        await self._lens.prepare(record.transcript.utterances)
        return JSONResponse(self._picture.whole(record, request.state.who))

    async def ticket(self, incident: Incident, request: Request) -> JSONResponse:
        """一个事件的最新一版工单，含转写（bridge.ticket.v1）。"""
        ticket = self._parts.ticket_of(incident)
        if ticket is None:
            raise NoSuchThing("no such ticket")
        return JSONResponse(self._lens.ticket(encode(ticket), request.state.who))

    async def keys(self) -> JSONResponse:
        """话务员可用的一键转接键。"""
        return JSONResponse({"keys": self._parts.keys()})

    async def status(self, request: Request) -> JSONResponse:
        """注册的话机、识别、媒体、数量。属于一个平台的用户只看到本平台的通话数。"""
        return JSONResponse(self._lens.status(self._parts.status(), request.state.who))

    async def health(self) -> JSONResponse:
        """不需要令牌。"""
        return JSONResponse({"status": "ok"})

    async def metrics(self) -> Response:
        """需要 read 权限的令牌，或受信任的本机。"""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
