"""Reception put together: the door, the handlers, the pages, and one answer for every error.

`create_api` is the only way in; it opens nothing and starts nothing. What runs it is `bridge.app`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from bridge.api import problems
from bridge.api.admin import AdminDoor
from bridge.api.analysis import AnalysisDoor
from bridge.api.audit import AuditDoor
from bridge.api.auth import Guard
from bridge.api.bounds import Bounds
from bridge.api.callbacks import Callbacks
from bridge.api.callers import CallerDoor
from bridge.api.corrections import CorrectionDoor
from bridge.api.deadlines import DeadlineDoor
from bridge.api.door import HEADERS, Door
from bridge.api.exchange import Exchange
from bridge.api.exchange_letters import Letters
from bridge.api.hand import HandDoor
from bridge.api.handbook import Handbooks
from bridge.api.harassment import Harassment
from bridge.api.http_protocol import BoundedHttp
from bridge.api.ladder import LadderDoor
from bridge.api.ledger import Ledger
from bridge.api.lens import Lens
from bridge.api.letter_box import LetterBox
from bridge.api.live import Live
from bridge.api.manual import Manual
from bridge.api.monitor import MonitorDoor
from bridge.api.outbox import OutboxDoor
from bridge.api.pages import Pages
from bridge.api.parts import ApiParts, ExchangeParts
from bridge.api.phone import PhoneDoor
from bridge.api.picture import Picture
from bridge.api.queues import Queues
from bridge.api.quiet import Quiet
from bridge.api.reading import Reading
from bridge.api.recordings import RecordingDoor
from bridge.api.report import ReportDoor
from bridge.api.review import ReviewDoor
from bridge.api.rights import unstated
from bridge.api.scope import ScopeDoor
from bridge.api.scores import ScoreDoor
from bridge.api.search import SearchDoor
from bridge.api.sessions import SessionDoor
from bridge.api.sounds import SoundBook
from bridge.api.tape_states import TapeStates
from bridge.api.tickets import TicketDoor
from bridge.api.transcripts import TranscriptDoor
from bridge.api.transfers import Transfers
from bridge.api.wall import WallDoor
from bridge.clock import Clock
from bridge.errors import BadRequest, BridgeError, ConfigRefused, NoSuchThing

log = structlog.get_logger(__name__)

SERVER: Final[dict[str, Any]] = {
    "ws_max_size": 16 * 1024,  # a page's offer of its voice fits; listeners have a token to say, no more
    "ws_ping_interval": 20.0,
    "ws_ping_timeout": 20.0,
    "http": BoundedHttp,
    "limit_concurrency": 1000,  # beyond: 503, so that a flood of requests leaves the calls their loop
    "timeout_keep_alive": 15,
    "timeout_graceful_shutdown": 2,
    "proxy_headers": False,  # an address must be the peer's own: trust_loopback stands on it
    "server_header": False,
    "access_log": False,
}
"""What uvicorn must be told, whoever runs it."""

_ABOUT: Final = (
    "把诉求人一键转到对方平台，并查看通话、转写和工单。实时事件：WebSocket `/api/v1/live`，"
    "先收到 snapshot（电话多时接着 more），随后是 call、"
    "utterance、draft、suggestions、alert、ticket、recogniser、recording、voice、queues、callbacks、deadline、wall、over、"
    "keys、lost、ping；"
    "不能写请求头时，"
    '第一条消息发 `{"type": "auth", "token": "令牌"}`。错误一律为 application/problem+json（RFC 9457）。'
)


def create_api(parts: ApiParts) -> FastAPI:
    """The whole HTTP interface and its pages."""
    bounds = Bounds(parts.records, parts.ticket_of, parts.home_of, parts.concerns)
    lens = Lens(parts.records, bounds, fillers=parts.fillers, listeners=parts.listeners_visible)
    access = parts.access
    guard = Guard(parts.settings, access.book if access else None, access.tokens if access else None)
    ledger, picture = Ledger(parts.idempotency), Picture(parts, lens)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await _warm(app)
        yield
        await ledger.stop()

    app = FastAPI(
        title="12345 与 110 一键转接",
        version="1",
        description=_ABOUT,
        openapi_url="/api/v1/openapi.json",
        servers=[{"url": "/"}],
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    # The door has checked it already; this tells the description's readers.
    shown = [Depends(HTTPBearer(auto_error=False, description="令牌，向管理员领取"))]
    _add_hands(app, parts, ledger, shown)
    app.include_router(Reading(parts, picture, lens).router(), dependencies=shown)
    app.include_router(Queues(parts, lens).router(), dependencies=shown)
    app.include_router(Quiet(parts.switchboard).router(), dependencies=shown)
    app.include_router(Callbacks(parts.callbacks).router(), dependencies=shown)
    app.include_router(Harassment(parts.screening, lens).router(), dependencies=shown)
    app.include_router(LadderDoor(parts.ladder).router(), dependencies=shown)
    app.include_router(RecordingDoor(parts.switchboard, parts.recordings).router(), dependencies=shown)
    app.include_router(CorrectionDoor(parts.corrections, lens).router(), dependencies=shown)
    sounds = SoundBook(parts.recordings)
    transcripts = TranscriptDoor(parts.archive, ledger, sounds, fillers=parts.fillers)
    app.include_router(transcripts.router(), dependencies=shown)
    reviews = ReviewDoor(parts.review, ledger, TapeStates(parts.recordings))
    app.include_router(reviews.router(), dependencies=shown)
    app.include_router(ScoreDoor(parts.review, parts.zone).router(), dependencies=shown)
    if parts.exchange is not None:
        _add_exchange(app, parts.exchange, parts.clock, lens, shown)
    app.include_router(DeadlineDoor(parts.deadlines).router(), dependencies=shown)
    app.include_router(AnalysisDoor(parts.analysis).router(), dependencies=shown)
    app.include_router(ReportDoor(parts.report, parts.names).router(), dependencies=shown)
    app.include_router(
        TicketDoor(parts.overview, lens, parts.names, _categories(parts)).router(), dependencies=shown
    )
    app.include_router(WallDoor(parts.wall, lens).router(), dependencies=shown)
    app.include_router(OutboxDoor(parts.deliveries).router(), dependencies=shown)
    for door in (
        AdminDoor(parts.admin),
        SearchDoor(parts.search),
        CallerDoor(parts.history, parts.records),
        ScopeDoor(parts.category),
    ):
        app.include_router(door.router(), dependencies=shown)
    app.include_router(Manual(app).router())
    sessions = SessionDoor(access.sign_in if access else None, access.provider if access else None)
    app.include_router(sessions.router())
    app.include_router(AuditDoor(access.deeds if access else None).router(), dependencies=shown)
    app.include_router(Pages().router())
    app.include_router(Handbooks().router())
    app.add_api_websocket_route("/api/v1/live", Live(parts, guard, picture, lens).serve)
    app.add_api_websocket_route("/api/v1/phone", PhoneDoor(parts, guard).serve)
    closed = unstated(app.routes)
    if closed:
        raise RuntimeError(f"these need a row in bridge/api/rights.py first: {', '.join(closed)}")
    audit = access.audit if access else None
    app.add_middleware(Door, guard=guard, bounds=bounds, clock=parts.clock, audit=audit)
    _answer_errors(app)
    return app


def _categories(parts: ApiParts) -> Callable[[], Sequence[tuple[str, str, str]]]:
    return parts.exchange.categories if parts.exchange is not None else lambda: ()


def _add_hands(app: FastAPI, parts: ApiParts, ledger: Ledger, shown: Sequence[Any]) -> None:
    """What people do to a call in progress."""
    for door in (
        Transfers(parts.switchboard, ledger),
        HandDoor(parts.switchboard.hand, ledger),
        MonitorDoor(parts.supervision),
    ):
        app.include_router(door.router(), dependencies=shown)


def _add_exchange(app: FastAPI, parts: ExchangeParts, clock: Clock, lens: Lens, shown: Sequence[Any]) -> None:
    exchange = Exchange(
        desk=parts.desk, store=parts.store, clock=clock, lens=lens,
        categories=parts.categories, opened=parts.opened,
    )  # fmt: skip
    app.include_router(exchange.router(), dependencies=shown)
    letters = Letters(parts.desk, parts.seals, parts.opened)
    app.include_router(letters.router())
    app.add_middleware(LetterBox, letters=letters)


async def _warm(app: FastAPI) -> None:
    """One request of our own: what the framework puts off until the first one is done before the first press
    (7 ms from arrival to INVITE without, 1.4 ms with)."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await client.get("/healthz")


