"""The telephone in the page over WebSocket: who may have it, what it says, what it is told (docs/phone.md).

Known by their session (or as this machine) like any request of our pages. Every message is bounded in size
and rate; one that makes no sense is answered by one problem, and the next one is read. A socket that goes
takes no voice with it: that has a way of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from bridge.access.principal import LOOPBACK, Principal
from bridge.adapters.metrics import PHONE_REFUSED
from bridge.api import problems
from bridge.api.audit import deed_of
from bridge.api.auth import Guard, by_own_page, own_page
from bridge.api.door import address_of, visitor_of
from bridge.api.parts import ApiParts, PhoneParts
from bridge.api.rights import RIGHTS
from bridge.errors import (
    BadCredentials,
    BadRequest,
    BridgeError,
    NoPhone,
    NoSuchThing,
    Overload,
    PhoneElsewhere,
    TooManyMessages,
)
from bridge.softphone.words import Said, read

log = structlog.get_logger(__name__)

MAX_PAGES: Final = 500
GREETING_SECONDS: Final = 5.0
"""How long a page may take to say hello."""
LOOK_SECONDS: Final = 5.0
"""A page hears at least so often that its telephone lives, and its session is looked at."""
OUTBOX: Final = 64
"""Messages a page may be behind; then it is cut off, and comes again."""
BURST: Final = 60.0
PER_SECOND: Final = 20.0
"""Messages: a page that gathers candidates while somebody dials sends some twenty at once."""

_RIGHT: Final = RIGHTS["WS /api/v1/phone"]
_CLOSE: Final = {400: 4400, 401: 4401, 403: 4403, 404: 4404, 409: 4409, 429: 4429, 503: 1013}
_SLOW: Final = 4408


class TooSlow(Exception):
    """The page does not read."""


class Tab:
    """One page, as the book and the legs know it."""

    def __init__(self, tab: str, extension: str) -> None:
        self.tab, self.extension = tab, extension
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue(OUTBOX)
        self.slow = asyncio.Event()

    def tell(self, message: dict[str, Any]) -> None:
        """Say something; never waits."""
        try:
            self.outbox.put_nowait(message)
        except asyncio.QueueFull:
            self.slow.set()

    def leave(self) -> None:
        """The telephone is another page's now."""
        self.tell({"type": "taken"})


class PhoneDoor:
    """All pages' telephones."""

    def __init__(self, parts: ApiParts, guard: Guard) -> None:
        self._parts, self._guard = parts, guard
        self._pages = 0

    async def serve(self, socket: WebSocket) -> None:
        """One page, from greeting to good-bye."""
        self._pages += 1
        try:
            await self._serve(socket)
        except BridgeError as error:
            PHONE_REFUSED.labels(error.id).inc()
            await _send_away(socket, error)
        except WebSocketDisconnect:
            pass
        except TooSlow:
            await socket.close(_SLOW, "too slow")
        finally:
            self._pages -= 1

    async def _serve(self, socket: WebSocket) -> None:
        who = self._recognise(socket)
        await socket.accept()
        who.needs(*_RIGHT.scopes)
        if self._parts.phones is None:
            raise NoSuchThing("no telephones in the page")
        if self._pages > MAX_PAGES:
            raise Overload("too many pages")
        hello = await _greeted(socket)
        tab = Tab(hello["tab"], self._extension(who, hello, self._parts.phones))
        await self._on_record(socket, who, tab)
        phone = _Telephone(self._parts.phones, tab)
        phone.come(take=False)
        try:
            await _first(self._listen(socket, who, phone), self._tell(socket, tab), self._look(who, tab))
        finally:
            self._parts.phones.book.go(tab, tab.extension)

    def _recognise(self, socket: WebSocket) -> Principal:
        visitor = visitor_of(socket.scope)
        own_page(visitor)
        who = self._guard.recognise(visitor)
        by_own_page(visitor, who)
        if who is None:
            raise BadCredentials("nobody known")
        return who

    def _extension(self, who: Principal, hello: Said, phones: PhoneParts) -> str:
        """A user's own; this machine, where it is trusted, says which. Raises NoPhone."""
        access = self._parts.access
        user = access.book.user(who.name) if access is not None and who.kind == "user" else None
        extension = user.extension if user is not None else hello["extension"] if who == LOOPBACK else ""
        if not extension:
            raise NoPhone("这个用户没有分机号")
        if not phones.book.known(extension):
            raise NoPhone(f"分机 {extension} 没有配置网页电话（agents 里的 browser: true）")
        return extension

    async def _on_record(self, socket: WebSocket, who: Principal, tab: Tab, what: str = _RIGHT.audit) -> None:
        if self._parts.access is None:
            return
        at, address = self._parts.clock.wall(), address_of(visitor_of(socket.scope))
        await self._parts.access.audit.keep(deed_of(socket.scope, who, what, tab.extension, at, address))

    # --- while it lasts -----------------------------------------------------------------------------------

    async def _listen(self, socket: WebSocket, who: Principal, phone: _Telephone) -> None:
        left, then = BURST, self._parts.clock.monotonic()
        while True:
            text = await _text(socket)
            now = self._parts.clock.monotonic()
            left, then = min(BURST, left + PER_SECOND * (now - then)) - 1, now
            if left < 0:
                raise TooManyMessages("over the rate")
            self._still(who)
            kind = ""
            try:
                said = read(text)
                kind = said.kind
                if kind == "take":
                    await self._on_record(socket, who, phone.tab, "phone.taken")
                phone.said(said)
            except BridgeError as error:
                PHONE_REFUSED.labels(error.id).inc()
                phone.tab.tell({**problems.problem(error), "type": "problem", "of": kind})

    async def _tell(self, socket: WebSocket, tab: Tab) -> None:
        while True:
            message = await tab.outbox.get()
            await socket.send_text(json.dumps(message, ensure_ascii=False, separators=(",", ":")))

    async def _look(self, who: Principal, tab: Tab) -> None:
        """The session is looked at, and the page told that its telephone lives."""
        while True:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await tab.slow.wait()
                raise TooSlow
            except TimeoutError:
                self._still(who)
                tab.tell({"type": "ping"})

    def _still(self, who: Principal) -> None:
        if self._guard.now(who) is None:
            raise BadCredentials("the session has ended")


