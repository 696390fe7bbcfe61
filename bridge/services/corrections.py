"""What an agent sets right in the five elements: before the press in the call's draft, then in its tickets.

A correction belongs to the call: whatever ticket the call has, or comes to have by a later press, carries it,
and nothing that is heard afterwards overwrites it (tickets.elements).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.errors import NoSuchCall, NoSuchThing
from bridge.ports import Feed
from bridge.services.records import Record, Records
from bridge.services.ticket_desk import TicketDesk
from bridge.tickets.elements import ElementName, encode_elements
from bridge.tickets.gazetteer import NOWHERE, Gazetteer
from bridge.tickets.slots import typed


class Corrections:
    """draft: call id -> what a ticket would say now, as pages read it."""

    def __init__(
        self,
        *,
        records: Records,
        desk: TicketDesk,
        feed: Feed,
        draft: Callable[[str], dict[str, Any] | None],
        gazetteer: Gazetteer = NOWHERE,
    ) -> None:
        self._records, self._desk, self._feed = records, desk, feed
        self._draft, self._gazetteer = draft, gazetteer

    def in_call(self, call_id: str, name: ElementName, value: str) -> dict[str, Any]:
        """Set one element of a call; gives all five as they are now. Raises NoSuchCall."""
        record = self._records.get(call_id)
        if record is None:
            raise NoSuchCall("没有这通电话，或者已经结束很久")
        self._note(record, name, value)
        incidents = dict.fromkeys(transfer.incident for transfer in record.call.transfers)
        for incident in incidents:
            self._desk.amend(incident, name, value)
        made = self._draft(call_id) or {}
        if not incidents:
            self._feed.publish({"type": "draft", "call": call_id, **made})
        elements: dict[str, Any] = made.get("elements", {})
        return elements

    async def in_ticket(self, incident: str, name: ElementName, value: str) -> dict[str, Any]:
        """Set one element of a ticket, however long ago its call was; gives all five. Raises NoSuchThing, and
        what the database raises."""
        if not await self._desk.holds(incident):
            raise NoSuchThing("no such ticket")
        self._desk.amend(incident, name, value)
        ticket = self._desk.ticket(incident)
        if ticket is None:
            raise NoSuchThing("no such ticket")
        record = self._records.get(ticket.facts.call)
        if record is not None:
            self._note(record, name, value)
        return encode_elements(ticket.elements)

    def _note(self, record: Record, name: ElementName, value: str) -> None:
        element = typed(name, value, record.started_at, self._gazetteer)
        record.by_hand = {**record.by_hand, name: element}
