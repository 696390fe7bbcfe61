"""The agent's hand on their own call over HTTP, for any telephone: hold, take back, hang up, keys.

Nothing is waited for: the switchboard does it in memory. Only the own leg: that of the user's extension, or,
for an administrator's token, that of whoever is with the caller.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bridge.access.principal import Principal
from bridge.api import problems
from bridge.api.ledger import Ledger, slot
from bridge.api.schemas import CallId, Problem
from bridge.errors import BridgeError, NotInCall
from bridge.services.hand import Hand

log = structlog.get_logger(__name__)

MOST_DIGITS: Final = 32
KeyHeader = Annotated[
    str | None,
    Header(description="按键必填，其余可不写：一次操作一个新的随机值；重试用原来的值，不会做两次"),
]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {
        400: "请求格式不对，或按键缺少 Idempotency-Key",
        401: "需要令牌",
        403: "没有权限",
        404: "没有这通电话，或已经结束",
        409: "自己的分机不在这通电话里，或现在不能",
        422: "Idempotency-Key 已用于另一个请求",
    }.items()
}


class Digits(BaseModel):
    """按哪些键。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    digits: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MOST_DIGITS,
            pattern=r"^[0-9*#A-D]+$",
            description="依次按的键",
            examples=["1"],
        ),
    ]


class Handled(BaseModel):
    """做了以后。"""

    call: str = Field(description="通话编号")
    held: bool = Field(description="自己这一方是否保持着别人（放音乐）")


class HandDoor:
    """The handlers over a switchboard's hand."""

    def __init__(self, hand: Hand, ledger: Ledger) -> None:
        self._hand, self._ledger = hand, ledger

    def router(self) -> APIRouter:
        """POST …/hold, …/resume, …/hangup, …/digits."""
        router = APIRouter(prefix="/api/v1/calls/{call_id}", tags=["通话"], responses=_ANSWERS)
        router.post("/hold", response_model=Handled, summary="保持")(self.hold)
        router.post("/resume", response_model=Handled, summary="取回")(self.resume)
        router.post("/hangup", response_model=Handled, summary="挂机")(self.hang_up)
        router.post("/digits", response_model=Handled, summary="按键")(self.press)
        return router

    async def hold(
        self, call_id: CallId, request: Request, idempotency_key: KeyHeader = None
    ) -> JSONResponse:
        """别人听音乐，互相听不到；自己的话机不用按。重复无妨。"""
        return self._do(
            request, call_id, idempotency_key, lambda own: self._hand.hold(call_id, own), held=True
        )

    async def resume(
        self, call_id: CallId, request: Request, idempotency_key: KeyHeader = None
    ) -> JSONResponse:
        """取回，接着说。没有保持时什么也不变。"""
        return self._do(request, call_id, idempotency_key, lambda own: self._hand.resume(call_id, own))

    async def hang_up(
        self, call_id: CallId, request: Request, idempotency_key: KeyHeader = None
    ) -> JSONResponse:
        """挂自己的话机；还在振铃的算拒接。正在转接时按转接的规矩办：诉求人接着等对方，或与对方通话。"""
        return self._do(request, call_id, idempotency_key, lambda own: self._hand.hang_up(call_id, own))

    async def press(
        self, call_id: CallId, wish: Digits, request: Request, idempotency_key: KeyHeader = None
    ) -> JSONResponse:
        """把键按给正在通话的对方（功能码有自己的接口，不从这里按）。静默的线路上不能按。"""
        asked = {"digits": wish.digits}
        key = idempotency_key or ""
        return self._do(request, call_id, key, lambda own: self._hand.press(call_id, own, wish.digits), asked)

    def _do(
        self,
        request: Request,
        call_id: str,
        key: str | None,
        do: Callable[[str | None], object],
        asked: dict[str, Any] | None = None,
        *,
        held: bool = False,
    ) -> JSONResponse:
        """Once, where a key says what once is. Nothing is awaited."""
        who = request.state.who
        taken = slot(who.digest, key, request.url.path, asked or {}) if key is not None else None
        before = self._ledger.begin(taken) if taken is not None else None
        if before is not None:
            return JSONResponse(json.loads(before.response), before.status, {"Idempotent-Replayed": "true"})
        status, body = 500, dict[str, Any]()
        try:
            do(own_leg(who))
            status, body = 200, {"call": call_id, "held": held}
        except BridgeError as error:
            status, body = error.http_status, problems.problem(error)
        finally:
            if taken is not None and status < 500:
                self._ledger.finish(taken, status, body)
            elif taken is not None:
                self._ledger.give_up(taken)
        log.info(
            "hand.by_api", call=call_id, by=who.name, what=request.url.path.rpartition("/")[2], status=status
        )
        return JSONResponse(body, status, media_type=problems.MEDIA_TYPE if status >= 400 else None)


def own_leg(who: Principal) -> str | None:
    """The extension whose leg is meant; None: whoever is with the caller. Raises NotInCall."""
    if who.extension:
        return who.extension
    if "admin" in who.may:
        return None
    raise NotInCall("没有分机：令牌不能替话务员管话路，要 admin")
