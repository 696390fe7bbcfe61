"""What every route asks for, in one table: the right, what it is about, and whether it is put on record.

The door reads it before any handler runs, and `create_api` refuses to build an interface with a route that
has no row here: a new route is closed until somebody states who may use it. Rows say what a request may be
*for*; lists ("list") are cut to the viewer's platform by the lens or the query, everything else by the door.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from bridge.access.roles import Scope

About = Literal["", "list", "house", "call", "incident", "recording", "agent", "task"]
"""What a request concerns: "" nothing of anybody's; list: many things, cut to the viewer's platform where
they are read; house: the installation as a whole, not for users of one platform; the others: the thing that
the path's first parameter names, which must concern the viewer's platform."""


class Right(NamedTuple):
    """scopes: any one of them; none: everybody (open), or whoever is known (known). audit: under what name
    it is put on record; strict: no answer before that is on disk. letter: its body may be as long as a
    ticket's papers; form: as a form filled in with remarks. whole: `personal` is needed besides, for what is
    asked for is somebody's number."""

    scopes: tuple[Scope, ...] = ()
    about: About = ""
    audit: str = ""
    strict: bool = False
    open: bool = False
    letter: bool = False
    form: bool = False
    whole: bool = False


OPEN: Final = Right(open=True)
"""Without a credential: pages (they hold no data), the health check, the interface's description, log-in."""
KNOWN: Final = Right()
"""For whoever is known at all: their own session."""

_HOUSE: Final = Right(("admin",), "house")
_READ: Final = ("read",)
_PRESS: Final = ("transfer",)
_MONITOR: Final = ("monitor",)
_HANDLE: Final = ("exchange", "tickets")
_FOLLOW: Final = ("exchange", "tickets", "read")

