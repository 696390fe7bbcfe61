"""Calls that another bridge hands to us: the INVITE names the incident, and its ticket comes by the exchange,
before or after it. Whichever is later, pages know the ticket while the telephone still rings, and hear of
each new version of its papers as long as the call lasts.

A witness of the switchboard. It believes a name only from a trunk of a platform, and only of a ticket that
has that platform on its path: nobody can have a ticket of others shown by naming it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog

from bridge.calls.call import Call, Transfer
from bridge.ports import Feed
from bridge.routing.plan import Origin
from bridge.services.records import Record, Records
from bridge.services.views import call_view

_LOG = structlog.get_logger(__name__)

Json = dict[str, Any]
Find = Callable[[str, str], Awaitable[Json | None]]


class ArrivalDesk:
    """find: an incident and a platform -> the newest papers of that incident's ticket, if it has that
    platform on its path; home_of: the platform of the exchange at a trunk."""

    def __init__(
        self, *, records: Records, feed: Feed, find: Find, home_of: Callable[[Origin], str | None]
    ) -> None:
        self._records, self._feed, self._find, self._home_of = records, feed, find, home_of
        self._calls: dict[str, str] = {}
        self._looking: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Nothing to do: it is told."""

    async def stop(self) -> None:
        """What is being looked up is waited for."""
        await asyncio.gather(*self._looking, return_exceptions=True)

    def came(self, document: Json, _at: datetime) -> None:
        """Papers have come by the exchange. Returns at once."""
        record = self._records.get(self._calls.get(str(document["incident"]), ""))
        if record is not None and self._sender(record.call) in document.get("path", ()):
            self._show(record, document)

    # --- the switchboard's witness ------------------------------------------------------------------------

    def changed(self, before: Call | None, call: Call) -> None:
        """A new call that says what it is about."""
        if before is not None or not call.incident or not self._sender(call):
            return
        self._calls[call.incident] = call.id
        task = asyncio.create_task(self._look(call), name=f"arrival {call.id}")
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    def opened(self, call: Call, transfer: Transfer) -> None:
        """Its own ticket is another matter."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """The same."""

    def over(self, call: Call, outcome: str) -> None:
        """Nobody waits for its papers any more."""
        if self._calls.get(call.incident) == call.id:
            del self._calls[call.incident]

    # --- within ---------------------------------------------------------------------------------------------

    def _sender(self, call: Call) -> str:
        """The platform that hands the call over; "" for a carrier or a telephone of ours."""
        origin = call.caller.origin
        return (self._home_of(origin) or "") if origin.kind == "trunk" else ""

    async def _look(self, call: Call) -> None:
        try:
            document = await self._find(call.incident, self._sender(call))
        except Exception:  # the database; the next version of the papers comes by itself
            _LOG.exception("arrival not looked up", call=call.id)
            return
        record = self._records.get(call.id)
        if document is not None and record is not None:
            self._show(record, document)

    def _show(self, record: Record, document: Json) -> None:
        """The newest version counts."""
        known = record.brought
        if known is not None and _newer(known, document):
            return
        record.brought = document
        if not self._feed.heard:
            return
        if known is None:
            self._feed.publish({"type": "call", "call": call_view(record)})
        self._feed.publish(
            {
                "type": "papers",
                "call": record.call.id,
                "incident": document["incident"],
                "ticket": document["ticket"],
                "papers": document,
            }
        )


def _newer(known: Json, document: Json) -> bool:
    """Whether what is known is of the same ticket and no older."""
    return bool(known["ticket"] == document["ticket"] and known["version"] >= document["version"])
