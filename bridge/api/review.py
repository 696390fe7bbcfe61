"""Review of calls 质检 over HTTP: the list, one call with pre-checks and notes, scores, marks and comments.

Everything needs `review`; numbers are covered for whoever lacks `personal`. What is written is in no log.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bridge.access.principal import Principal
from bridge.api import problems
from bridge.api.ledger import Ledger, slot
from bridge.api.review_views import call_row, review_text, review_view
from bridge.api.schemas import CallId, Problem
from bridge.api.tape_states import TapeStates
from bridge.errors import BadRequest, BridgeError, NoSuchThing, NotAllowed
from bridge.ports_search import Reviewed, Wanted
from bridge.review.form import Answer
from bridge.review.notes import FLAGS, Note
from bridge.services.review_desk import ReviewDesk
from bridge.tickets.search_words import MOST_ASKED, asked, personal

log = structlog.get_logger(__name__)

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {
        400: "写得不对",
        401: "需要令牌",
        403: "没有权限：要 review",
        404: "没有这通电话",
        409: "现在不能",
        412: "别人刚评过",
        413: "太长",
    }.items()
}
_Word = Annotated[str, Query(max_length=64)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", description="必填，同一键转接")]
NoteNumber = Annotated[int, Field(ge=1, le=2**53)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class AnswerWish(_Strict):
    """一项怎么评。"""

    option: str = Field(max_length=32, description="选项的 id；na = 不适用")
    note: str = Field(default="", description="说明")


class ScoreWish(_Strict):
    """给一个话务员的这通电话打分。"""

    agent: str = Field(max_length=16, description="分机号；分不清是谁的为空")
    version: int = Field(ge=0, le=10_000, description="看到的是第几版，没有评过 = 0；别人评过了就是 412")
    form: str = Field(max_length=16, description="按哪一版评分表（form.version）")
    answers: dict[str, AnswerWish] = Field(max_length=1000, description="问题 id → 怎么评")
    remark: str = Field(default="", description="总评")


class MarkWish(_Strict):
    """在通话的某一秒做个标记。"""

    flag: str = Field(max_length=16, description="，".join(f"{key} {name}" for key, name in FLAGS.items()))
    second: float = Field(description="通话的第几秒")
    text: str = Field(default="", description="说明")


class CommentWish(_Strict):
    """评论：对整通电话，或某一秒。"""

    text: str = Field(description="写什么")
    second: float | None = Field(default=None, description="通话的第几秒；不写 = 整通")


class ReviewDoor:
    """desk: None where nothing is archived; tapes: how each recording of a call stands for a viewer."""

    def __init__(self, desk: ReviewDesk | None, ledger: Ledger, tapes: TapeStates) -> None:
        self._given, self._ledger, self._tapes = desk, ledger, tapes

    def router(self) -> APIRouter:
        """/quality/form, /reviews and what is left at a call."""
        router = APIRouter(prefix="/api/v1", tags=["质检"], responses=_PROBLEMS)
        router.get("/quality/form", summary="评分表")(self.form)
        router.get("/reviews", summary="查通话")(self.find)
        router.get("/reviews/{call_id}", summary="一通电话的质检")(self.one)
        router.put("/reviews/{call_id}", summary="评分")(self.give)
        router.get("/reviews/{call_id}/export", summary="导出质检", response_class=Response)(self.export)
        router.post("/calls/{call_id}/marks", status_code=201, summary="标记")(self.mark)
        router.post("/calls/{call_id}/comments", status_code=201, summary="评论")(self.comment)
        back = router.delete("/calls/{call_id}/notes/{note}", status_code=204, summary="撤回标记、评论")
        back(self.take_back)
        return router

    async def form(self) -> JSONResponse:
        """现在的评分表（config/quality.yaml）。"""
        return JSONResponse(self._desk.form.json())

    async def find(  # noqa: PLR0913, PLR0917  its arguments are the question's
        self,
        request: Request,
        q: Annotated[str, Query(max_length=MOST_ASKED, description="说过的话，都要有")] = "",
        number: Annotated[
            str, Query(max_length=32, pattern=r"^[0-9+ -]*$", description="号码，或后四位；要 personal 权限")
        ] = "",
        place: Annotated[_Word, Query(description="地点")] = "",
        category: Annotated[_Word, Query(description="事项类别的编号")] = "",
        agent: Annotated[_Word, Query(description="话务员的分机号")] = "",
        platform: Annotated[_Word, Query(description="只查与哪个平台有关的")] = "",
        review: Annotated[Reviewed, Query(description="评过、没评过、有标记、有评论、有更正的")] = "",
        since: Annotated[AwareDatetime | None, Query(description="从什么时候起，含时区")] = None,
        until: Annotated[AwareDatetime | None, Query(description="到什么时候为止，含时区")] = None,
        after: Annotated[int | None, Query(ge=1, le=2**53, description="上一页给的 next")] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
    ) -> JSONResponse:
        """结束了的通话，新的在前；什么都不写 = 全部。属于一个平台的用户只查得到与本平台有关的。"""
        who: Principal = request.state.who
        words = f"{q} {place}"
        if (number.strip() or personal(asked(words))) and not who.has("personal"):
            raise NotAllowed("searching by number needs personal")
        if (q.strip() and not asked(q)) or (place.strip() and not asked(place)):
            raise BadRequest("没有可查的词：写汉字、字母或数字")
        if who.platform and platform not in ("", who.platform):
            return JSONResponse({"calls": [], "next": None})
        wanted = Wanted(
            words, "transcript", who.platform or platform, category, "", since, until, after, limit, agent,
            review, number=number,
        )  # fmt: skip
        found = await self._desk.find(wanted, who.platform)
        covered = not who.has("personal")
        rows = [call_row(each, asked(words), self._desk.names, covered=covered) for each in found]
        following = found[-1].hit.number if len(found) == limit else None
        return JSONResponse({"calls": rows, "next": following})

    async def one(self, call_id: CallId, request: Request) -> JSONResponse:
        """谁可以评、预检（只是建议，附依据的语句）、历次评分、标记和评论、录音怎么样。"""
        return JSONResponse(await self._view(call_id, request))

    async def export(
        self,
        call_id: CallId,
        request: Request,
        form: Annotated[Literal["json", "text"], Query(alias="format", description="json 或 text")] = "json",
    ) -> Response:
        """评分、标记和评论，给人看的文字或 JSON。转写、录音另有地址。"""
        view = await self._view(call_id, request)
        named = {"Content-Disposition": 'attachment; filename="review.' + _ENDS[form] + '"'}
        if form == "text":
            return Response(review_text(view), media_type="text/plain; charset=utf-8", headers=named)
        body = json.dumps(view, ensure_ascii=False, indent=1)
        return Response(body, media_type="application/json", headers=named)

    async def give(self, call_id: CallId, wish: ScoreWish, request: Request) -> JSONResponse:
        """预检只是建议，以这里写的为准。每评一次是一版，以前的都留着。"""
        who: Principal = request.state.who
        if wish.form != self._desk.form.version:
            raise BadRequest("评分表改过了：重新打开这一页，按新的评")
        made = await self._desk.give(
            call_id,
            wish.agent,
            version=wish.version,
            answers={id: Answer(each.option, each.note) for id, each in wish.answers.items()},
            remark=wish.remark,
            by=who.name,
            platform=who.platform,
        )
        log.info("review.scored", call=call_id, agent=made.agent, version=made.version, by=who.name)
        return JSONResponse(made.json())

    async def mark(
        self, call_id: CallId, wish: MarkWish, request: Request, idempotency_key: Key = None
    ) -> JSONResponse:
        """标记只有同一平台的人看得到。"""
        who: Principal = request.state.who

        async def made() -> Note:
            return await self._desk.mark(
                call_id, wish.flag, wish.second, wish.text, by=who.name, platform=who.platform
            )

        return await self._once(request, idempotency_key, wish, made)

    async def comment(
        self, call_id: CallId, wish: CommentWish, request: Request, idempotency_key: Key = None
    ) -> JSONResponse:
        """评论只有同一平台的人看得到。"""
        who: Principal = request.state.who

        async def made() -> Note:
            return await self._desk.comment(
                call_id, wish.second, wish.text, by=who.name, platform=who.platform
            )

        return await self._once(request, idempotency_key, wish, made)

    async def take_back(self, call_id: CallId, note: NoteNumber, request: Request) -> Response:
        """只能撤回自己写的；谁写过、什么时候撤回的留着，写的字不留。"""
        who: Principal = request.state.who
        await self._desk.take_back(call_id, note, by=who.name, platform=who.platform)
        return Response(status_code=204)

    async def _view(self, call_id: str, request: Request) -> dict[str, Any]:
        who: Principal = request.state.who
        found = await self._desk.review(call_id, who.platform)
        tapes = await self._tapes.of(call_id, who)
        return review_view(found, self._desk, tapes, covered=not who.has("personal"))

    async def _once(
        self, request: Request, key: str | None, wish: BaseModel, made: Callable[[], Awaitable[Note]]
    ) -> JSONResponse:
        """A refusal is an answer too: repeated, the same request gets the same one."""
        taken = slot(request.state.who.digest, key, request.url.path, wish.model_dump())
        before = self._ledger.begin(taken)
        if before is not None:
            return _answer(before.status, json.loads(before.response), {"Idempotent-Replayed": "true"})
        status, body = 500, dict[str, Any]()
        try:
            status, body = 201, (await made()).json()
        except BridgeError as error:
            status, body = error.http_status, problems.problem(error)
        finally:
            if status >= 500:
                self._ledger.give_up(taken)
            else:
                self._ledger.finish(taken, status, body)
        return _answer(status, body)

    @property
    def _desk(self) -> ReviewDesk:
        if self._given is None:
            raise NoSuchThing("没有质检：没有配置转写存档")
        return self._given


_ENDS: Final = {"json": "json", "text": "txt"}


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status, headers, problems.MEDIA_TYPE if status >= 400 else None)
