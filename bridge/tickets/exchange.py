"""The life of a ticket as one table: (state, event) -> what becomes of it.

Pure. A ticket opens at the press, grows with what is heard, is transferred or fails, and ends. Each change
that the other platform must see raises the version by exactly one and asks for `publish` (write it, push
it, show it); interim captions ask for `show` only. A pair that is not in the table changes nothing: events
may come late, twice or out of order, and a finished ticket never opens again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from bridge.scope.alerts import Alerts, settle
from bridge.scope.suggestion import Suggestion
from bridge.tickets.elements import ElementName, Elements
from bridge.tickets.gazetteer import NOWHERE, Gazetteer, Meant
from bridge.tickets.slots import fill, typed
from bridge.tickets.ticket import CallFacts, State, Ticket, TranscriptState
from bridge.tickets.transcript import Transcript, Utterance

Action = Literal["show", "publish"]
Step = tuple[Ticket, tuple[Action, ...]]
PUBLISH: Final[tuple[Action, ...]] = ("publish", "show")
SHOW: Final[tuple[Action, ...]] = ("show",)


@dataclass(frozen=True, slots=True)
class Heard:
    """New utterances; `suggestion` is the category for everything said with them, `alerts` the words of
    danger in all of it: one that is no longer there was misheard."""

    utterances: tuple[Utterance, ...]
    suggestion: Suggestion | None
    alerts: Alerts = ()


@dataclass(frozen=True, slots=True)
class Pressed:
    """The key again after a transfer that failed, perhaps to another route."""

    route: str
    to_platform: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Transferred:
    """The other desk answered."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    """The other desk can't be had; `reason` is the transfer's word for why (busy, silent, dead, …)."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecogniserPending:
    """The recogniser fell out: what is missing will come from the recording."""


@dataclass(frozen=True, slots=True)
class RecogniserBack:
    """It is there again, and has heard all that was said meanwhile."""


@dataclass(frozen=True, slots=True)
class Amended:
    """The agent set one element by hand; from then on no transcript overwrites it."""

    element: ElementName
    value: str


@dataclass(frozen=True, slots=True)
class Classified:
    """The agent chose or accepted the category; from then on no transcript changes it."""

    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Understood:
    """All of the call's words that were heard a second time and found to be names."""

    meant: Meant


@dataclass(frozen=True, slots=True)
class Retranscribed:
    """The transcript with what was heard again from the recording. state, reason: "final", or "incomplete"
    and why it stays so (`missed.Reason`)."""

    transcript: Transcript
    suggestion: Suggestion | None
    state: TranscriptState = "final"
    reason: str = ""
    alerts: Alerts = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """The call is over. state: "final"; "pending": what was missed will be heard again from the recording;
    "incomplete": it can't be, and why."""

    at: datetime
    state: TranscriptState = "final"
    reason: str = ""


Event = (
    Heard
    | Pressed
    | Transferred
    | Failed
    | RecogniserPending
    | RecogniserBack
    | Amended
    | Classified
    | Understood
    | Retranscribed
    | Finished
)


def opened(
    *,
    id: str,
    incident: str,
    route: str,
    from_platform: str,
    to_platform: str,
    facts: CallFacts,
    transcript: Transcript,
    suggestion: Suggestion | None,
    gazetteer: Gazetteer = NOWHERE,
) -> Ticket:
    """Version 1, made at the press from what is known so far."""
    return Ticket(
        id=id,
        incident=incident,
        version=1,
        route=route,
        from_platform=from_platform,
        to_platform=to_platform,
        facts=facts,
        elements=fill(transcript, facts.caller_number, facts.started_at, gazetteer),
        suggestion=suggestion,
        transcript=transcript,
    )


def step(ticket: Ticket, event: Event, gazetteer: Gazetteer = NOWHERE) -> Step:
    """What the event makes of the ticket, and what is to be done: () if nothing changed. gazetteer: the
    places an address may name."""
    rule = TABLE.get((ticket.state, type(event)))
    return (ticket, ()) if rule is None else rule(ticket, event, gazetteer)


def _heard(ticket: Ticket, event: Heard, gazetteer: Gazetteer) -> Step:
    transcript = ticket.transcript
    for utterance in event.utterances:
        transcript = transcript.hear(utterance)
    if transcript is ticket.transcript:
        return ticket, ()
    if transcript.finals == ticket.transcript.finals:
        return replace(ticket, transcript=transcript), SHOW
    return _publish(
        ticket,
        transcript=transcript,
        elements=_refill(ticket, transcript, gazetteer),
        suggestion=_category(ticket, event.suggestion),
        alerts=event.alerts,
    )


def _pressed(ticket: Ticket, event: Pressed, _gazetteer: Gazetteer) -> Step:
    return _publish(
        ticket,
        state="ringing",
        outcome="open",
        reason="",
        route=event.route,
        to_platform=event.to_platform,
        facts=replace(ticket.facts, pressed_at=event.at),
    )


