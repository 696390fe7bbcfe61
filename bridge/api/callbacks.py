"""Callers nobody spoke with, over HTTP: who went, who is to be called back, and who does it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from bridge.api.schemas import Problem
from bridge.errors import NoSuchTask
from bridge.queues.abandoned import Abandoned, Task
from bridge.services.callback_desk import CallbackDesk
from bridge.tickets.masking import mask

MOST: Final = 500
"""Entries in one answer."""
TaskId = Annotated[str, Path(min_length=1, max_length=64, description="任务编号")]
Most = Annotated[int, Query(ge=1, le=MOST, description="最多几条")]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限"},
    404: {"model": Problem, "description": "没有这个任务，或已办完"},
}


class Result(BaseModel):
    """回拨的结果。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    reached: bool = Field(description="true = 联系上了或不用再打，任务办完；false = 没打通，留着再打")
    note: str = Field(default="", max_length=300, description="说明")


class TaskView(BaseModel):
    """一个回拨任务。同一号码没办完的只有一个。"""

    id: str = Field(description="任务编号")
    number: str = Field(description="号码")
    state: Literal["open", "tried", "done"] = Field(description="open 待回拨，tried 打过没通，done 办完")
    platform: str = Field(description="打的是哪个平台")
    route: str = Field(description="路由")
    stage: str = Field(
        description="最近一次走到哪里：ringing 振铃，queue 排队，recall 接回时，transfer 转接振铃时，"
        "goodbye 结束语时，unanswered 没人接，silent 无声来电"
    )
    opened_at: datetime = Field(description="第一次没接通的时间")
    last_at: datetime = Field(description="最近一次")
    times: int = Field(description="没接通几次")
    tries: int = Field(description="回拨没打通几次")
    by: str = Field(description="谁在办")
    note: str = Field(description="说明")
    ended: str = Field(description="怎么办完的：answered 又打来并接通，called-back 已回拨，closed 人工办结")


class Tasks(BaseModel):
    """回拨任务，最近的在前。"""

    callbacks: list[TaskView]


class AbandonedView(BaseModel):
    """一个没说上话的来电。"""

    id: str
    call: str = Field(description="通话编号")
    number: str = Field(description="号码，未显示时为空")
    platform: str
    route: str
    queue: str = Field(description="队列，不在队列时为空")
    stage: str = Field(description="走到哪里，同回拨任务；除 unanswered、silent 外都算早释")
    waited: float = Field(description="等了几秒")
    at: datetime
    incident: str = Field(description="事件编号，没有时为空")


class AbandonedList(BaseModel):
    """没说上话的来电，最近的在前。"""

    abandoned: list[AbandonedView]


View = TypeVar("View", TaskView, AbandonedView)


class Callbacks:
    """The handlers."""

    def __init__(self, desk: CallbackDesk | None) -> None:
        self._given = desk

    def router(self) -> APIRouter:
        """Lists, and what is done with a task."""
        router = APIRouter(prefix="/api/v1", tags=["早释和回拨"], responses=_ANSWERS)
        router.get("/abandoned", response_model=AbandonedList, summary="没说上话的来电")(self.gone)
        router.get("/callbacks", response_model=Tasks, summary="回拨任务")(self.tasks)
        router.post("/callbacks/{task}/take", response_model=TaskView, summary="领取")(self.take)
        router.post("/callbacks/{task}/result", response_model=TaskView, summary="回拨结果")(self.result)
        return router

    async def gone(self, request: Request, most: Most = 100) -> AbandonedList:
        """振铃、排队、接回、转接中就走了的，没人接的，接通后没说话的。没有 personal 权限的，号码遮住中间。"""
        found = [_gone(each) for each in await self._desk.gone(most, request.state.who.platform)]
        return AbandonedList(abandoned=[_seen(each, request) for each in found])

    async def tasks(
        self,
        request: Request,
        state: Annotated[
            Literal["open", "tried", "done"] | None, Query(description="不写 = 没办完的")
        ] = None,
        most: Most = 100,
    ) -> Tasks:
        """同一号码再打来并接通，或者从本系统拨通了它，任务自动办完。没有 personal 权限的，号码遮住中间。"""
        found = [
            _task(each) for each in await self._desk.tasks(state or "", most, request.state.who.platform)
        ]
        return Tasks(callbacks=[_seen(each, request) for each in found])

    async def take(self, task: TaskId, request: Request) -> TaskView:
        """说明谁在办，别人就不用再打。"""
        return _seen(_task(await self._desk.change(task, "take", request.state.who.name)), request)

    async def result(self, task: TaskId, found: Result, request: Request) -> TaskView:
        """联系上了就办完；没打通就留着，次数加一。"""
        what = "done" if found.reached else "tried"
        return _seen(_task(await self._desk.change(task, what, request.state.who.name, found.note)), request)

    @property
    def _desk(self) -> CallbackDesk:
        if self._given is None:
            raise NoSuchTask("没有启用回拨")
        return self._given


def _seen(view: View, request: Request) -> View:
    """As somebody may see it: whoever calls back has the right `personal`."""
    if request.state.who.has("personal"):
        return view
    return view.model_copy(update={"number": mask(view.number)})


def _task(task: Task) -> TaskView:
    return TaskView(**asdict(task))


def _gone(gone: Abandoned) -> AbandonedView:
    return AbandonedView(**{name: value for name, value in asdict(gone).items() if name != "callback"})
