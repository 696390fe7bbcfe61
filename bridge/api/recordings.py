"""Recordings over HTTP: start, stop, pause; the list; and the sound itself, whole or in ranges.

Listening needs the right `listen`; each listening leaves a line in the log with who it was.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.responses import Response

from bridge.adapters.db_recordings import Recording
from bridge.adapters.recording_shelf import Playable, RecordingShelf
from bridge.api.schemas import (
    CallId,
    Peaks,
    Problem,
    Recordings,
    RecordingState,
    RecordingView,
    RecordingWish,
)
from bridge.errors import BadRequest, NoSuchThing
from bridge.services.recording_wishes import RecordingWishes
from bridge.services.switchboard import Switchboard
from bridge.services.views import recording_view

log = structlog.get_logger(__name__)

FileId = Annotated[str, Path(min_length=1, max_length=80, pattern=r"^[0-9A-Za-z-]+$", description="录音编号")]
_RANGE: Final = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?")
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {401: "需要令牌", 403: "没有权限", 404: "没有", 409: "现在不能"}.items()
}


class RecordingDoor:
    """shelf: None where nothing is ever recorded."""

    def __init__(self, switchboard: Switchboard, shelf: RecordingShelf | None) -> None:
        self._wishes, self._shelf = RecordingWishes(switchboard), shelf

    def router(self) -> APIRouter:
        """Everything about recordings."""
        router = APIRouter(prefix="/api/v1", tags=["录音"], responses=_PROBLEMS)
        wish = router.post("/calls/{call_id}/recording", response_model=RecordingState, summary="管录音")
        wish(self.wish)
        router.get("/recordings", response_model=Recordings, summary="录音列表")(self.find)
        router.get("/recordings/{file}", response_model=RecordingView, summary="一段录音的说明")(self.one)
        router.get("/recordings/{file}/audio", summary="录音的声音", response_class=Response)(self.audio)
        router.get("/recordings/{file}/peaks", response_model=Peaks, summary="录音的波形")(self.peaks)
        return router

    async def wish(self, call_id: CallId, wish: RecordingWish, request: Request) -> JSONResponse:
        """start 开始，stop 停止，pause 暂停（录音和转写都停，诉求人报卡号时用），resume 继续。重复无妨。"""
        call = self._wishes.carry_out(call_id, wish.do)
        log.info("recording.by_api", call=call_id, do=wish.do, by=request.state.who.name)
        return JSONResponse({"call": call_id, "recording": recording_view(call.recorded)})

    async def find(
        self,
        request: Request,
        call: Annotated[str | None, Query(max_length=128, description="只要这通电话的")] = None,
        since: Annotated[datetime | None, Query(description="从这时起（含时区）")] = None,
        until: Annotated[datetime | None, Query(description="到这时止（含时区）")] = None,
        most: Annotated[int, Query(ge=1, le=1000, description="最多多少段")] = 100,
    ) -> JSONResponse:
        """新的在前。要 listen 权限。"""
        shelf = self._admit(request)
        if any(time is not None and time.tzinfo is None for time in (since, until)):
            raise BadRequest("时间要带时区，如 2026-01-02T15:04:05+08:00")
        found = await shelf.table.find(call, since, until, most, request.state.who.platform)
        return JSONResponse({"recordings": [_view(each) for each in found]})

    async def one(self, file: FileId, request: Request) -> JSONResponse:
        """长度、校验和、谁在哪个声道。要 listen 权限。"""
        return JSONResponse(_view(await self._get(file, request)))

    async def audio(self, file: FileId, request: Request) -> Response:
        """WAV（G.711，双声道：左诉求人，右其他人）；加密的在这里解密。支持 Range。要 listen 权限。"""
        recording = await self._get(file, request)
        if recording.deleted_at is not None:
            raise NoSuchThing("录音已到保存期限，删掉了")
        playable = await self._admit(request).open(recording)
        log.info("recording.heard", file=file, call=recording.call, by=request.state.who.name)
        return _stream(playable, request.headers.get("range"))

    async def peaks(
        self, file: FileId, request: Request, points: Annotated[int, Query(ge=10, le=4000)] = 1000
    ) -> JSONResponse:
        """每个声道各时刻的音量（0 到 1），画波形用。要 listen 权限；不算听录音。"""
        recording = await self._get(file, request)
        if recording.deleted_at is not None:
            raise NoSuchThing("录音已到保存期限，删掉了")
        shelf = self._admit(request)
        return JSONResponse({"seconds": recording.seconds, "channels": await shelf.peaks(recording, points)})

    def _admit(self, request: Request) -> RecordingShelf:
        request.state.who.needs("listen")
        if self._shelf is None:
            raise NoSuchThing("没有配置录音")
        return self._shelf

    async def _get(self, file: str, request: Request) -> Recording:
        found = await self._admit(request).table.get(file)
        if found is None:
            raise NoSuchThing("没有这段录音")
        return found


def _stream(playable: Playable, wanted: str | None) -> Response:
    """The whole, or one range (RFC 9110 §14.2); several, or none that can be read, get the whole."""
    found = _RANGE.fullmatch(wanted or "")
    begin, end, status = 0, playable.size, 200
    headers = {"Accept-Ranges": "bytes"}
    if found and (found[1] or found[2]):
        begin, end = _range(found[1], found[2], playable.size)
        if begin >= end:
            playable.close()
            return Response(status_code=416, headers={"Content-Range": f"bytes */{playable.size}"})
        status, headers["Content-Range"] = 206, f"bytes {begin}-{end - 1}/{playable.size}"
    headers["Content-Length"] = str(end - begin)
    body: AsyncIterator[bytes] = playable.read(begin, end)
    return StreamingResponse(body, status, headers, "audio/wav")


def _range(first: str | None, last: str | None, size: int) -> tuple[int, int]:
    if first is None:  # the last so many octets
        return max(0, size - int(last or 0)), size
    return int(first), min(size, int(last) + 1) if last else size


def _view(recording: Recording) -> dict[str, Any]:
    deleted = recording.deleted_at
    return {
        "id": recording.file,
        "call": recording.call,
        "started_at": recording.started_at.isoformat(),
        "offset_seconds": None if recording.offset is None else round(recording.offset, 3),
        "seconds": round(recording.seconds, 3),
        "octets": recording.octets,
        "sha256": recording.sha256,
        "sealed": recording.sealed,
        "ended": recording.ended,
        "missing_seconds": recording.missing,
        "legs": recording.legs,
        "deleted_at": deleted.isoformat() if deleted else None,
    }
