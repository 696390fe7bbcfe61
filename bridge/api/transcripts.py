"""Stored transcripts over HTTP: the list, one of them in four forms, and corrections.

Numbers are covered for whoever lacks `personal`. A correction leaves a line in the log with who made it and
how long it is, never what it says.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bridge.access.principal import Principal
from bridge.api import problems
from bridge.api.ledger import Ledger, slot
from bridge.api.schemas import CallId, Problem
from bridge.api.sounds import SoundBook
from bridge.errors import BadRequest, BridgeError, NoSuchThing
from bridge.ports_transcripts import Place
from bridge.services.archive import Archive
from bridge.tickets.document import Document, document
from bridge.tickets.export_text import as_srt, as_text
from bridge.tickets.export_vcon import as_vcon
from bridge.tickets.masking import COVER
from bridge.tickets.stored import MAX_CORRECTION, Heading

log = structlog.get_logger(__name__)

Form = Literal["json", "text", "srt", "vcon"]
MEDIA: Final[dict[Form, str]] = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vcon": "application/vcon+json",
}
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {401: "需要令牌", 403: "没有权限", 404: "没有"}.items()
}


class CorrectionWish(BaseModel):
    """更正一句：原文不变，更正叠加在上面。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    seq: int = Field(ge=1, description="哪一句：utterances 里的 seq")
    text: str = Field(min_length=1, max_length=MAX_CORRECTION, description="实际说的是什么")


class TranscriptHeading(BaseModel):
    """一份转写存档。"""

    call: str = Field(description="通话编号")
    started_at: datetime
    ended_at: datetime | None = Field(description="还在通话时为 null")
    platform: str = Field(description="打的是哪个平台")
    state: Literal["live", "final", "cut"] = Field(description="live 通话中，final 完整，cut 系统中断")
    entries: int = Field(description="校验链有几条")
    corrections: int = Field(description="更正过几次")
    lost: int = Field(description="没有存下来的句数")


class TranscriptList(BaseModel):
    """转写存档，新的在前。"""

    transcripts: list[TranscriptHeading]
    next: str | None = Field(description="下一页的 after；null = 没有了")


