"""Supervisors in calls over HTTP: listen in, whisper to the agent, barge in; another mode; leave.

The rights table lets nobody here without the right `monitor`, and nobody to another platform's call. The
record is kept by the service, before a telephone rings.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bridge.access.principal import Principal
from bridge.api.door import address_of, visitor_of
from bridge.api.schemas import CallId, Problem
from bridge.calls.supervisors import Supervisor, SupervisorMode
from bridge.errors import NoExtension, NoSuchThing, NotAllowed
from bridge.services.supervision import Supervision
from bridge.services.views import supervisor_view
from bridge.services.watches import Visitor

LegId = Annotated[
    str, Path(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._-]+$", description="班长的话路")
]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {
        400: "请求格式不对",
        401: "需要令牌",
        403: "没有权限，或是别的班长的话路",
        404: "没有这通电话、这个分机，或监听已经结束",
        409: "现在不能：还没有人通话、已经在听、人数已满、话机不通",
        503: "写不进操作记录，所以没有接入",
    }.items()
}


class Mode(BaseModel):
    """怎样听。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    mode: SupervisorMode = Field(
        description="listen 旁听（谁也听不到班长），whisper 耳语（只有话务员听得到），"
        "barge 强插（谁都听得到）"
    )


class Wanted(Mode):
    """怎样听，用哪部话机。"""

    extension: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9]{2,16}$",
            description="振铃的分机；不写 = 自己的。用户只能用自己的，令牌要写",
            examples=["8009"],
        ),
    ] = None


class Monitoring(BaseModel):
    """班长的一路。"""

    call: str = Field(description="通话编号")
    leg: str = Field(description="班长的话路：换方式、退出用它")
    extension: str = Field(description="振铃的分机")
    mode: SupervisorMode
    state: str = Field(description="dialling 呼叫中，ringing 振铃，talking 已接入")


class MonitorDoor:
    """supervision: None where there is none."""

    def __init__(self, supervision: Supervision | None) -> None:
        self._supervision = supervision

    def router(self) -> APIRouter:
        """POST …/monitor, PUT and DELETE …/monitor/{leg}."""
        router = APIRouter(prefix="/api/v1/calls/{call_id}/monitor", tags=["监听"], responses=_ANSWERS)
        router.post("", status_code=202, response_model=Monitoring, summary="旁听、耳语、强插")(self.begin)
        router.put("/{leg}", response_model=Monitoring, summary="换方式")(self.turn)
        router.delete("/{leg}", status_code=204, response_class=Response, summary="退出")(self.leave)
        return router

    async def begin(self, call_id: CallId, wish: Wanted, request: Request) -> JSONResponse:
        """班长自己的话机振铃，接起就听到。先写操作记录，写不进就不振铃。
        话机忙、没注册、拒接时回答 409，通话不受影响。要 monitor 权限；只能听与本平台有关的电话。"""
        desk, by = self._desk(), _by(request)
        extension = own_phone(by.who, wish.extension)
        return _answer(call_id, await desk.begin(call_id, wish.mode, extension, by), 202)

    async def turn(self, call_id: CallId, leg: LegId, wish: Mode, request: Request) -> JSONResponse:
        """在旁听、耳语、强插之间换，通话不断。只剩班长陪着诉求人时不能退到一旁。"""
        return _answer(call_id, await self._desk().turn(call_id, leg, wish.mode, _by(request)), 200)

    async def leave(self, call_id: CallId, leg: LegId, request: Request) -> Response:
        """班长的话机挂断；通话照旧。只剩班长陪着诉求人时，通话结束。"""
        self._desk().leave(call_id, leg, _by(request))
        return Response(status_code=204)

    def _desk(self) -> Supervision:
        if self._supervision is None:
            raise NoSuchThing("no supervision here")
        return self._supervision


def own_phone(who: Principal, wanted: str | None) -> str:
    """Which telephone is rung: a user's own, or the one a token or an administrator names. Raises
    NoExtension, NotAllowed."""
    if wanted is None or wanted == who.extension:
        if not who.extension:
            raise NoExtension("没有配分机" if who.kind == "user" else "令牌没有自己的话机，请写 extension")
        return who.extension
    if who.kind == "user" and "admin" not in who.may:
        raise NotAllowed("another person's telephone")
    return wanted


def _by(request: Request) -> Visitor:
    return Visitor(request.state.who, address_of(visitor_of(request.scope)))


def _answer(call_id: str, supervisor: Supervisor, status: int) -> JSONResponse:
    view = supervisor_view(supervisor)
    told = {name: view[name] for name in ("leg", "mode", "state")}
    return JSONResponse({"call": call_id, "extension": view["number"], **told}, status)