RIGHTS: Final[dict[str, Right]] = {
    "GET /": OPEN,
    "GET /agent": OPEN,
    "GET /supervisor": OPEN,
    "GET /admin": OPEN,
    "GET /web/{path:path}": OPEN,
    "GET /handbook/{name}": OPEN,
    "GET /handbook/img/{file}": OPEN,
    "GET /healthz": OPEN,
    "GET /api/v1/openapi.json": OPEN,
    "GET /openapi.json": OPEN,
    "GET /docs": OPEN,
    "POST /api/v1/session": OPEN,
    "GET /api/v1/session": KNOWN,
    "DELETE /api/v1/session": KNOWN,
    "PUT /api/v1/session/password": KNOWN,
    "GET /api/v1/session/ways": OPEN,
    "GET /api/v1/session/oidc": OPEN,
    "GET /api/v1/session/oidc/callback": OPEN,
    "GET /api/v1/audit": Right(("admin",), "list", "audit.read"),
    "GET /metrics": Right(_READ, "house"),
    "GET /api/v1/status": Right(_READ),
    "GET /api/v1/keys": Right(_READ),
    # calls
    "WS /api/v1/live": Right(_READ, "list", "live.opened", strict=True),
    "WS /api/v1/phone": Right(_PRESS, "", "phone.opened", strict=True),
    "GET /api/v1/calls": Right(_READ, "list"),
    "GET /api/v1/calls/{call_id}": Right(_READ, "call", "call.read", strict=True),
    "GET /api/v1/calls/{call_id}/ladder": Right(("admin",), "call", "ladder.read"),
    "POST /api/v1/calls/{call_id}/transfers": Right(_PRESS, "call"),
    "POST /api/v1/calls/{call_id}/transfers/current/{how}": Right(_PRESS, "call"),
    "DELETE /api/v1/calls/{call_id}/transfers/current": Right(_PRESS, "call"),
    "POST /api/v1/calls/{call_id}/quiet": Right(_PRESS, "call"),
    "POST /api/v1/calls/{call_id}/recording": Right(_PRESS, "call", "recording.steered"),
    "PUT /api/v1/calls/{call_id}/elements/{name}": Right(_PRESS, "call", "element.corrected"),
    "PUT /api/v1/calls/{call_id}/category": Right(_PRESS, "call", "category.chosen"),
    "POST /api/v1/calls/{call_id}/hold": Right(_PRESS, "call"),
    "POST /api/v1/calls/{call_id}/resume": Right(_PRESS, "call"),
    "POST /api/v1/calls/{call_id}/hangup": Right(_PRESS, "call"),
    "POST /api/v1/calls/{call_id}/digits": Right(_PRESS, "call"),
    # supervisors in calls: on record by services.supervision, before a telephone rings and at its end
    "POST /api/v1/calls/{call_id}/monitor": Right(_MONITOR, "call"),
    "PUT /api/v1/calls/{call_id}/monitor/{leg}": Right(_MONITOR, "call"),
    "DELETE /api/v1/calls/{call_id}/monitor/{leg}": Right(_MONITOR, "call"),
    # transcripts, tickets, recordings
    "GET /api/v1/transcripts": Right(_READ, "list"),
    "GET /api/v1/calls/{call_id}/transcript": Right(_READ, "call", "transcript.read", strict=True),
    "POST /api/v1/calls/{call_id}/transcript/corrections": Right(
        ("transfer", "review"), "call", "transcript.corrected"
    ),
    "GET /api/v1/tickets/{incident}": Right(_READ, "incident", "ticket.read", strict=True),
    "PUT /api/v1/tickets/{incident}/elements/{name}": Right(_PRESS, "incident", "element.corrected"),
    "GET /api/v1/tickets/{incident}/delivery": Right(_READ, "incident"),
    "GET /api/v1/outbox": Right(_READ, "list"),
    "POST /api/v1/outbox/{letter}/replay": Right(("review",), "list", "letter.replayed"),
    "GET /api/v1/scope/{category}": Right(_READ),
    "GET /api/v1/callers/{number}/history": Right(_READ, "list", "caller.read", strict=True, whole=True),
    "GET /api/v1/calls/{call_id}/history": Right(_READ, "call", "caller.read", strict=True),
    "GET /api/v1/search": Right(_READ, "list", "searched", strict=True),
    "GET /api/v1/recordings": Right(("listen",), "list"),
    "GET /api/v1/recordings/{file}": Right(("listen",), "recording"),
    "GET /api/v1/recordings/{file}/audio": Right(("listen",), "recording", "recording.heard", strict=True),
    "GET /api/v1/recordings/{file}/peaks": Right(("listen",), "recording"),
    # review 质检: the desk cuts notes and scores to the viewer's platform
    "GET /api/v1/quality/form": Right(("review",)),
    "GET /api/v1/reviews": Right(("review",), "list", "searched", strict=True),
    "GET /api/v1/reviews/{call_id}": Right(("review",), "call", "review.read", strict=True),
    "GET /api/v1/reviews/{call_id}/export": Right(("review",), "call", "review.exported", strict=True),
    "PUT /api/v1/reviews/{call_id}": Right(("review",), "call", "review.scored", form=True),
    "POST /api/v1/calls/{call_id}/marks": Right(("review",), "call", "review.noted"),
    "POST /api/v1/calls/{call_id}/comments": Right(("review",), "call", "review.noted"),
    "DELETE /api/v1/calls/{call_id}/notes/{note}": Right(("review",), "call", "review.noted"),
    "GET /api/v1/scores": Right(("review",), "list", "scores.read", strict=True),
    "GET /api/v1/scores/averages": Right(("review",), "list"),
    "GET /api/v1/scores/mine": Right(_READ, "list"),
    # the exchange between platforms; its desk cuts to the viewer's platform
    "POST /exchange/v1/partners/{platform}/events": Right(open=True, letter=True),
    "POST /exchange/v1/tickets": Right(_HANDLE, "list", "ticket.opened"),
    "GET /exchange/v1/tickets/{ticket}": Right(_FOLLOW, "list", "ticket.read", strict=True),
    "GET /exchange/v1/tickets/{ticket}/log": Right(_FOLLOW, "list", "ticket.read", strict=True),
    "POST /exchange/v1/tickets/{ticket}/pairs": Right(_HANDLE, "list", "ticket.opened"),
    "POST /exchange/v1/tickets/{ticket}/{deed}": Right(_HANDLE, "list", "ticket.handled"),
    "GET /exchange/v1/changes": Right(_FOLLOW, "list", "ticket.read"),
    "GET /exchange/v1/categories": Right(_FOLLOW),
    "GET /api/v1/tickets": Right(_READ, "list"),
    "GET /api/v1/dossiers/{ticket}": Right(_READ, "list", "ticket.read", strict=True),
    "GET /api/v1/deadlines/overdue": Right(_FOLLOW, "list"),
    # figures; the query cuts to the viewer's platform
    "GET /api/v1/analysis/summary": Right(("review",), "list"),
    "GET /api/v1/analysis/days": Right(("review",), "list"),
    "GET /api/v1/analysis/hours": Right(("review",), "list"),
    "GET /api/v1/analysis/classes": Right(("review",), "list"),
    "GET /api/v1/analysis/counties": Right(("review",), "list"),
    "GET /api/v1/analysis/platforms": Right(("review",), "list"),
    "GET /api/v1/analysis/calls": Right(("review",), "list"),
    "GET /api/v1/analysis/on-time": Right(("review",), "list"),
    "GET /api/v1/analysis/returns": Right(("review",), "list"),
    "GET /api/v1/analysis/disputes": Right(("review",), "list", "analysis.disputes"),
    "GET /api/v1/analysis/frequent": Right(("review",), "list"),
    "GET /api/v1/analysis/places": Right(("review",), "list"),
    "GET /api/v1/analysis/report": Right(("review",), "list", "analysis.report"),
    # queues, callers nobody spoke with, harassment (marks protect every platform, so all of them see them)
    "GET /api/v1/wall": Right(_READ, "list"),
    "GET /api/v1/queues": Right(_READ, "list"),
    "PUT /api/v1/agents/{number}/state": Right(_PRESS, "agent"),
    "GET /api/v1/abandoned": Right(_READ, "list"),
    "GET /api/v1/callbacks": Right(_READ, "list"),
    "POST /api/v1/callbacks/{task}/take": Right(_PRESS, "task"),
    "POST /api/v1/callbacks/{task}/result": Right(_PRESS, "task"),
    "GET /api/v1/harassment": Right(_READ),
    "GET /api/v1/harassment/record": Right(_READ),
    "PUT /api/v1/harassment/{number}": Right(_PRESS, "", "harassment.marked"),
    "DELETE /api/v1/harassment/{number}": Right(("admin",), "", "harassment.unmarked"),
    # the house itself, for administrators of no platform
    "GET /api/v1/admin/trunks": _HOUSE,
    "POST /api/v1/admin/trunks/{name}/probe": Right(("admin",), "house", "trunk.probed"),
    "GET /api/v1/admin/routes": _HOUSE,
    "GET /api/v1/admin/targets": _HOUSE,
    "GET /api/v1/admin/route": _HOUSE,
    "GET /api/v1/admin/agents": _HOUSE,
    "GET /api/v1/admin/users": Right(("admin",), "house", "users.read"),
    "DELETE /api/v1/admin/sessions/{session}": Right(("admin",), "house", "session.ended"),
    "GET /api/v1/admin/troubles": _HOUSE,
    "GET /api/v1/admin/config": Right(("admin",), "house", "config.read"),
    "POST /api/v1/admin/reload": Right(("admin",), "house", "config.reloaded"),
}  # fmt: skip
"""method and path of every route ("WS" for a WebSocket) -> what it asks for."""


