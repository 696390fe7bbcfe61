"""The live feed over WebSocket: a snapshot of everything, then each event as it happens. docs/live.md says it
to those who listen.

A browser cannot set headers on a WebSocket, so a token may also come as the first message. A listener that
cannot keep up loses events and then gets a fresh snapshot, so what it shows is always true again; one that
comes back (`?epoch=&since=`) gets what it missed. Listeners only listen: what they say after the greeting is
read and dropped.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from bridge.access.principal import Principal
from bridge.adapters.metrics import API_LIVE, API_LIVE_LOST, API_REFUSED
from bridge.api import problems
from bridge.api.audit import deed_of
from bridge.api.auth import Guard, by_own_page, own_page
from bridge.api.door import address_of, visitor_of
from bridge.api.lens import Lens
from bridge.api.live_first import First
from bridge.api.parts import ApiParts
from bridge.api.picture import Picture
from bridge.api.rights import RIGHTS
from bridge.errors import BadCredentials, BadRequest, BridgeError, Overload
from bridge.services.feed import Inbox

log = structlog.get_logger(__name__)

MAX_LISTENERS: Final = 200
"""Pages at once: several times a centre's supervisors, and each may cost a snapshot of megabytes."""
GREETING_SECONDS: Final = 5.0
"""How long a listener may take to show its token."""
PING_SECONDS: Final = 10.0
"""A quiet feed says that it lives, with the status; a page that hears nothing for longer connects again."""

_RIGHT: Final = RIGHTS["WS /api/v1/live"]

_NEVER: Final[tuple[str, int | None]] = ("", None)
_DIGITS: Final = 16
"""More than any count of ours has."""

CLOSE: Final = {400: 4400, 401: 4401, 403: 4403, 503: 1013}
"""HTTP status -> WebSocket close code (RFC 6455 §7.4.2: 4000 and above are ours; 1013 is "try again
later")."""


class Live:
    """All listeners."""

    def __init__(self, parts: ApiParts, guard: Guard, picture: Picture, lens: Lens) -> None:
        self._parts, self._guard, self._lens = parts, guard, lens
        self._first = First(parts, picture, lens)
        self._listeners = 0

    async def serve(self, socket: WebSocket) -> None:
        """One listener, from greeting to good-bye."""
        try:
            who = await self._greet(socket)
        except BridgeError as error:
            API_REFUSED.labels(error.id).inc()
            await _send_away(socket, error)
            return
        except WebSocketDisconnect:
            return
        self._listeners += 1
        API_LIVE.inc()
        try:
            await self._on_record(socket, who)
            await _either(self._tell(socket, who), _until_gone(socket))
        except BridgeError as error:
            API_REFUSED.labels(error.id).inc()
            await _send_away(socket, error)
        finally:
            API_LIVE.dec()
            self._listeners -= 1

    async def _greet(self, socket: WebSocket) -> Principal:
        """Accept, and know who it is. Raises BridgeError, before accepting where that is possible."""
        visitor = visitor_of(socket.scope)
        own_page(visitor)
        if self._listeners >= MAX_LISTENERS:
            raise Overload("too many listeners")
        who = self._guard.recognise(visitor)
        by_own_page(visitor, who)
        if who is not None and who.must_change:
            await socket.accept()  # so that the page can be told why
        if who is None:
            await socket.accept()
            await socket.send_json({"type": "auth-required"})
            who = self._guard.by_token(await _token(socket))
            who.needs(*_RIGHT.scopes)
            return who
        who.needs(*_RIGHT.scopes)
        await socket.accept()
        return who

    async def _on_record(self, socket: WebSocket, who: Principal) -> None:
        """Who reads captions is on record before the first of them. Raises NotAudited."""
        if self._parts.access is None:
            return
        at, address = self._parts.clock.wall(), address_of(visitor_of(socket.scope))
        await self._parts.access.audit.keep(deed_of(socket.scope, who, _RIGHT.audit, "", at, address))

    async def _tell(self, socket: WebSocket, who: Principal) -> None:
        """What they are shown first, then events; and again from the snapshot when some were lost."""
        back = _back(socket)
        while True:
            # Listen first: what happens while the snapshot goes out is in the inbox. A fresh inbox each time:
            # events older than the snapshot would show the past again.
            with self._parts.feed.listen(*back) as inbox:
                known: set[str] = set()
                async for message in self._first.messages(inbox, who, known):
                    await _send(socket, message)
                lost = await self._forward(socket, inbox, who, known)
            back = _NEVER
            API_LIVE_LOST.inc(lost)
            await _send(socket, {"type": "lost", "count": lost})

    async def _forward(self, socket: WebSocket, inbox: Inbox, who: Principal, known: set[str]) -> int:
        """Events until some are missing; how many. known: calls that were shown whole. Whoever has heard
        nothing for a while, because nothing of theirs happens, is told that."""
        clock = asyncio.get_running_loop().time
        due = clock() + PING_SECONDS
        while True:
            try:
                async with asyncio.timeout_at(due):
                    event = await inbox.next()
            except TimeoutError:
                event = self._first.ping(inbox.at)
            if self._guard.now(who) is None:
                raise BadCredentials("the session or token has ended")
            if event["type"] == "lost":
                return int(event["count"])
            if self._lens.shows(event, who):
                await self._acquaint(socket, event, who, known)
                await _send(socket, self._lens.event(event, who))
                due = clock() + PING_SECONDS

    async def _acquaint(
        self, socket: WebSocket, event: dict[str, Any], who: Principal, known: set[str]
    ) -> None:
        """A call may become somebody's to see in its middle, when it is transferred to their platform: they
        are shown it whole first."""
        call = self._lens.about(event) if who.platform else ""
        record = self._parts.records.get(call) if call and call not in known else None
        if record is not None:
            known.add(call)
            await _send(socket, {"type": "more", "calls": await self._first.calls([record], who)})


def _back(socket: WebSocket) -> tuple[str, int | None]:
    """What a listener that comes back says it has heard last. Whatever else stands there is as good as
    nothing: it is shown everything."""
    epoch, since = socket.query_params.get("epoch", ""), socket.query_params.get("since", "")
    return (epoch, int(since)) if since.isascii() and since.isdecimal() and len(since) < _DIGITS else _NEVER


async def _token(socket: WebSocket) -> str:
    """The token in the first message. Raises BadRequest, BadCredentials (none in time)."""
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            message = json.loads(await socket.receive_text())
        kind, token = message["type"], message["token"]
    except TimeoutError:
        raise BadCredentials("no token in time") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadRequest('第一条消息应是 {"type": "auth", "token": "令牌"}') from None
    if kind != "auth" or not isinstance(token, str):
        raise BadRequest('第一条消息应是 {"type": "auth", "token": "令牌"}')
    return token


async def _until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _send(socket: WebSocket, message: dict[str, Any]) -> None:
    await socket.send_text(json.dumps(message, ensure_ascii=False, separators=(",", ":")))


async def _send_away(socket: WebSocket, error: BridgeError) -> None:
    """As a problem: in an HTTP answer if the WebSocket is not open yet, else as message and close code."""
    try:
        if socket.application_state.name == "CONNECTING":
            await socket.send_denial_response(problems.answer(error))
            return
        await _send(socket, {**problems.problem(error), "type": "problem"})
        await socket.close(CLOSE.get(error.http_status, 1008), error.id)
    except (WebSocketDisconnect, RuntimeError):
        log.debug("live.gone_before_refusal", why=error.id)


async def _either(*works: Any) -> None:
    """Run until the first ends, stop the others and wait for them. A listener that is gone is no error."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ended:
        if isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect):
            raise end