def _answer_errors(app: FastAPI) -> None:
    app.add_exception_handler(BridgeError, _refused)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(HTTPException, _lost_way)
    app.add_exception_handler(Exception, _broken)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, ConfigRefused):
        return problems.answer(error, [{"at": "file", "what": line} for line in error.problems])
    return problems.answer(error if isinstance(error, BridgeError) else BridgeError())


async def _misread(_: Request, error: Exception) -> JSONResponse:
    """Where and how, never what: a request may hold what no log or screen should."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    faults = [{"at": ".".join(map(str, item["loc"])), "what": item["msg"]} for item in found[:10]]
    return problems.answer(BadRequest("请求内容与接口说明不符，见 errors"), faults)


async def _lost_way(_: Request, error: Exception) -> JSONResponse:
    """The framework's own refusals. A body that grew too long while being read is the cause of one."""
    if isinstance(error.__cause__, BridgeError):
        return problems.answer(error.__cause__)
    status = error.status_code if isinstance(error, HTTPException) else 400
    kind: BridgeError = NoSuchThing() if status in {404, 405} else BadRequest("请求内容读不懂")
    response = problems.answer(kind)
    if status == 405 and isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    return response


async def _broken(request: Request, error: Exception) -> JSONResponse:
    """A fault of ours. This answer is made outside the door, so it brings the door's headers itself."""
    log.error("api.fault", path=request.url.path, error=type(error).__name__)
    response = problems.answer(BridgeError())
    response.headers.update(HEADERS)
    return response
