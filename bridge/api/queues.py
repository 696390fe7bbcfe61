"""The queues over HTTP: how they stand, and who takes calls.

Setting an agent's state changes memory only; nothing is waited for.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bridge.api.lens import Lens
from bridge.api.parts import ApiParts
from bridge.api.schemas import Problem
from bridge.errors import NoSuchAgent
from bridge.services.queue_view import day_and_hour

AgentNumber = Annotated[str, Path(pattern=r"^[0-9]{2,16}$", description="分机号")]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限"},
    404: {"model": Problem, "description": "没有这个话务员"},
}


class Readiness(BaseModel):
    """话务员接不接队列的电话。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    state: Literal["ready", "paused"] = Field(description="ready 就绪（也结束话后），paused 暂停")


class AgentView(BaseModel):
    """一个话务员。"""

    number: str = Field(description="分机号")
    name: str = Field(description="名字")
    state: str = Field(
        description="ready 就绪，ringing 振铃，busy 通话中，after-call 话后，paused 暂停，away 话机不在"
    )
    paused: str = Field(description="谁暂停的：self 自己，supervisor 接口，missed 连续不接；否则为空")
    queues: list[str] = Field(description="所在的队列")


class QueuesView(BaseModel):
    """全部队列和话务员。比率为 0 到 1，没有来电时为 null；时间为秒。"""

    queues: list[dict[str, Any]] = Field(
        description="name waiting longest_wait agents（各状态人数） callers today hour；"
        "today、hour：offered answered abandoned overflowed answer_rate 接通率 abandon_rate 早释率"
        " average_wait longest_wait"
    )
    agents: list[AgentView]
    all: dict[str, Any] = Field(
        default={}, description="全部来电（排队的和不排队的）：today、hour；这里 overflowed 是没人接的"
    )


class Queues:
    """The handlers."""

    def __init__(self, parts: ApiParts, lens: Lens) -> None:
        self._lens = lens
        self._desk, self._callbacks, self._clock = parts.queues, parts.callbacks, parts.clock

    def router(self) -> APIRouter:
        """GET /queues and PUT /agents/…/state."""
        router = APIRouter(prefix="/api/v1", tags=["排队"], responses=_ANSWERS)
        router.get("/queues", response_model=QueuesView, summary="队列和话务员")(self.show)
        router.put("/agents/{number}/state", response_model=AgentView, summary="就绪或暂停")(self.set_state)
        return router

    async def show(self, request: Request) -> JSONResponse:
        """排队的人数、等了多久、话务员的状态、今天和最近一小时的接通率和早释率。
        属于一个平台的用户只看到有本平台话务员的队列，没有全部来电的合计（all）。"""
        who = request.state.who
        shown = self._lens.queues(self._desk.view() if self._desk else {"queues": [], "agents": []}, who)
        if self._callbacks is not None and not who.platform:
            shown["all"] = day_and_hour(self._callbacks.figures, self._clock)
        return JSONResponse(shown)

    async def set_state(self, number: AgentNumber, wish: Readiness) -> JSONResponse:
        """话务员自己的页面或班长改。通话中暂停，挂机后生效；就绪立刻结束话后。"""
        if self._desk is None:
            raise NoSuchAgent("没有配置队列")
        if wish.state == "ready":
            self._desk.ready(number)
        else:
            self._desk.pause(number, "supervisor")
        agents = self._desk.view()["agents"]
        return JSONResponse(next(each for each in agents if each["number"] == number))
