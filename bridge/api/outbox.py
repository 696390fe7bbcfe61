"""Letters to the partners over HTTP: the dead ones and sending one again, and how far a ticket's have come.

A letter's text is never shown here: what is in it is read as the ticket, by whoever may read tickets.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import structlog
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bridge.adapters.db_deliveries import MOST, Deliveries, Kept
from bridge.api.schemas import Incident, Problem
from bridge.errors import NoSuchThing
from bridge.post.delivery import delivery_view

log = structlog.get_logger(__name__)

LetterId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="信的编号（webhook-id）")]
Listed = Literal["parked", "expired", "waiting"]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem, "description": "请求格式不对"},
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限：重发要 review 或 admin"},
    404: {"model": Problem, "description": "没有这封信、这张工单"},
    409: {"model": Problem, "description": "这封信不用重发，detail 里写着为什么"},
}


class LetterView(BaseModel):
    """一封信。"""

    id: str = Field(description="编号，就是 webhook-id")
    number: int = Field(description="先后；取下一页时写在 after 里")
    incident: str
    ticket: str
    platform: str = Field(description="写给哪个平台")
    kind: str = Field(description="opened update final 工单的一版；deed 一次签收、退回、反馈……")
    version: int
    state: str = Field(description="waiting 等着发；parked 对方拒收；expired 太久没送到")
    attempts: int
    trouble: str = Field(description="最后一次为什么没送到")
    created_at: str
    due: str = Field(description="下一次什么时候发（waiting）")


class LettersView(BaseModel):
    """一页信，旧的在前。"""

    letters: list[LetterView]


class DeliveryView(BaseModel):
    """一张工单送到哪一步。"""

    incident: str
    handling: str | None = Field(description="办理状态（draft delivered accepted …）；None：还没有")
    deliveries: list[dict[str, Any]] = Field(
        description="每个平台一条：platform state（queued 排队，retrying 没送到在重试，delivered 送达，"
        "opened 对方打开过，dead 没送到也不再发；对方签收之后是办理状态）version（送达的最新版）"
        "newest waiting dead attempts trouble queued_at delivered_at opened_at"
    )


class OutboxDoor:
    """The handlers."""

    def __init__(self, deliveries: Deliveries | None) -> None:
        self._deliveries = deliveries

    def router(self) -> APIRouter:
        """GET and POST of /outbox, GET …/tickets/{incident}/delivery."""
        router = APIRouter(prefix="/api/v1", tags=["送达"], responses=_ANSWERS)
        router.get("/outbox", response_model=LettersView, summary="没送到的信")(self.letters)
        router.post("/outbox/{letter}/replay", response_model=LetterView, summary="重发一封信")(self.replay)
        router.get("/tickets/{incident}/delivery", response_model=DeliveryView, summary="工单送到哪一步")(
            self.delivery
        )
        return router

    async def letters(
        self,
        request: Request,
        state: Listed = "parked",
        platform: Annotated[str | None, Query(max_length=64)] = None,
        after: Annotated[int, Query(ge=0, le=1 << 53)] = 0,
        most: Annotated[int, Query(ge=1, le=MOST)] = 100,
    ) -> JSONResponse:
        """死信（parked 对方拒收、expired 太久没送到）和还在等的信（waiting）。只看得到与本平台有关的。"""
        found = await self._there.letters(
            state, platform=platform, after=after, most=most, concerns=request.state.who.platform
        )
        return JSONResponse({"letters": [_view(letter) for letter in found]})

    async def replay(self, letter: LetterId, request: Request) -> JSONResponse:
        """放回去马上再发，编号不变，对方凭它去重；对方已有更新的版本时不用发（409）。"""
        who = request.state.who
        found = await self._there.replay(letter, concerns=who.platform)
        log.info("letter.replayed", letter=letter, incident=found.incident, by=who.name)
        return JSONResponse(_view(found))

    async def delivery(self, incident: Incident) -> JSONResponse:
        """写给每个平台的信到了哪一步；没有写过信的工单 deliveries 为空。"""
        there = self._there
        letters, handled = await there.of(incident), await there.handled(incident)
        if not letters and handled is None:
            raise NoSuchThing("没有这张工单")
        states = {handled.holder: handled.state} if handled is not None and handled.begun else {}
        return JSONResponse(
            {
                "incident": incident,
                "handling": None if handled is None else handled.state,
                "deliveries": delivery_view(letters, await there.openings(incident), states),
            }
        )

    @property
    def _there(self) -> Deliveries:
        if self._deliveries is None:
            raise NoSuchThing("no outbox")
        return self._deliveries


def _view(letter: Kept) -> dict[str, Any]:
    posted = letter.posted
    return {
        "id": posted.id,
        "number": letter.number,
        "incident": letter.incident,
        "ticket": letter.ticket,
        "platform": posted.platform,
        "kind": posted.kind,
        "version": posted.version,
        "state": posted.state,
        "attempts": posted.attempts,
        "trouble": posted.trouble,
        "created_at": posted.created_at.isoformat(),
        "due": letter.due.isoformat(),
    }
