"""The ticket desk: every ticket's life from the press to its final version, off the voice's path.

Methods that the switchboard calls only change values in memory and return; a writer task behind them brings
each version to the database. It sees the ticket rules and two ports (store, clock). A database that is slow
or gone delays papers, never a call: versions that nobody has seen yet are folded together while they wait.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

import structlog

from bridge.clock import Clock
from bridge.ports_tickets import TicketStore
from bridge.scope.suggestion import Suggestion
from bridge.services.ticket_writer import TicketWriter
from bridge.tickets.advice import Adviser
from bridge.tickets.elements import ElementName, Typed
from bridge.tickets.exchange import (
    Amended,
    Classified,
    Event,
    Failed,
    Finished,
    Heard,
    Pressed,
    RecogniserBack,
    RecogniserPending,
    Retranscribed,
    Transferred,
    Understood,
    opened,
    step,
)
from bridge.tickets.gazetteer import NOWHERE, Gazetteer, Meant
from bridge.tickets.ticket import CallFacts, Ticket, TranscriptState
from bridge.tickets.transcript import Transcript, Utterance, transcript_of

_LOG = structlog.get_logger(__name__)

COALESCE_S: Final = 0.3
"""Utterances that come closer together than this make one version: people answer each other quickly."""

KEPT_FINALS: Final = 500
"""Finished tickets held for pages and last words; older ones are in the store."""


class TicketDesk:
    """new_id: a fresh ticket id. on_change: a ticket looks different (also for interim words); returns at
    once.
    """

    def __init__(
        self,
        *,
        store: TicketStore,
        clock: Clock,
        advise: Adviser,
        new_id: Callable[[], str],
        on_change: Callable[[Ticket], None],
        coalesce_s: float = COALESCE_S,
        gazetteer: Gazetteer = NOWHERE,
    ) -> None:
        self._store, self._clock, self._advise = store, clock, advise
        self._new_id, self._on_change, self._coalesce_s = new_id, on_change, coalesce_s
        self.gazetteer = gazetteer
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._heard: dict[str, list[Utterance]] = {}
        self._flush_at: dict[str, float] = {}
        self._writer = TicketWriter(store)
        self._heard_some = asyncio.Event()
        self._flusher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up the tickets whose calls had not ended, and begin to write. Raises what the store raises."""
        for ticket in await self._store.unfinished():
            self._tickets.setdefault(ticket.incident, ticket)
        await self._writer.start()
        self._flusher = asyncio.create_task(self._flush_all(), name="ticket desk")

    async def stop(self) -> None:
        """Write what is still in memory, then end. Twice is harmless."""
        flusher, self._flusher = self._flusher, None
        if flusher is not None:
            flusher.cancel()
            await asyncio.gather(flusher, return_exceptions=True)
            for incident in tuple(self._heard):
                self._flush(incident)
        await self._writer.stop()

    # --- what the call does: synchronous, quick, harmless for an unknown incident ---------------------

    def open(  # noqa: PLR0913  the press knows all of this at once
        self,
        *,
        incident: str,
        call: str,
        route: str,
        from_platform: str,
        to_platform: str,
        caller_number: str,
        agent: str | None,
        trunk: str,
        pressed_at: datetime,
        started_at: datetime,
        transcript: tuple[Utterance, ...],
        by_hand: Typed = MappingProxyType({}),
        chosen: Suggestion | None = None,
        meant: Meant = (),
    ) -> Ticket:
        """The press. Under an incident that is known: the key again after a failed transfer. by_hand,
        chosen: the elements and the category the agent had set before; meant: what a second hearing had found
        some words to be."""
        if incident in self._tickets:
            self._apply(incident, Pressed(route, to_platform, pressed_at))
            return self._tickets[incident]
        said = transcript_of(transcript)
        advice = self._advise(said)
        ticket = opened(
            id=self._new_id(),
            incident=incident,
            route=route,
            from_platform=from_platform,
            to_platform=to_platform,
            facts=CallFacts(call, caller_number, trunk, agent, started_at, pressed_at),
            transcript=said,
            suggestion=chosen or advice.suggestion,
            gazetteer=self.gazetteer.knowing(meant),
        )
        ticket = replace(ticket, elements=ticket.elements.under(by_hand), alerts=advice.alerts, meant=meant)
        _LOG.info("ticket opened", call=call, incident=incident, ticket=ticket.id)
        self._tickets[incident] = ticket
        self._writer.put(ticket)
        self._show(ticket)
        return ticket

    def hear(self, incident: str, utterance: Utterance) -> None:
        """Something was said in the call, before or after the transfer."""
        if incident not in self._tickets:
            return
        self._heard.setdefault(incident, []).append(utterance)
        self._flush_at.setdefault(incident, self._clock.monotonic() + self._coalesce_s)
        self._heard_some.set()

    def transferred(self, incident: str, at: datetime) -> None:
        """The other desk answered."""
        self._apply(incident, Transferred(at))

    def failed(self, incident: str, reason: str, at: datetime) -> None:
        """The other desk can't be had."""
        self._apply(incident, Failed(reason, at))

    def recogniser_pending(self, incident: str) -> None:
        """The recogniser is out: the ticket says so."""
        self._apply(incident, RecogniserPending())

    def recogniser_back(self, incident: str) -> None:
        """It is there again and has missed nothing."""
        self._apply(incident, RecogniserBack())

    def amend(self, incident: str, element: ElementName, value: str) -> None:
        """The agent set an element by hand."""
        self._apply(incident, Amended(element, value))

    def classify(self, incident: str, suggestion: Suggestion) -> None:
        """The agent chose or accepted the category."""
        self._apply(incident, Classified(suggestion))

    def understood(self, incident: str, meant: Meant) -> None:
        """Some of the caller's words were heard a second time and are names."""
        self._apply(incident, Understood(meant))

    def finish(self, incident: str, at: datetime, state: TranscriptState = "final", reason: str = "") -> None:
        """The call is over: the final version. state, reason: of its transcript."""
        self._apply(incident, Finished(at, state, reason))
        self._forget_oldest()

    async def retranscribed(
        self, incident: str, mend: Callable[[Transcript], Transcript], state: TranscriptState, reason: str
    ) -> None:
        """What was missed has been heard again, or never will be; loads the ticket if it is no longer held.
        mend: the transcript with it."""
        if not await self.holds(incident):
            return
        self._flush(incident)
        said = mend(self._tickets[incident].transcript)
        advice = self._advise(said)
        self._apply(incident, Retranscribed(said, advice.suggestion, state, reason, advice.alerts))
        self._forget_oldest()

    async def holds(self, incident: str) -> bool:
        """Whether there is such a ticket; fetches one held no longer. Raises what the store raises."""
        if incident not in self._tickets:
            stored = await self._store.ticket_of(incident)
            if stored is None:
                return False
            self._tickets.setdefault(incident, stored)
        return True

    def ticket(self, incident: str) -> Ticket | None:
        """Its newest version, if it is held."""
        return self._tickets.get(incident)

    def unfinished(self) -> tuple[str, ...]:
        """Incidents whose ticket is not final; after a start some may belong to calls that are gone."""
        return tuple(incident for incident, ticket in self._tickets.items() if ticket.state != "final")

    # --- within --------------------------------------------------------------------------------------------

    def _apply(self, incident: str, event: Event) -> None:
        if incident not in self._tickets:
            return
        self._flush(incident)
        self._step(incident, event)

    def _flush(self, incident: str) -> None:
        """What was heard since the last version goes into the ticket."""
        self._flush_at.pop(incident, None)
        heard = tuple(self._heard.pop(incident, ()))
        if heard:
            advice = self._advise(self._with(incident, heard))
            self._step(incident, Heard(heard, advice.suggestion, advice.alerts))

    def _with(self, incident: str, heard: tuple[Utterance, ...]) -> Transcript:
        said = self._tickets[incident].transcript
        for utterance in heard:
            said = said.hear(utterance)
        return said

    def _step(self, incident: str, event: Event) -> None:
        before = self._tickets[incident]
        after, actions = step(before, event, self.gazetteer)
        self._tickets[incident] = after
        if before.state != after.state:
            _LOG.info(
                "ticket", incident=incident, change=f"{before.state} -> {after.state}", version=after.version
            )
        if "publish" in actions:
            self._writer.put(after)
        if "show" in actions:
            self._show(after)

    def _show(self, ticket: Ticket) -> None:
        try:
            self._on_change(ticket)
        except Exception:  # a page must not stop the papers
            _LOG.exception("ticket news failed", incident=ticket.incident)

    def _forget_oldest(self) -> None:
        done = [
            incident
            for incident, ticket in self._tickets.items()
            if ticket.state == "final" and not self._writer.holds(incident) and incident not in self._heard
        ]
        for incident in done[: max(0, len(done) - KEPT_FINALS)]:
            del self._tickets[incident]

    async def _flush_all(self) -> None:
        """Turns what was heard into versions, when its time has come."""
        while True:
            soonest = min(self._flush_at.values(), default=None)
            wait = None if soonest is None else max(0.0, soonest - self._clock.monotonic())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._heard_some.wait(), wait)
            self._heard_some.clear()
            now = self._clock.monotonic()
            for incident in [name for name, at in self._flush_at.items() if at <= now]:
                self._flush_safely(incident)

    def _flush_safely(self, incident: str) -> None:
        try:
            self._flush(incident)
        except Exception:  # one story that breaks a rule must not silence the others
            _LOG.exception("words not taken into the ticket", incident=incident)