TREE: Final = "{path:path}"
"""At the end of a row: whatever lies below it."""


class Found(NamedTuple):
    """A row that fits a request; name: what its path's first parameter says, "" without one."""

    right: Right
    name: str = ""


class Rights:
    """The table, ready to be asked by a request's path: a look into a dictionary and a few comparisons."""

    def __init__(self, table: dict[str, Right] | None = None) -> None:
        self._rows: dict[tuple[str, int], list[tuple[list[str], Right]]] = {}
        self._trees: list[tuple[str, Right]] = []
        for row, right in (RIGHTS if table is None else table).items():
            method, _, path = row.partition(" ")
            if path.endswith(TREE):
                self._trees.append((row.removesuffix(TREE), right))
                continue
            parts = path.split("/")
            self._rows.setdefault((method, len(parts)), []).append((parts, right))
        for rows in self._rows.values():  # a path that is spelled out before one with a place in it
            rows.sort(key=lambda row: [part.startswith("{") for part in row[0]])

    def of(self, method: str, path: str) -> Found | None:
        """The row for a request; None: no route of ours."""
        parts = path.split("/")
        method = "GET" if method == "HEAD" else method
        for wanted, right in self._rows.get((method, len(parts)), ()):
            if all(map(_fits, wanted, parts)):
                return Found(right, _first(wanted, parts))
        row = f"{method} {path}"
        return next(
            (Found(right) for tree, right in self._trees if row.startswith(tree) and row != tree), None
        )


def unstated(routes: Sequence[BaseRoute]) -> list[str]:
    """Routes without a row."""
    return [row for row in rows_of(routes) if row not in RIGHTS]


def rows_of(routes: Sequence[BaseRoute]) -> list[str]:
    """How the rows of an application's routes are called. HEAD goes with GET."""
    return [row for route in iter_route_contexts(routes) for row in _rows(route)]


def _rows(route: RouteContext) -> list[str]:
    if route.methods is None:
        return [f"WS {route.path}"]
    return [f"{method} {route.path}" for method in sorted(set(route.methods) - {"HEAD"})]


def _fits(wanted: str, part: str) -> bool:
    return wanted == part or (wanted.startswith("{") and part != "")


def _first(wanted: list[str], parts: list[str]) -> str:
    return next((part for want, part in zip(wanted, parts, strict=True) if want.startswith("{")), "")
