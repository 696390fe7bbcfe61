"""The door every HTTP request passes: when it came, who sends it, how big it may be, what the answer must
carry.

A plain ASGI layer, so that nothing is waited for before the arrival is noted (design.md, promise 2).
What a request needs stands in rights.RIGHTS, the only such table: its scope, whose platform it must concern,
whether it is put on record. The live WebSocket has its own greeting (live.py) by the same rules.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final, NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.access.audit import Deed
from bridge.adapters.metrics import API_ANSWERS, API_REFUSED
from bridge.api import problems
from bridge.api.audit import deed_of
from bridge.api.auth import Guard, Visitor, by_own_page, own_page
from bridge.api.bounds import Bounds
from bridge.api.rights import Found, Right, Rights
from bridge.clock import Clock
from bridge.errors import BridgeError, NotAudited, TooBig
from bridge.services.audit_desk import AuditDesk

MAX_BODY: Final = 16 * 1024
"""Octets; our largest request has some hundred."""

MAX_LETTER: Final = 4 * 1024 * 1024
"""Octets of a partner's letter: papers with the transcript of a long call (docs/tickets.md)."""

MAX_FORM: Final = 128 * 1024
"""Octets of a quality form filled in: some fifty questions, each with its remark."""

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_NOWHERE: Final = {True: Found(Right(("read",))), False: Found(Right(("transfer",)))}
"""What reading or changing something asks for where no route of ours is: strangers are not told which those
are."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "media-src 'self' blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer. No inline script or style, nothing from elsewhere, in nobody's frame."""


class _Deed(NamedTuple):
    """A request's deed; strict: nothing is read out before it is on record."""

    made: Deed
    strict: bool


class _Admitted(NamedTuple):
    """most: octets its body may have; deed: what is put on record when it succeeds."""

    most: int
    deed: _Deed | None = None


class Door:
    """Outermost layer of the app."""

    def __init__(
        self, app: ASGIApp, guard: Guard, bounds: Bounds, clock: Clock, audit: AuditDesk | None = None
    ) -> None:
        self._app, self._guard, self._bounds, self._clock = app, guard, bounds, clock
        self._audit = audit
        self._rights = Rights()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or answer with the problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["arrived"] = self._clock.monotonic()
        send = _dressed(scope, send)
        try:
            admitted = await self._admit(scope)
        except BridgeError as error:
            API_REFUSED.labels(error.id).inc()
            await problems.answer(error)(scope, receive, send)
            return
        receive = _bounded(receive, admitted.most)
        if admitted.deed is None:
            await self._app(scope, receive, send)
        else:
            await self._on_record(admitted.deed, scope, receive, send)

    async def _on_record(self, deed: _Deed, scope: Scope, receive: Receive, send: Send) -> None:
        """What was done is put on record; what is read out, before its first octet goes out: if that cannot
        be, the answer is 503 and nothing else."""
        audit, kept_back = self._audit, False

        async def recorded(message: Message) -> None:
            nonlocal kept_back
            if message["type"] == "http.response.start" and message["status"] < 400 and audit is not None:
                try:
                    if deed.strict:
                        await audit.keep(deed.made)
                    else:
                        audit.note(deed.made)
                except NotAudited as error:
                    kept_back = True
                    API_REFUSED.labels(error.id).inc()
                    await problems.answer(error)(scope, receive, send)
                    raise
            await send(message)

        try:
            await self._app(scope, receive, recorded)
        except Exception:
            if not kept_back:
                raise

    async def _admit(self, scope: Scope) -> _Admitted:
        """How long the body may be, and what is to be put on record. Waits for nothing but the platform of
        what is no longer in memory, and that only for users of one platform."""
        visitor, reading = visitor_of(scope), scope["method"] in READING
        right, name = self._rights.of(scope["method"], scope["path"]) or _NOWHERE[reading]
        most = MAX_LETTER if right.letter else MAX_FORM if right.form else MAX_BODY
        length = visitor.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > most:
            raise TooBig("declared too long")
        if not reading:
            own_page(visitor)
        if right.open:
            return _Admitted(most)
        who = self._guard.admit(visitor, *right.scopes)
        if right.whole:
            who.needs("personal")
        if not reading:
            by_own_page(visitor, who)
        scope["state"]["who"] = who
        await self._bounds.check(who, right.about, name)
        if not right.audit:
            return _Admitted(most)
        at, address = self._clock.wall(), address_of(visitor)
        return _Admitted(most, _Deed(deed_of(scope, who, right.audit, name, at, address), right.strict))


def visitor_of(scope: Scope) -> Visitor:
    """Address and headers of an ASGI connection."""
    client = scope.get("client")
    return Visitor(client[0] if client else "", Headers(scope=scope))


def address_of(visitor: Visitor) -> str:
    """Where somebody is. A proxy on this machine says in X-Forwarded-For whom it speaks for: the last entry
    is its own word, those before it anybody's."""
    forwarded = visitor.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        if ip_address(visitor.address).is_loopback:
            return str(ip_address(forwarded))
    except ValueError:
        pass
    return visitor.address


def _bounded(receive: Receive, most: int) -> Receive:
    """The body up to `most`; a chunked one declares no length. Raises TooBig where it is read."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise TooBig("chunked too long")
        return message

    return counted


def _dressed(scope: Scope, send: Send) -> Send:
    """The answer with our headers, counted. Data is never kept by a browser or proxy."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
            route = getattr(scope.get("route"), "path", "other")
            API_ANSWERS.labels(_method(scope["method"]), route, message["status"]).inc()
        await send(message)

    return dressed


def _method(method: str) -> str:
    """A method as a label: strangers must not invent new ones."""
    return method if method in READING | {"POST", "DELETE", "PUT", "PATCH"} else "other"