def _transferred(ticket: Ticket, event: Transferred, _gazetteer: Gazetteer) -> Step:
    return _publish(ticket, state="transferred", outcome="transferred", reason="", answered_at=event.at)


def _failed(ticket: Ticket, event: Failed, _gazetteer: Gazetteer) -> Step:
    return _publish(ticket, state="failed", outcome="failed", reason=event.reason)


def _pending(ticket: Ticket, _event: RecogniserPending, _gazetteer: Gazetteer) -> Step:
    return (
        (ticket, ()) if ticket.transcript_state == "pending" else _publish(ticket, transcript_state="pending")
    )


def _back(ticket: Ticket, _event: RecogniserBack, _gazetteer: Gazetteer) -> Step:
    return (ticket, ()) if ticket.transcript_state == "live" else _publish(ticket, transcript_state="live")


def _amended(ticket: Ticket, event: Amended, gazetteer: Gazetteer) -> Step:
    element = typed(event.element, event.value, ticket.facts.started_at, gazetteer)
    elements = ticket.elements.under({event.element: element})
    return (ticket, ()) if elements == ticket.elements else _publish(ticket, elements=elements)


def _classified(ticket: Ticket, event: Classified, gazetteer: Gazetteer) -> Step:
    same = event.suggestion == ticket.suggestion
    return (ticket, ()) if same else _publish(ticket, suggestion=event.suggestion)


def _category(ticket: Ticket, heard: Suggestion | None) -> Suggestion | None:
    """The category after more was heard: what an agent chose stays."""
    kept = ticket.suggestion
    return kept if kept is not None and kept.by_hand else heard or kept


def _understood(ticket: Ticket, event: Understood, gazetteer: Gazetteer) -> Step:
    if event.meant == ticket.meant:
        return ticket, ()
    known = replace(ticket, meant=event.meant)
    elements = _refill(known, ticket.transcript, gazetteer)
    return (known, SHOW) if elements == ticket.elements else _publish(known, elements=elements)


def _retranscribed(ticket: Ticket, event: Retranscribed, gazetteer: Gazetteer) -> Step:
    settled = event.transcript.settle()
    return _publish(
        ticket,
        transcript=settled,
        transcript_state=event.state,
        transcript_reason=event.reason,
        elements=_refill(ticket, settled, gazetteer),
        suggestion=_category(ticket, event.suggestion),
        alerts=event.alerts,
    )


def _finished(ticket: Ticket, event: Finished, gazetteer: Gazetteer) -> Step:
    settled = ticket.transcript.settle()
    return _publish(
        ticket,
        state="final",
        outcome="abandoned" if ticket.state == "ringing" else ticket.outcome,
        transcript=settled,
        transcript_state=event.state,
        transcript_reason=event.reason,
        elements=_refill(ticket, settled, gazetteer),
        alerts=settle(ticket.alerts),
        finished_at=event.at,
    )


def _publish(ticket: Ticket, **changes: Any) -> Step:
    return replace(ticket, version=ticket.version + 1, **changes), PUBLISH


def _refill(ticket: Ticket, transcript: Transcript, gazetteer: Gazetteer) -> Elements:
    places = gazetteer.knowing(ticket.meant)
    fresh = fill(transcript, ticket.facts.caller_number, ticket.facts.started_at, places)
    return fresh.under(ticket.elements.typed())


Rule = Callable[[Ticket, Any, Gazetteer], Step]

TABLE: Final[dict[tuple[State, type[Event]], Rule]] = {
    ("ringing", Heard): _heard,
    ("ringing", Transferred): _transferred,
    ("ringing", Failed): _failed,
    ("ringing", RecogniserPending): _pending,
    ("ringing", RecogniserBack): _back,
    ("ringing", Amended): _amended,
    ("ringing", Classified): _classified,
    ("ringing", Understood): _understood,
    ("ringing", Finished): _finished,
    ("transferred", Heard): _heard,
    ("transferred", RecogniserPending): _pending,
    ("transferred", RecogniserBack): _back,
    ("transferred", Amended): _amended,
    ("transferred", Classified): _classified,
    ("transferred", Understood): _understood,
    ("transferred", Finished): _finished,
    ("failed", Heard): _heard,
    ("failed", Pressed): _pressed,
    ("failed", RecogniserPending): _pending,
    ("failed", RecogniserBack): _back,
    ("failed", Amended): _amended,
    ("failed", Classified): _classified,
    ("failed", Understood): _understood,
    ("failed", Finished): _finished,
    # After the end: the recogniser's last words, the agent's correction, and the recording's transcript.
    ("final", Heard): _heard,
    ("final", Amended): _amended,
    ("final", Classified): _classified,
    ("final", Understood): _understood,
    ("final", Retranscribed): _retranscribed,
}
"""What may happen when. Each publishing rule of state "final" is one more version of kind "final"."""
