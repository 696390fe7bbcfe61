"""The papers: what the course of a call means for its ticket, and what the INVITE says about it.

A witness of the switchboard. At the press it opens the ticket with the story so far, then keeps it growing
until the transcript has settled, and pushes the final version. The voice path never waits for any of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bridge.calls.call import Call, Transfer
from bridge.calls.transfer import ANSWERED
from bridge.clock import Clock
from bridge.ports import Feed
from bridge.services.records import Record, Records
from bridge.services.ticket_desk import TicketDesk
from bridge.services.views import call_view
from bridge.sip.uui import incident_data
from bridge.tickets.advice import Adviser
from bridge.tickets.advice_json import encode_suggestion
from bridge.tickets.elements import encode_elements
from bridge.tickets.gazetteer import NOWHERE, Gazetteer
from bridge.tickets.slots import draft
from bridge.tickets.ticket import Ticket, encode
from bridge.tickets.transcript import CALLER, Utterance


class Papers:
    """desk: the tickets; home_of: an agent's extension -> its platform, or None; ticket_url: platform id ->
    where its tickets can be read, with `{incident}`, or None."""

    def __init__(
        self,
        *,
        desk: TicketDesk,
        records: Records,
        feed: Feed,
        clock: Clock,
        home_of: Callable[[str], str | None],
        ticket_url: Callable[[str], str | None],
        other_platform: Callable[[str], str],
        advise: Adviser,
        gazetteer: Gazetteer = NOWHERE,
    ) -> None:
        self._desk, self._records, self._feed, self._clock = desk, records, feed, clock
        self._home_of, self._ticket_url, self._other = home_of, ticket_url, other_platform
        self._advise, self.gazetteer = advise, gazetteer
        self._call_of: dict[str, str] = {}

    # --- the switchboard's witness ------------------------------------------------------------------------

    def changed(self, before: Call | None, call: Call) -> None:
        """Keep the record; tell the pages."""
        record = self._records.note(call)
        self._mark_answer(record, before, call)
        if self._feed.heard:
            self._feed.publish({"type": "call", "call": call_view(record)})

    def opened(self, call: Call, transfer: Transfer) -> None:
        """The INVITE is on the wire: now the ticket."""
        record = self._records.note(call)
        elapsed = self._clock.monotonic() - transfer.at
        record.marks["press_to_invite_ms"] = elapsed * 1000
        self._call_of[transfer.incident] = call.id
        self._desk.open(
            incident=transfer.incident,
            call=call.id,
            route=transfer.route,
            from_platform=self._from(call, transfer),
            to_platform=transfer.platform,
            caller_number=call.caller.number,
            agent=self._agent(call, transfer),
            trunk=call.caller.origin.name,
            pressed_at=self._clock.wall() - timedelta(seconds=elapsed),
            started_at=record.started_at,
            transcript=record.transcript.utterances,
            by_hand=record.by_hand,
            chosen=record.chosen,
            meant=record.meant,
        )
        if record.transcript_state == "pending":
            self._desk.recogniser_pending(transfer.incident)

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """The transfer's outcome goes into the ticket."""
        if moved:
            self._desk.transferred(transfer.incident, self._clock.wall())
        else:
            self._desk.failed(transfer.incident, transfer.reason, self._clock.wall())

    def over(self, call: Call, outcome: str) -> None:
        """The record is finished; the ticket waits for the last words."""
        record = self._records.note(call)
        self._records.end(call.id, outcome)
        if self._feed.heard:
            self._feed.publish({"type": "over", "call": call_view(record)})

    # --- the transcriber -----------------------------------------------------------------------------------

    def utterance(self, call_id: str, utterance: Utterance) -> None:
        """A final utterance: into every ticket of the call; before there is one, into what the pages show."""
        incidents = self._incidents(call_id)
        for incident in incidents:
            self._desk.hear(incident, utterance)
        # Drafts follow the caller: what an agent reads back counts with the caller's yes. A long story costs
        # some milliseconds the first time, and then what is new.
        if not incidents and utterance.speaker == CALLER and self._feed.heard:
            self._feed.publish({"type": "draft", "call": call_id, **(self.draft(call_id) or {})})

    def pending(self, call_id: str, pending: bool) -> None:
        """Words are missing, or none are any more: the tickets say so."""
        for incident in self._incidents(call_id):
            (self._desk.recogniser_pending if pending else self._desk.recogniser_back)(incident)

    def settled(self, call_id: str) -> tuple[str, ...]:
        """The finished call's transcript is as complete as it can be for now: the final version goes out.
        Returns the incidents that belong to it."""
        incidents, record = tuple(self._incidents(call_id)), self._records.get(call_id)
        for incident in incidents:
            state, reason = (record.transcript_state, record.transcript_reason) if record else ("final", "")
            self._desk.finish(incident, self._clock.wall(), state, reason)
            del self._call_of[incident]
        if record is not None and record.transcript_state != "final" and self._feed.heard:
            self._feed.publish({"type": "call", "call": call_view(record)})
        return incidents

    # --- the ticket desk ------------------------------------------------------------------------------------

    def delivered(self, incident: str, at: float) -> None:
        """The other platform has acknowledged a version; at: CLOCK_MONOTONIC seconds."""
        record = self._records.get(self._call_of.get(incident, ""))
        transfer = record.call.transfer if record else None
        if record is None or transfer is None or "press_to_ticket_ms" in record.marks:
            return
        record.marks["press_to_ticket_ms"] = (at - transfer.at) * 1000
        self._feed.publish({"type": "call", "call": call_view(record)})

    def ticket_changed(self, ticket: Ticket) -> None:
        """Tell the pages."""
        self._feed.publish({"type": "ticket", "call": ticket.facts.call, "ticket": encode(ticket)})

    # --- the pages ---

    def draft(self, call_id: str) -> dict[str, Any] | None:
        """The five elements and the category as they would be in a ticket now; None for a call that is
        unknown."""
        record = self._records.get(call_id)
        if record is None:
            return None
        made = draft(
            record.transcript,
            record.call.caller.number,
            lambda said: record.chosen or self._advise(said).suggestion,
            record.started_at,
            self.gazetteer.knowing(record.meant),
            record.by_hand,
        )
        return {"elements": encode_elements(made.elements), "category": encode_suggestion(made.suggestion)}

    # --- the letter with the call -------------------------------------------------------------------------

    def letter(self, call: Call, transfer: Transfer | None) -> tuple[tuple[str, str], ...]:
        """What the INVITE tells the far side about the ticket: Call-Info (RFC 3261 §20.9) with its address,
        and User-to-User (RFC 7433) with the incident id, which passes through an ISDN where a header does
        not."""
        if transfer is None:
            return ()
        headers = [("User-to-User", incident_data(transfer.incident))]
        url = self._ticket_url(transfer.platform)
        if url is not None:
            address = url.replace("{incident}", transfer.incident)
            headers.insert(0, ("Call-Info", f"<{address}>;purpose=info"))
        return tuple(headers)

    # --- within ---------------------------------------------------------------------------------------------

    def _incidents(self, call_id: str) -> list[str]:
        return [incident for incident, call in self._call_of.items() if call == call_id]

    def _agent(self, call: Call, transfer: Transfer) -> str | None:
        """Who pressed: the attendant, or whoever the PBX says moved the call, if that is an agent of ours."""
        if transfer.via == "invite":
            return call.referred_by if self._home_of(call.referred_by or "") else None
        return call.attendant.number if call.attendant else None

    def _from(self, call: Call, transfer: Transfer) -> str:
        """The platform that gives the caller away: the attendant's, or where the PBX's agent works."""
        if call.attendant is not None and transfer.via != "invite":
            return call.attendant.speaker
        return self._home_of(call.referred_by or "") or self._other(transfer.platform)

    def _mark_answer(self, record: Record, before: Call | None, call: Call) -> None:
        """When the far desk answered, since the press."""
        transfer, old = call.transfer, before.transfer if before else None
        if transfer is None or old is None or transfer.id != old.id or transfer.state not in ANSWERED:
            return
        if old.state in ANSWERED:
            return
        record.marks["press_to_answer_ms"] = (self._clock.monotonic() - transfer.at) * 1000
