"""The ticket 工单/警单: what one platform hands the other about one incident, as a frozen value and its
wire JSON.

Pure. It knows the shape and nothing of how a ticket changes (exchange.py), how its elements are found
(slots.py) or how it travels.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from bridge.scope.alerts import Alerts
from bridge.scope.suggestion import Suggestion
from bridge.tickets.advice_json import decode_alert, decode_suggestion, encode_alert, encode_suggestion
from bridge.tickets.elements import Elements, decode_elements, encode_elements
from bridge.tickets.gazetteer import Meant
from bridge.tickets.transcript import Transcript
from bridge.tickets.transcript_json import decode_transcript, encode_transcript

State = Literal["ringing", "transferred", "failed", "final"]
TranscriptState = Literal["live", "final", "pending", "incomplete"]
Outcome = Literal["open", "transferred", "failed", "abandoned"]
Kind = Literal["opened", "update", "final"]

SCHEMA: Final = "bridge.ticket.v1"
"""Names the wire shape; a change that an old receiver can't read gets a new name."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """The call the ticket comes from. Times are aware; agent: an extension, None if nobody had answered."""

    call: str
    caller_number: str
    trunk: str
    agent: str | None
    started_at: datetime
    pressed_at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """One version of one ticket. `version` counts from 1 and grows with each change the other side must see.

    outcome and reason: how the transfer ended ("failed" because "busy", …). transcript_state "pending": the
    recogniser was out, the recording will be transcribed later; "incomplete": what was missed is lost, and
    transcript_reason says why (`missed.Reason`). meant: what a second hearing found some words to be.
    """

    id: str
    incident: str
    version: int
    route: str
    from_platform: str
    to_platform: str
    facts: CallFacts
    elements: Elements = field(default_factory=Elements)
    suggestion: Suggestion | None = None
    alerts: Alerts = ()
    transcript: Transcript = field(default_factory=Transcript)
    transcript_state: TranscriptState = "live"
    transcript_reason: str = ""
    meant: Meant = ()
    state: State = "ringing"
    outcome: Outcome = "open"
    reason: str = ""
    answered_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def kind(self) -> Kind:
        """What this version is to its reader: the first, a step between, or the last word."""
        if self.state == "final":
            return "final"
        return "opened" if self.version == 1 else "update"


def encode(ticket: Ticket) -> dict[str, Any]:
    """The wire shape: plain JSON values, times ISO 8601 with offset, speech times in seconds since the call
    began.
    """
    facts = ticket.facts
    return {
        "schema": SCHEMA,
        "ticket": ticket.id,
        "incident": ticket.incident,
        "version": ticket.version,
        "from_platform": ticket.from_platform,
        "to_platform": ticket.to_platform,
        "route": ticket.route,
        "state": ticket.state,
        "outcome": ticket.outcome,
        "reason": ticket.reason,
        "caller": {
            "number": facts.caller_number,
            "call": facts.call,
            "trunk": facts.trunk,
            "agent": facts.agent,
            "started_at": facts.started_at.isoformat(),
            "pressed_at": facts.pressed_at.isoformat(),
            "answered_at": _iso(ticket.answered_at),
            "finished_at": _iso(ticket.finished_at),
        },
        "elements": encode_elements(ticket.elements),
        "category": encode_suggestion(ticket.suggestion),
        "alerts": [encode_alert(alert) for alert in ticket.alerts],
        "transcript": {
            "state": ticket.transcript_state,
            "reason": ticket.transcript_reason,
            **({"meant": [list(pair) for pair in ticket.meant]} if ticket.meant else {}),
            **encode_transcript(ticket.transcript),
        },
    }


def webhook_body(ticket: Ticket, at: datetime) -> str:
    """The exact text that is signed and posted: Standard Webhooks' {type, timestamp, data}."""
    verb = {"opened": "opened", "update": "updated", "final": "final"}[ticket.kind]
    body = {"type": f"ticket.{verb}", "timestamp": at.isoformat(), "data": encode(ticket)}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def decode(body: dict[str, Any]) -> Ticket:
    """The ticket that `encode` made this of (speech times to the millisecond). KeyError, ValueError,
    TypeError on others.
    """
    if body["schema"] != SCHEMA:
        raise ValueError(f"not a {SCHEMA} document: {body['schema']!r}")
    caller, speech = body["caller"], body["transcript"]
    return Ticket(
        id=body["ticket"],
        incident=body["incident"],
        version=body["version"],
        route=body["route"],
        from_platform=body["from_platform"],
        to_platform=body["to_platform"],
        facts=_decode_facts(caller),
        elements=decode_elements(body["elements"]),
        suggestion=decode_suggestion(body["category"]),
        alerts=tuple(decode_alert(alert) for alert in body.get("alerts", ())),
        transcript=decode_transcript(speech),
        transcript_state=speech["state"],
        transcript_reason=speech.get("reason", ""),
        meant=tuple((said, name) for said, name in speech.get("meant", ())),
        state=body["state"],
        outcome=body["outcome"],
        reason=body["reason"],
        answered_at=_time(caller["answered_at"]),
        finished_at=_time(caller["finished_at"]),
    )


def _decode_facts(body: dict[str, Any]) -> CallFacts:
    return CallFacts(
        call=body["call"],
        caller_number=body["number"],
        trunk=body["trunk"],
        agent=body["agent"],
        started_at=datetime.fromisoformat(body["started_at"]),
        pressed_at=datetime.fromisoformat(body["pressed_at"]),
    )


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
