"""The stand-in ticket platform: what 110's (or 12345's) own system must do with our tickets, done for real.

It verifies the Standard Webhooks signature, takes each message once, refuses stale versions, keeps every
version and shows them on a page as they arrive. It is for demonstrations, drills and tests of the way
there; its pages ask for no login because it listens on loopback only unless told otherwise, so don't put it
on a network with real tickets.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import FastAPI, Header, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from standardwebhooks import Webhook, WebhookVerificationError

from bridge.api.stand_in_store import StandInStore
from bridge.tickets.ticket import SCHEMA

LARGEST_BODY: Final = 4 << 20
"""Bytes. The longest transcript there can be (5000 utterances) takes 2 MB."""

LONGEST_ID: Final = 256

_PAGES: Final = Path(__file__).parent.parent / "web"
_FILES: Final = {"stand_in.js": "text/javascript", "stand_in.css": "text/css"}
_SAFE: Final = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class _Refusal(Exception):
    """The answer to a post that is not taken."""

    def __init__(self, status: int, error: str, detail: str) -> None:
        super().__init__(detail)
        self.answer = JSONResponse({"error": error, "detail": detail}, status)


class _Door:
    """What POST /tickets does, apart from HTTP's routing."""

    def __init__(self, secret: str, store: StandInStore, fail_first: int) -> None:
        self._seal = Webhook(secret)
        self._store = store
        self._failures_left = fail_first

    async def take(self, request: Request) -> Response:
        """Verify, store, acknowledge; every refusal says why."""
        raw = await _body(request)
        if self._failures_left > 0:
            self._failures_left -= 1
            raise _Refusal(503, "drill", "故障演练：假装系统繁忙")
        body = self._verified(raw, request)
        webhook_id = request.headers["webhook-id"]
        receipt = await asyncio.to_thread(self._store.receive, webhook_id, body)
        incident = body["data"]["incident"]
        if receipt == "stale":
            raise _Refusal(409, "stale-version", f"事件 {incident} 已有更新的版本")
        url = str(request.url_for("ticket", incident=incident))
        return JSONResponse({"receipt": receipt, "ticket_url": url}, 200 if receipt == "repeated" else 201)

    def _verified(self, raw: bytes, request: Request) -> dict[str, Any]:
        if len(request.headers.get("webhook-id", "")) > LONGEST_ID:
            raise _Refusal(400, "malformed", "webhook-id 太长")
        try:
            self._seal.verify(raw, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as wrong:
            raise _Refusal(401, "bad-signature", "签名不对、过期或缺失（Standard Webhooks）") from wrong
        try:
            return _checked(json.loads(raw))
        except (ValueError, KeyError, TypeError, RecursionError) as wrong:
            raise _Refusal(422, "malformed", f"不是 {SCHEMA} 工单") from wrong


def create_stand_in(secret: str, store: Path | None = None, *, fail_first: int = 0) -> FastAPI:
    """The platform as an ASGI app. secret: "whsec_…"; store: folder to keep tickets in, None for memory only;
    fail_first: answer 503 to that many posts first, to see the sender try again."""
    kept = StandInStore(store)
    door = _Door(secret, kept, fail_first)
    app = FastAPI(title="替身工单平台", docs_url=None, redoc_url=None, openapi_url=None)
    _add_pages(app)
    _add_reading(app, kept)

    @app.post("/tickets")
    async def take(request: Request) -> Response:
        return await door.take(request)

    @app.exception_handler(_Refusal)
    async def refuse(_request: Request, wrong: _Refusal) -> Response:
        return wrong.answer

    return app


def _add_reading(app: FastAPI, kept: StandInStore) -> None:
    run = time.time_ns()  # after a restart the count may repeat; the tag must not

    @app.get("/tickets")
    async def tickets(if_none_match: Annotated[str, Header()] = "") -> Response:
        """The newest version of each ticket; 304 while nothing has changed."""
        tag = f'"{run:x}-{kept.serial}"'
        if if_none_match == tag:
            return Response(status_code=304, headers={"etag": tag})
        return JSONResponse({"tickets": kept.all()}, headers={"etag": tag, "cache-control": "no-store"})

    @app.get("/tickets/{incident}", name="ticket")
    async def ticket(incident: str, request: Request) -> Response:
        """One ticket with its versions; a browser gets the page."""
        versions = kept.versions(incident)
        if "text/html" in request.headers.get("accept", ""):
            return _page(200 if versions else 404)
        if not versions:
            return JSONResponse({"error": "no-such-ticket", "detail": "没有这个事件的工单"}, 404)
        return JSONResponse({**versions[-1], "versions": versions})

    @app.get("/healthz")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "received": kept.serial}


def _add_pages(app: FastAPI) -> None:
    @app.get("/")
    async def home() -> Response:
        return _page(200)

    @app.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in _FILES:
            return Response(status_code=404)
        return FileResponse(_PAGES / name, media_type=_FILES[name], headers=_SAFE)


def _page(status: int) -> Response:
    return FileResponse(_PAGES / "stand_in.html", status, headers=_SAFE, media_type="text/html")


async def _body(request: Request) -> bytes:
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > LARGEST_BODY:
            raise _Refusal(413, "too-large", f"最多 {LARGEST_BODY >> 20} MB")
    return raw


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    """The message if it has the shape we store; ValueError, KeyError or TypeError otherwise."""
    ticket = body["data"]
    incident, version = ticket["incident"], ticket["version"]
    if ticket["schema"] != SCHEMA or not isinstance(body["type"], str):
        raise ValueError("another schema")
    if not isinstance(incident, str) or not incident or type(version) is not int or version < 1:
        raise ValueError("incident or version missing")
    return body
