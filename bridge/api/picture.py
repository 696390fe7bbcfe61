"""What a page or program is shown of a call: state, transcript, and the ticket or, before any press, its
draft.

Reads the services' values and makes plain JSON of them; changes nothing. Transcripts are told once, as
utterances, so tickets travel here without their own copy.
"""

from __future__ import annotations

import operator
from collections import OrderedDict
from typing import Any, Final

from bridge.access.principal import Principal
from bridge.api.lens import Lens, brief
from bridge.api.parts import ApiParts
from bridge.services.records import Record
from bridge.services.views import call_view
from bridge.tickets.ticket import Ticket, encode

SNAPSHOT_UTTERANCES: Final = 200
"""Newest utterances of a call in a snapshot: what a page keeps on screen; the call's own address has all."""
DRAFTS: Final = 256
"""Drafts remembered, so that ten pages watching a call cost one reading of it."""


class Picture:
    """Views over the parts."""

    def __init__(self, parts: ApiParts, lens: Lens) -> None:
        self._parts, self._lens = parts, lens
        self._drafts: OrderedDict[str, tuple[tuple[object, ...], dict[str, Any] | None]] = OrderedDict()

    def calls(self, who: Principal) -> list[dict[str, Any]]:
        """The view of every call that is theirs to see, oldest first."""
        return [self._lens.call(call_view(record), who) for record in self._lens.records(who)]

    def whole(self, record: Record, who: Principal, newest: int | None = None) -> dict[str, Any]:
        """One call as somebody may see it; at most the `newest` utterances of it."""
        ticket = self.ticket(record)
        made = {
            "call": call_view(record),
            "ticket": brief(encode(ticket)) if ticket else None,
            "draft": None if ticket else self.draft(record),
            "advice": self._parts.advice(record),
        }
        papers = None if record.brought is None else self._lens.papers(record.brought, who)
        said = self._lens.utterances(record.transcript.utterances, who, newest)
        shown = self._lens.value(made, who)
        return {**shown, "call": self._lens.own(shown["call"], who), "papers": papers, "transcript": said}

    def ticket(self, record: Record) -> Ticket | None:
        """The newest transfer's ticket."""
        transfer = record.call.transfer
        return self._parts.ticket_of(transfer.incident) if transfer else None

    def draft(self, record: Record) -> dict[str, Any] | None:
        """What a ticket would say now; made anew when another utterance is final, a name was heard in it, or
        an agent has set an element."""
        call_id, made_of = (
            record.call.id,
            (record.transcript.finals, record.by_hand, record.chosen, record.meant),
        )
        known = self._drafts.get(call_id)
        if known is None or not all(map(operator.is_, known[0], made_of)):
            known = (made_of, self._parts.draft(call_id))
            self._drafts[call_id] = known
            if len(self._drafts) > DRAFTS:
                self._drafts.popitem(last=False)
        return known[1]
