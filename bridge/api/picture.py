"""What a page or program is shown of a call: state, transcript, and the ticket or, before any press, its
draft.

Reads the services' values and makes plain JSON of them; changes nothing. Transcripts are told once, as
utterances, so tickets travel here without their own copy.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from bridge.api.parts import ApiParts
from bridge.services.records import Record
from bridge.services.views import call_view, utterance_view
from bridge.tickets.ticket import Ticket, encode

SNAPSHOT_UTTERANCES: Final = 200
"""Newest utterances of a call in a snapshot: what a page keeps on screen; the call's own address has all."""
DRAFTS: Final = 256
"""Drafts remembered, so that ten pages watching a call cost one reading of it."""


class Picture:
    """Views over the parts."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._drafts: OrderedDict[str, tuple[object, object, dict[str, Any] | None]] = OrderedDict()

    def calls(self) -> list[dict[str, Any]]:
        """Every call's view, oldest first."""
        return [call_view(record) for record in self._parts.records.all()]

    def whole(self, record: Record, newest: int | None = None) -> dict[str, Any]:
        """One call; at most the `newest` utterances of it."""
        ticket = self.ticket(record)
        utterances = record.transcript.utterances
        return {
            "call": call_view(record),
            "transcript": [utterance_view(item) for item in utterances[-newest if newest else 0 :]],
            "ticket": brief(encode(ticket)) if ticket else None,
            "draft": None if ticket else self.draft(record),
        }

    def ticket(self, record: Record) -> Ticket | None:
        """The newest transfer's ticket."""
        transfer = record.call.transfer
        return self._parts.ticket_of(transfer.incident) if transfer else None

    def draft(self, record: Record) -> dict[str, Any] | None:
        """What a ticket would say now; made anew when another utterance is final or an
        agent has set an element."""
        said, typed, call_id = record.transcript.finals, record.by_hand, record.call.id
        known = self._drafts.get(call_id)
        if known is None or known[0] is not said or known[1] is not typed:
            known = (said, typed, self._parts.draft(call_id))
            self._drafts[call_id] = known
            if len(self._drafts) > DRAFTS:
                self._drafts.popitem(last=False)
        return known[2]


def brief(ticket: dict[str, Any]) -> dict[str, Any]:
    """An encoded ticket without its utterances."""
    speech = {name: value for name, value in ticket["transcript"].items() if name != "utterances"}
    return {**ticket, "transcript": speech}
