"""The key over HTTP: press it, lead the transfer to its end, take it back.

The press reaches the switchboard before anything is waited for: the arrival was noted at the door, the key
is looked up in memory, the database learns of it afterwards (design.md, promise 2).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse

from bridge.api import problems
from bridge.api.ledger import Ledger, slot
from bridge.api.schemas import CallId, Pressed, Problem, Wish
from bridge.calls.call import Transfer
from bridge.calls.events import Steering
from bridge.errors import BridgeError, WrongMoment
from bridge.routing.plan import Mode
from bridge.services.switchboard import Switchboard
from bridge.services.views import transfer_view

log = structlog.get_logger(__name__)

KeyHeader = Annotated[
    str | None,
    Header(
        description="必填。每次按键一个新的随机值；重试用原来的值，不会转接两次",
        examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ),
]
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {
        400: "请求格式不对，或缺少 Idempotency-Key",
        401: "需要令牌",
        403: "没有权限，或来源不符",
        404: "没有这通电话，或号码没有路由",
        409: "现在不能转接，或同一请求正在处理",
        413: "请求内容太大",
        422: "Idempotency-Key 已用于另一个请求",
    }.items()
}

Asked = dict[str, Any]
Outcome = tuple[int, dict[str, Any]]
"""Status and body of an answer."""


class Transfers:
    """The handlers over a switchboard."""

    def __init__(self, switchboard: Switchboard, ledger: Ledger) -> None:
        self._switchboard, self._ledger = switchboard, ledger

    def router(self) -> APIRouter:
        """POST …/transfers, POST …/transfers/current/{how}, DELETE …/transfers/current."""
        router = APIRouter(prefix="/api/v1/calls/{call_id}/transfers", tags=["转接"], responses=_REFUSALS)
        taken: dict[int | str, dict[str, Any]] = {
            200: {"model": Pressed, "description": "已有转接在进行：什么也没有改变，返回那一次"},
            202: {"model": Pressed, "description": "开始转接；后续状态见 live 或通话"},
        }
        router.post("", status_code=202, responses=taken, summary="一键转接")(self.press)
        router.post("/current/{how}", response_model=Pressed, summary="完成、切换、三方")(self.steer)
        router.delete("/current", response_model=Pressed, summary="取消转接")(self.cancel)
        return router

    async def press(
        self, call_id: CallId, wish: Wish, request: Request, idempotency_key: KeyHeader = None
    ) -> JSONResponse:
        """把正在与话务员通话的诉求人转到 `to`。转接期间诉求人与话务员照常通话；对方接起后按 `mode`。"""
        at = request.state.arrived
        asked = wish.model_dump(exclude_none=True)
        return self._once(
            request, idempotency_key, asked, call_id, lambda: self._press(call_id, wish.to, at, wish.mode)
        )

    async def steer(
        self, call_id: CallId, how: Steering, request: Request, idempotency_key: KeyHeader = None
    ) -> JSONResponse:
        """对方接听之后。complete：话务员退出，诉求人与对方通话。swap：话务员转向另一方。join：三方通话。"""
        return self._once(request, idempotency_key, {}, call_id, lambda: self._steer(call_id, how))

    async def cancel(self, call_id: CallId) -> JSONResponse:
        """取消进行中的转接：对方退出，诉求人与话务员通话。"""
        call = self._switchboard.cancel(call_id)
        log.info("key.cancelled_by_api", call=call_id)
        return JSONResponse(_body(call_id, call.transfers[-1]))

    def _once(
        self,
        request: Request,
        key: str | None,
        asked: dict[str, Any],
        call_id: str,
        do: Callable[[], Outcome],
    ) -> JSONResponse:
        """Do it unless this very request was answered before. Nothing is awaited from here to the INVITE."""
        who, path = request.state.who, request.url.path
        taken = slot(who.digest, key, path, asked)
        before = self._ledger.begin(taken)
        if before is not None:
            return _response(before.status, json.loads(before.response), {"Idempotent-Replayed": "true"})
        status, body = 500, dict[str, Any]()
        try:
            status, body = do()
        finally:
            if status >= 500:
                self._ledger.give_up(taken)
            else:
                self._ledger.finish(taken, status, body)
        log.info("key.by_api", call=call_id, by=who.name, what=path.rpartition("/")[2], status=status)
        return _response(status, body)

    def _press(self, call_id: str, to: str, at: float, mode: Mode | None) -> Outcome:
        """A refusal is an answer too: repeated, the same request gets the same one."""
        try:
            earlier = self._switchboard.call(call_id).transfer
            transfer = self._switchboard.press_call(call_id, to, at, mode)
            again = earlier is not None and transfer.id == earlier.id
            if again and not transfer.in_flight:
                raise WrongMoment("通话不在可以转接的状态")
        except BridgeError as error:
            return error.http_status, problems.problem(error)
        return (200 if again else 202), _body(call_id, transfer)

    def _steer(self, call_id: str, how: Steering) -> Outcome:
        try:
            call = self._switchboard.steer(call_id, how)
        except BridgeError as error:
            return error.http_status, problems.problem(error)
        return 200, _body(call_id, call.transfers[-1])


def _body(call_id: str, transfer: Transfer) -> dict[str, Any]:
    return {"call": call_id, "transfer": transfer_view(transfer)}


def _response(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    media = problems.MEDIA_TYPE if status >= 400 else None
    return JSONResponse(body, status, headers, media)
