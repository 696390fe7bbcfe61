"""A partner's letters: signed papers and deeds, POSTed to the partner's own address here.

The signature is the credential; no token is asked. What is taken is on disk before it is answered, a letter
that comes again changes nothing. It knows shapes and the desk, nothing of how signatures are made.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import JSONResponse

from bridge.adapters.metrics import LETTERS_REFUSED
from bridge.api import problems
from bridge.api.exchange_shapes import LetterIn, PapersIn, Receipt, ReminderIn
from bridge.api.schemas import Problem
from bridge.errors import (
    BadRequest,
    BadSignature,
    BridgeError,
    DeedNotNow,
    NoSuchThing,
    NoSuchTicket,
    NotTheirDeed,
)
from bridge.handling import letters
from bridge.handling.words import Handling
from bridge.ports_handling import Source
from bridge.services.handling_desk import HandlingDesk

Seal = Callable[[Mapping[str, str], bytes], str]
"""Whether the partner has signed these headers and this body just now: the letter's id. Raises
BadSignature."""

Opened = Callable[[str, str], Awaitable[None]]
"""Told an incident and a platform: somebody there has looked at the ticket."""


async def nobody_asks(incident: str, platform: str) -> None:
    """Where it is of no interest who looks at tickets."""


_LETTER: Final = TypeAdapter(LetterIn)
_PAPERS: Final = TypeAdapter(PapersIn)
_REMINDER: Final = TypeAdapter(ReminderIn)
REMINDER: Final = "deadline.reminder"


class Letters:
    """The handler. seals: partner -> how its signature is checked; opened: told when a partner says that
    somebody has looked at a ticket."""

    def __init__(self, desk: HandlingDesk, seals: Mapping[str, Seal], opened: Opened = nobody_asks) -> None:
        self._desk, self._seals, self._opened = desk, seals, opened

    def router(self) -> APIRouter:
        """POST /exchange/v1/partners/{platform}/events."""
        router = APIRouter(prefix="/exchange/v1", tags=["信件"])
        refusals = {status: {"model": Problem} for status in (400, 401, 403, 404, 409, 413, 422, 503)}
        router.post(
            "/partners/{platform}/events",
            response_model=Receipt,
            responses=refusals,  # type: ignore[arg-type]
            summary="收一封信",
            openapi_extra={
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": LetterIn.model_json_schema()}},
                },
                "security": [],
            },
        )(self.take)
        return router

    async def take(self, platform: str, request: Request) -> JSONResponse:
        """`platform` 是你的平台编号。按 Standard Webhooks 签名；类型是 `ticket.opened`、`ticket.updated`、
        `ticket.final`（工单，`data` 为 bridge.ticket.v1）、`ticket.accepted` 等（一步办理，`data` 为
        bridge.deed.v1）、`ticket.seen`（有人打开看了，`data` 为 {"ticket": 工单编号}）或
        `deadline.reminder`（快到期的提醒，`data` 为 bridge.deadline.v1）。同一个 webhook-id 只算一次。"""
        seal = self._seals.get(platform)
        if seal is None:
            raise NoSuchThing("no such partner")
        body = await request.body()
        try:
            source = Source(platform, seal(request.headers, body))
        except BadSignature as refused:
            LETTERS_REFUSED.labels(platform, refused.why).inc()
            raise
        try:
            handling = await self.accept(body, source)
        except (DeedNotNow, NotTheirDeed) as refused:
            return await self._conflict(refused, body, platform)
        answer = {"ticket": handling.ticket, "version": handling.version, "state": handling.state}
        return JSONResponse(answer, headers={"ETag": f'"{handling.version}"'})

    async def accept(self, body: bytes, source: Source) -> Handling:
        """A letter whose sender is proven, whichever way it came. Raises BadRequest, and what the desk
        raises."""
        platform = source.platform
        try:
            letter = _LETTER.validate_json(body)
            if letter.type in letters.PAPERS:
                papers = _PAPERS.validate_python(letter.data)
                document = papers.model_dump(by_alias=True, mode="json")
                kind = letter.type.removeprefix("ticket.").replace("updated", "update")
                return await self._desk.received(document, kind=kind, speaker=platform, source=source)
            if letter.type == letters.SEEN:
                return await self._seen(str(letter.data["ticket"]), platform)
            if letter.type == REMINDER:
                told = _REMINDER.validate_python(letter.data)
                return await self._desk.reminded(told.ticket, platform, told.kind, told.due.isoformat())
            ticket, deed = letters.deed_of(letter.data)
        except ValidationError as wrong:
            raise BadRequest(_where(wrong)) from wrong
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as wrong:
            raise BadRequest("data 不是一步办理（bridge.deed.v1）") from wrong
        sight = letters.sight_of(letter.data)
        return await self._desk.do(ticket, deed, speaker=platform, source=source, sight=sight)

    async def _conflict(self, refused: BridgeError, body: bytes, platform: str) -> JSONResponse:
        """Who is refused a deed is told how the ticket stands: then both sides can agree again."""
        said = letters.sight_of(_LETTER.validate_json(body).data).after
        try:
            now = await self._desk.handling(str(said.get("ticket", "")), platform)
        except NoSuchTicket:
            raise refused from None
        told = {**problems.problem(refused), "handling": self._desk.view(now, platform)}
        return JSONResponse(told, refused.http_status, media_type=problems.MEDIA_TYPE)

    async def _seen(self, ticket: str, platform: str) -> Handling:
        handling = await self._desk.handling(ticket, platform)
        await self._opened(handling.incident, platform)
        return handling


def _where(wrong: ValidationError) -> str:
    """The first three places, never what stood there."""
    found = [".".join(map(str, each["loc"])) or "正文" for each in wrong.errors(include_input=False)[:3]]
    return f"信的内容不对：{'、'.join(found)}"