class _Telephone:
    """What one page can do."""

    def __init__(self, phones: PhoneParts, tab: Tab) -> None:
        self._phones, self.tab = phones, tab

    def come(self, *, take: bool) -> None:
        """The page wants the telephone."""
        phones, extension = self._phones, self.tab.extension
        if not phones.book.come(self.tab, extension, take=take):
            self.tab.tell({"type": "busy", "extension": extension})
            return
        self.tab.tell(
            {
                "type": "phone",
                "extension": extension,
                "name": phones.name_of(extension),
                "ready": phones.book.ready(extension),
                "ice": list(phones.ice),
                "return_seconds": phones.return_seconds,
                "call": phones.legs.view(extension),
            }
        )

    def said(self, said: Said) -> None:
        """One message. Raises BridgeError."""
        phones, extension = self._phones, self.tab.extension
        if said.kind == "take":
            self.come(take=True)
            return
        if said.kind == "hello":
            raise BadRequest("hello 只说一次")
        if not phones.book.has(self.tab, extension):
            raise PhoneElsewhere("电话在另一个网页里")
        if said.kind in ("ready", "pause"):
            ready = said.kind == "ready"
            phones.book.make_ready(extension, ready=ready)
            phones.wish(extension, ready)
            self.tab.tell({"type": "state", "ready": ready})
            return
        phones.legs.said(extension, said)


async def _greeted(socket: WebSocket) -> Said:
    """The page's hello. Raises BadRequest."""
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            hello = read(await _text(socket))
    except TimeoutError:
        raise BadRequest("没有说 hello") from None
    if hello.kind != "hello":
        raise BadRequest("第一条消息应是 hello")
    return hello


async def _text(socket: WebSocket) -> str:
    """The next message. Raises BadRequest for octets."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    text = message.get("text")
    if not isinstance(text, str):
        raise BadRequest("消息应是文本")
    return text


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Run until the first ends, stop the others and wait for them; raises what it raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ended:
        if isinstance(end, Exception):
            raise end


async def _send_away(socket: WebSocket, error: BridgeError) -> None:
    """As a problem: in an HTTP answer if the WebSocket is not open yet, else as message and close code."""
    try:
        if socket.application_state.name == "CONNECTING":
            await socket.send_denial_response(problems.answer(error))
            return
        body = json.dumps({**problems.problem(error), "type": "problem", "of": ""}, ensure_ascii=False)
        await socket.send_text(body)
        await socket.close(_CLOSE.get(error.http_status, 1008), error.id)
    except (WebSocketDisconnect, RuntimeError):
        log.debug("phone.gone_before_refusal", why=error.id)
