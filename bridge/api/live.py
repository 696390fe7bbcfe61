"""The live feed over WebSocket: a snapshot of everything, then each event as it happens.

A browser cannot set headers on a WebSocket, so a token may also come as the first message. A listener that
cannot keep up loses events and then gets a fresh snapshot, so what it shows is always true again. Listeners
only listen: what they say after the greeting is read and dropped.
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
from bridge.api.parts import ApiParts
from bridge.api.picture import SNAPSHOT_UTTERANCES, Picture
from bridge.api.rights import RIGHTS
from bridge.errors import BadCredentials, BadRequest, BridgeError, Overload
from bridge.services.feed import Inbox
from bridge.services.records import Record

log = structlog.get_logger(__name__)

MAX_LISTENERS: Final = 200
"""Pages at once: several times a centre's supervisors, and each may cost a snapshot of megabytes."""
GREETING_SECONDS: Final = 5.0
"""How long a listener may take to show its token."""
PING_SECONDS: Final = 10.0
"""A quiet feed says that it lives, with the status; a page that hears nothing for longer connects again."""

PIECE: Final = 25
"""Calls in one message of a snapshot: some 200 kB."""

_RIGHT: Final = RIGHTS["WS /api/v1/live"]

CLOSE: Final = {400: 4400, 401: 4401, 403: 4403, 503: 1013}
"""HTTP status -> WebSocket close code (RFC 6455 §7.4.2: 4000 and above are ours; 1013 is "try again
later")."""


class Live:
    """All listeners."""

    def __init__(self, parts: ApiParts, guard: Guard, picture: Picture, lens: Lens) -> None:
        self._parts, self._guard, self._picture, self._lens = parts, guard, picture, lens
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
        """Snapshot, events, and again from the snapshot when some were lost."""
        while True:
            # Listen first: what happens while the snapshot goes out is in the inbox. A fresh inbox each time:
            # events older than the snapshot would show the past again.
            with self._parts.feed.listen() as inbox:
                known = await self._show_all(socket, who)
                lost = await self._forward(socket, inbox, who, known)
            API_LIVE_LOST.inc(lost)
            await _send(socket, {"type": "lost", "count": lost})

    async def _forward(self, socket: WebSocket, inbox: Inbox, who: Principal, known: set[str]) -> int:
        """Events until some are missing; how many. known: calls that were shown whole."""
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    event = await inbox.next()
            except TimeoutError:
                event = {"type": "ping", "status": self._parts.status()}
            if self._guard.now(who) is None:
                raise BadCredentials("the session or token has ended")
            if event["type"] == "lost":
                return int(event["count"])
            if self._lens.shows(event, who):
                await self._acquaint(socket, event, who, known)
                await _send(socket, self._lens.event(event, who))

    async def _acquaint(
        self, socket: WebSocket, event: dict[str, Any], who: Principal, known: set[str]
    ) -> None:
        """A call may become somebody's to see in its middle, when it is transferred to their platform: they
        are shown it whole first."""
        call = self._lens.about(event) if who.platform else ""
        record = self._parts.records.get(call) if call and call not in known else None
        if record is not None:
            known.add(call)
            await _send(socket, {"type": "more", "calls": await self._calls([record], who)})

    async def _show_all(self, socket: WebSocket, who: Principal) -> set[str]:
        """Every call that is theirs, the newest ones first, in pieces: other work gets its turn between them.
        Which they were."""
        head: dict[str, Any] = {
            "type": "snapshot",
            "now": self._parts.clock.wall().isoformat(),
            "you": {"name": who.name, "may": sorted(who.may), "role": who.role, "platform": who.platform},
            "keys": self._parts.keys(),
            "status": self._lens.status(self._parts.status(), who),
        }
        records = self._lens.records(who)[::-1]
        for at in range(0, len(records) or 1, PIECE):
            await _send(socket, {**head, "calls": await self._calls(records[at : at + PIECE], who)})
            head = {"type": "more"}
        if self._parts.queues is not None:
            queues = {"type": "queues", **self._parts.queues.view()}
            await _send(socket, {"type": "queues", **self._lens.queues(queues, who)})
        if self._parts.callbacks is not None and not who.platform:
            await _send(socket, {"type": "callbacks", "open": self._parts.callbacks.open})
        return {record.call.id for record in records}

    async def _calls(self, records: list[Record], who: Principal) -> list[dict[str, Any]]:
        """Their pictures. A long story's draft takes milliseconds, and the key must not wait for twenty."""
        calls = []
        for record in records:
            await self._lens.prepare(record.transcript.utterances, SNAPSHOT_UTTERANCES)
            calls.append(self._picture.whole(record, who, SNAPSHOT_UTTERANCES))
            await asyncio.sleep(0)
        return calls


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
