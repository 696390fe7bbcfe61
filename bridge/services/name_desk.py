"""The name desk: places that may have been misheard are heard once more, among the names of the gazetteer.

Off the call's path: a final is in the transcript, on the pages and in the ticket before it comes here, and
what is found only makes the ticket's 事发地 better: the transcript stays as it was heard, and what an agent
has typed stays. Bounded: a few questions at a time, a few utterances waiting, the rest is left as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bridge.errors import NobodyHears
from bridge.ports import Feed
from bridge.ports_hearing import NameEars, NameMeter, Voice
from bridge.services.records import Record, Records
from bridge.services.ticket_desk import TicketDesk
from bridge.tickets.doubts import Choice, Doubt, doubts, meant
from bridge.tickets.gazetteer import Gazetteer
from bridge.tickets.near import Neighbours
from bridge.tickets.place_marks import marked
from bridge.tickets.transcript import CALLER, Utterance

AT_ONCE: Final = 2
"""Questions on their way: the recognisers' time belongs to the calls."""

WAITING: Final = 16
"""Utterances that wait with their voice, a few seconds of it each; one more is not looked at."""

MOST_MEANT: Final = 40
"""Names found in one call: nobody speaks of more places, a broken recogniser might."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Said:
    call: str
    utterance: Utterance
    voice: Voice


class NameDesk:
    """draft: call id -> what a ticket would say now, as pages read it."""

    def __init__(
        self,
        *,
        ears: NameEars,
        records: Records,
        desk: TicketDesk,
        feed: Feed,
        draft: Callable[[str], dict[str, Any] | None],
        gazetteer: Gazetteer,
        meter: NameMeter,
    ) -> None:
        self._ears, self._records, self._desk, self._feed = ears, records, desk, feed
        self._draft, self._meter = draft, meter
        self.renew(gazetteer)
        self._waiting: asyncio.Queue[_Said] = asyncio.Queue(WAITING)
        self._tasks: list[asyncio.Task[None]] = []

    def renew(self, gazetteer: Gazetteer) -> None:
        """Other places from now on."""
        self._gazetteer, self._neighbours = gazetteer, Neighbours(gazetteer)

    async def start(self) -> None:
        """Begins to look."""
        self._tasks = [asyncio.create_task(self._run(), name=f"names {n}") for n in range(AT_ONCE)]

    async def stop(self) -> None:
        """Ends; what waits is left as it is. Harmless twice."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def heard(self, call: str, utterance: Utterance, voice: Voice | None) -> None:
        """A final, with its voice where it is at hand. Returns at once."""
        if utterance.speaker != CALLER or not utterance.words or voice is None:
            return
        try:
            self._waiting.put_nowait(_Said(call, utterance, voice))
        except asyncio.QueueFull:
            self._meter.came("skipped")

    # --- within ---------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            said = await self._waiting.get()
            try:
                await self._look(said)
            except Exception:  # one utterance must not end it for all others
                log.exception("names not looked at", call=said.call)

    async def _look(self, said: _Said) -> None:
        record = self._records.get(said.call)
        if record is None or not self._wanted(record):
            return
        counties = self._counties(record)
        for doubt in doubts(said.utterance.words, self._places(record), self._neighbours, counties):
            if not self._ears.ready:
                self._meter.came("skipped")
                continue
            choice = await self._ask(said, record, doubt, counties)
            if choice is not None and self._wanted(record):
                self._understood(said, record, choice)

    async def _ask(
        self, said: _Said, record: Record, doubt: Doubt, counties: frozenset[str]
    ) -> Choice | None:
        pcm = said.voice.between(record.started + doubt.start, record.started + doubt.end)
        self._meter.came("asked")
        try:
            heard = await self._ears.hear(pcm, doubt)
        except NobodyHears as error:
            self._meter.came("failed")
            log.warning("names not heard", call=said.call, error=str(error))
            return None
        choice = meant(doubt, heard, self._gazetteer, counties)
        if choice is None:
            self._meter.came("kept")
        return choice

    def _understood(self, said: _Said, record: Record, choice: Choice) -> None:
        """Into the record, and every ticket of the call; before there is one, onto the pages."""
        hits = marked(said.utterance.text, self._places(record)).hits
        known = any(hit.name == choice.name for hit in hits)
        self._meter.came("confirmed" if known else "changed")
        record.meant = (*record.meant, (choice.said, choice.name))
        incidents = dict.fromkeys(transfer.incident for transfer in record.call.transfers)
        for incident in incidents:
            self._desk.understood(incident, record.meant)
        if not incidents and self._feed.heard:
            self._feed.publish({"type": "draft", "call": said.call, **(self._draft(said.call) or {})})

    def _wanted(self, record: Record) -> bool:
        return "where" not in record.by_hand and len(record.meant) < MOST_MEANT

    def _places(self, record: Record) -> Gazetteer:
        return self._gazetteer.knowing(record.meant)

    def _counties(self, record: Record) -> frozenset[str]:
        """Those the caller has named."""
        hits = (
            hit
            for each in record.transcript.finals
            if each.speaker == CALLER
            for hit in marked(each.text, self._places(record)).hits
        )
        return frozenset(hit.place.name for hit in hits if hit.place.kind == "county")