class TranscriptDoor:
    """archive: None where nothing is stored; fillers: whether readable text keeps them unless asked
    otherwise."""

    def __init__(self, archive: Archive | None, ledger: Ledger, sounds: SoundBook, *, fillers: bool) -> None:
        self._given, self._ledger, self._sounds, self._fillers = archive, ledger, sounds, fillers

    def router(self) -> APIRouter:
        """Everything about stored transcripts."""
        router = APIRouter(prefix="/api/v1", tags=["转写"], responses=_PROBLEMS)
        router.get("/transcripts", response_model=TranscriptList, summary="转写存档列表")(self.find)
        one = router.get("/calls/{call_id}/transcript", response_class=Response, summary="一通电话的转写")
        one(self.one)
        router.post("/calls/{call_id}/transcript/corrections", status_code=201, summary="更正一句")(
            self.correct
        )
        return router

    async def find(
        self,
        request: Request,
        since: Annotated[datetime | None, Query(description="从这时起（含时区）")] = None,
        until: Annotated[datetime | None, Query(description="到这时止（含时区）")] = None,
        after: Annotated[str | None, Query(max_length=256, description="上一页的 next")] = None,
        most: Annotated[int, Query(ge=1, le=1000, description="最多多少份")] = 100,
    ) -> JSONResponse:
        """每通电话一份，含没有按键的；通话中的也在。属于一个平台的用户只看到与本平台有关的。"""
        if any(time is not None and time.tzinfo is None for time in (since, until)):
            raise BadRequest("时间要带时区，如 2026-01-02T15:04:05+08:00")
        found = await self._archive.find(since, until, _place(after), most, request.state.who.platform)
        following = _mark(found[-1]) if len(found) == most else None
        return JSONResponse({"transcripts": [_heading(each) for each in found], "next": following})

    async def one(
        self,
        call_id: CallId,
        request: Request,
        form: Annotated[Form, Query(alias="format", description="json、text、srt 或 vcon")] = "json",
        fillers: Annotated[bool | None, Query(description="给人看的文字里留不留语气词")] = None,
    ) -> Response:
        """json 含校验链；text 给人看；srt 字幕；vcon 按 draft-ietf-vcon-vcon-core-04。
        没有 personal 权限的，号码遮住，也没有校验链的条目。"""
        who: Principal = request.state.who
        covered = not who.has("personal")
        keep = self._fillers if fillers is None else fillers
        made = document(await self._archive.get(call_id), covered=covered, fillers=keep)
        body = await self._written(made, form, request)
        log.info("transcript.read", call=call_id, form=form, covered=covered, by=who.name)
        return Response(body, media_type=MEDIA[form])

    async def correct(
        self,
        call_id: CallId,
        wish: CorrectionWish,
        request: Request,
        idempotency_key: Annotated[str | None, Header(description="必填，同一键转接")] = None,
    ) -> JSONResponse:
        """原文和校验链不变；更正有作者（令牌的名字）、时间和自己的校验链。要 transfer 或 review 权限。"""
        who: Principal = request.state.who
        if COVER * 2 in wish.text:
            raise BadRequest("更正里有遮住的号码（**）：要 personal 权限，看着完整的文字改")
        taken = slot(who.digest, idempotency_key, request.url.path, wish.model_dump())
        before = self._ledger.begin(taken)
        if before is not None:
            return _answer(before.status, json.loads(before.response), {"Idempotent-Replayed": "true"})
        status, body = 500, dict[str, Any]()
        try:
            status, body = await self._correct(call_id, wish, who)
        finally:
            if status >= 500:
                self._ledger.give_up(taken)
            else:
                self._ledger.finish(taken, status, body)
        return _answer(status, body)

    async def _correct(
        self, call_id: str, wish: CorrectionWish, who: Principal
    ) -> tuple[int, dict[str, Any]]:
        """A refusal is an answer too: repeated, the same request gets the same one."""
        try:
            entry = await self._archive.correct(call_id, wish.seq, wish.text, who.name)
        except BridgeError as error:
            return error.http_status, problems.problem(error)
        return 201, {"call": call_id, "seq": wish.seq, "correction": entry["seq"], "at": entry["at"]}

    async def _written(self, made: Document, form: Form, request: Request) -> str:
        if form == "text":
            return as_text(made)
        if form == "srt":
            return as_srt(made)
        if form == "vcon":
            host = request.headers.get("host", "localhost")
            sounds = await self._sounds.of(made, request.state.who, host)
            return json.dumps(as_vcon(made, sounds, host.partition(":")[0]), ensure_ascii=False)
        return json.dumps(made, ensure_ascii=False)

    @property
    def _archive(self) -> Archive:
        if self._given is None:
            raise NoSuchThing("没有配置转写存档")
        return self._given


def _heading(heading: Heading) -> dict[str, Any]:
    return {
        "call": heading.call,
        "started_at": heading.started_at.isoformat(),
        "ended_at": heading.ended_at.isoformat() if heading.ended_at else None,
        "platform": heading.platform,
        "state": heading.state,
        "entries": heading.count,
        "corrections": heading.corrections,
        "lost": heading.lost,
    }


def _mark(heading: Heading) -> str:
    return f"{heading.started_at.isoformat()}~{heading.call}"


def _place(mark: str | None) -> Place | None:
    """The place a `next` says. Raises BadRequest."""
    if mark is None:
        return None
    at, _, call = mark.partition("~")
    try:
        started = datetime.fromisoformat(at)
    except ValueError:
        started = None
    if started is None or started.tzinfo is None or not call:
        raise BadRequest("after 要用上一页给的 next")
    return Place(started, call)


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status, headers, problems.MEDIA_TYPE if status >= 400 else None)
