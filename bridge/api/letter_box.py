"""Partners' letters, taken at once: the one request that comes five hundred times a second does not go
through the framework's search for a route and its reading of parameters.

The route is there all the same, for the description (/openapi.json); both ways lead to the same handler.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.api import problems
from bridge.api.exchange_letters import Letters
from bridge.errors import BridgeError


class _Route(NamedTuple):
    """What the door's figures ask of a route."""

    path: str = "/exchange/v1/partners/{platform}/events"


_ROUTE: Final = _Route()
_BEFORE, _AFTER = _ROUTE.path.split("{platform}")


class LetterBox:
    """A layer inside the door."""

    def __init__(self, app: ASGIApp, letters: Letters) -> None:
        self._app, self._letters = app, letters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take it if it is a letter, else pass it on."""
        platform = _addressee(scope)
        if not platform:
            await self._app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        try:
            answer = await self._letters.take(platform, Request(scope, receive))
        except BridgeError as refused:
            answer = problems.answer(refused)
        await answer(scope, receive, send)


def _addressee(scope: Scope) -> str:
    """The platform whose letter it is; "": it is none."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return ""
    path: str = scope["path"]
    if not (path.startswith(_BEFORE) and path.endswith(_AFTER)):
        return ""
    name = path[len(_BEFORE) : -len(_AFTER)]
    return "" if "/" in name else name
