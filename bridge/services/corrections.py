"""What an agent sets right in the five elements and the category: before the press in the call's draft, then
in its tickets.

A correction belongs to the call: whatever ticket the call has, or comes to have by a later press, carries it,
and nothing that is heard afterwards overwrites it (tickets.elements).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bridge.errors import NoSuchCall, NoSuchThing
from bridge.ports import Feed
from bridge.scope.suggestion import Category, Suggestion
from bridge.services.records import Record, Records
from bridge.services.ticket_desk import TicketDesk
from bridge.tickets.advice_json import decode_suggestion
from bridge.tickets.elements import ElementName, encode_elements
from bridge.tickets.gazetteer import NOWHERE, Gazetteer
from bridge.tickets.slots import typed


class Corrections:
    """draft: call id -> what a ticket would say now, as pages read it; category: a class of the lists by its
    id."""

    def __init__(
        self,
        *,
        records: Records,
        desk: TicketDesk,
        feed: Feed,
        draft: Callable[[str], dict[str, Any] | None],
        gazetteer: Gazetteer = NOWHERE,
        category: Callable[[str], Category | None] = lambda id: None,
    ) -> None:
        self._records, self._desk, self._feed = records, desk, feed
        self._draft, self.gazetteer, self._category = draft, gazetteer, category

    def in_call(self, call_id: str, name: ElementName, value: str) -> dict[str, Any]:
        """Set one element of a call; gives all five as they are now. Raises NoSuchCall."""
        record = self._records.get(call_id)
        if record is None:
            raise NoSuchCall("没有这通电话，或者已经结束很久")
        self._note(record, name, value)
        for incident in _incidents(record):
            self._desk.amend(incident, name, value)
        elements: dict[str, Any] = self._told(record).get("elements", {})
        return elements

    def classify(self, call_id: str, category: str) -> dict[str, Any]:
        """The agent accepts the category that is suggested, or chooses another of the lists: nothing that is
        heard changes it any more. Gives it as pages read it. Raises NoSuchCall, NoSuchThing."""
        record, found = self._records.get(call_id), self._category(category)
        if record is None:
            raise NoSuchCall("没有这通电话，或者已经结束很久")
        if found is None:
            raise NoSuchThing("清单里没有这一类")
        record.chosen = _by_hand(found, (self._draft(call_id) or {}).get("category"))
        for incident in _incidents(record):
            self._desk.classify(incident, record.chosen)
        chosen: dict[str, Any] = self._told(record).get("category", {})
        return chosen

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

    def _told(self, record: Record) -> dict[str, Any]:
        """The draft as it is now; pages are shown it as long as there is no ticket."""
        made = self._draft(record.call.id) or {}
        if not _incidents(record):
            self._feed.publish({"type": "draft", "call": record.call.id, **made})
        return made

    def _note(self, record: Record, name: ElementName, value: str) -> None:
        element = typed(name, value, record.started_at, self.gazetteer)
        record.by_hand = {**record.by_hand, name: element}


def _incidents(record: Record) -> dict[str, None]:
    return dict.fromkeys(transfer.incident for transfer in record.call.transfers)


def _by_hand(category: Category, suggested: dict[str, Any] | None) -> Suggestion:
    """With the evidence of the suggestion, if that is what is accepted."""
    known = decode_suggestion(suggested)
    if known is not None and known.id == category.id:
        return replace(known, by_hand=True)
    return Suggestion(
        category.id, category.name, category.to, category.annex, category.urgent, 0, (), by_hand=True
    )
