"""The archive: every call's transcript as it comes to be known, chained and stored.

It hears what the transcriber hears (a final, the end) and what the recorder made, adds an entry for each to
the call's chain and has it written behind. What is read is read from the store. Nothing here waits: neither
voice nor key nor ticket knows of it. Words that find no room (the database is gone for long) are counted, and
tried once more when the call is over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import structlog

from bridge.clock import Clock
from bridge.errors import NoSuchThing
from bridge.media.takes import Kept
from bridge.ports_transcripts import Place, TranscriptStore
from bridge.services.archive_growing import (
    NOBODY,
    Facts,
    Growing,
    about_of,
    closing,
    closing_late,
    name_of,
    recording,
)
from bridge.services.archive_writer import ArchiveWriter
from bridge.services.records import Record, Records
from bridge.tickets.evidence import SCHEMA, Entry, Kind, final_body
from bridge.tickets.stored import Heading, StoredTranscript
from bridge.tickets.transcript import Transcript, Utterance

_LOG = structlog.get_logger(__name__)

REMEMBERED: Final = 200
"""Calls that are over whose chains are at hand for what still comes: the recording's hash, words heard
late."""
PATIENCE: Final = 3.0
"""Seconds a reader waits for what was said a moment ago to be stored."""


class Archive:
    """software: our own versions; recogniser: a leg -> who recognises it (model, its hash, versions);
    on_lost: so many finals found no room; draft: what a ticket of that call would say now."""

    def __init__(
        self,
        *,
        store: TranscriptStore,
        records: Records,
        clock: Clock,
        software: Facts,
        recogniser: Callable[[str], Facts],
        on_lost: Callable[[int], None],
        draft: Callable[[str], Mapping[str, Any] | None] = lambda call_id: None,
    ) -> None:
        self._store, self._records, self._clock = store, records, clock
        self._software, self._recogniser, self._on_lost = software, recogniser, on_lost
        self._draft = draft
        self._writer = ArchiveWriter(store)
        self._open: OrderedDict[str, Growing] = OrderedDict()

    async def start(self) -> None:
        """Transcripts of a process that is gone are cut; then begin to write. Raises what the store
        raises."""
        cut = await self._store.close_cut()
        if cut:
            _LOG.warning("transcripts cut by our own end", count=cut)
        await self._writer.start()

    async def stop(self) -> None:
        """Write what is left."""
        await self._writer.stop()

    # --- what is heard ------------------------------------------------------------------------------------

    def heard(self, call_id: str, utterance: Utterance) -> None:
        """A final went into a call's transcript."""
        record = self._records.get(call_id)
        if record is None:
            return
        kept = self._opened(record)
        self._final(kept, utterance, _number(record, utterance.leg))
        if len(kept.known) < len(record.transcript.finals):  # what was said before this call had an id
            self._catch_up(record, kept)

    def settled(self, call_id: str) -> None:
        """A finished call's transcript is complete; once more when words were heard late. Where nothing was
        heard in time, it is begun for what will be."""
        record = self._records.get(call_id)
        if record is None:  # so many calls have ended since that its record is gone
            self._close_bare(call_id)
            return
        waits = record.transcript.finals or record.transcript_state == "pending"
        if call_id not in self._open and not waits:
            return
        kept = self._opened(record)
        lost = self._catch_up(record, kept)
        if lost:
            self._on_lost(lost)
            _LOG.critical("words not stored: the database is gone", call=call_id, finals=lost)
        self._close(kept, closing(record, lost, about_of(self._draft(call_id))), lost)

    async def heard_late(self, call_id: str, mended: Callable[[Transcript], Transcript]) -> None:
        """Words of a call whose record is gone (so many have ended since, or we began anew): what `mended`
        adds to the stored finals. Told twice, they are entries once. Raises what the store raises."""
        if not await self._writer.flushed(PATIENCE):
            raise TimeoutError("the transcript is still being written")
        stored = await self._store.get(call_id)
        if stored is None:
            _LOG.warning("words heard late of a transcript never stored", call=call_id)
            return
        kept = self._taken_up(stored)
        said = tuple(each.utterance for each in stored.said())
        fresh = [each for each in mended(Transcript(said)).finals if each not in said]
        lost = sum(not self._final(kept, each, "") for each in fresh)
        if lost:
            self._on_lost(lost)
        if kept.heading.state == "final":  # of one that was cut the end stays unheard
            self._close(kept, closing_late(stored, lost), lost)

    async def recorded(self, made: Kept) -> None:
        """A recording is finished. Told twice it is one entry. Raises what the store raises."""
        kept = self._open.get(made.call)
        record = self._records.get(made.call)
        if kept is None:
            kept = self._opened(record) if record is not None else await self._found(made.call)
        if kept is not None and made.file not in kept.known:
            self._add(kept, "recording", recording(made), even_full=True)
            kept.known.add(made.file)

    # --- readers --------------------------------------------------------------------------------------------

    async def get(self, call_id: str) -> StoredTranscript:
        """With all that was said until now. Raises NoSuchThing, UnusableTranscript."""
        await self._writer.flushed(PATIENCE)
        found = await self._store.get(call_id)
        if found is None:
            raise NoSuchThing("没有这通电话的转写")
        return found

    async def find(
        self, since: datetime | None, until: datetime | None, after: Place | None, most: int, platform: str
    ) -> list[Heading]:
        """The newest first; platform: only what concerns it, "" for all."""
        return await self._store.find(since, until, after, most, platform)

    async def correct(self, call_id: str, seq: int, text: str, by: str) -> Entry:
        """What was really said in a final, by whose ear. The final stays as it is. Raises NoSuchThing."""
        original = (await self.get(call_id)).final(seq)
        if original is None:
            raise NoSuchThing("没有这一句")
        body = {"entry": seq, "id": original["body"]["id"], "text": text, "by": by}
        entry = await self._store.correct(call_id, self._now(), body)
        _LOG.info("transcript corrected", call=call_id, entry=seq, by=by, characters=len(text))
        return entry

    # --- within ---------------------------------------------------------------------------------------------

    def _opened(self, record: Record) -> Growing:
        """The call's transcript; begun if it is not."""
        call = record.call
        known = self._open.get(call.id)
        if known is not None:
            return known
        begun = self._open[call.id] = Growing(Heading(call.id, record.started_at, call.platform))
        opening = {
            "schema": SCHEMA,
            "call": call.id,
            "started_at": record.started_at.isoformat(),
            "platform": call.platform,
            "number": call.number,
            "caller": call.caller.number,
            "software": dict(self._software),
        }
        self._add(begun, "opened", opening, even_full=True)
        return begun

    async def _found(self, call_id: str) -> Growing | None:
        stored = await self._store.get(call_id)
        return None if stored is None else self._taken_up(stored)

    def _taken_up(self, stored: StoredTranscript) -> Growing:
        """A transcript of long ago, unless it is at hand: then its chain has perhaps gone on since."""
        call_id = stored.heading.call
        if call_id not in self._open:
            self._open[call_id] = Growing.of(stored)
            self._open.move_to_end(call_id, last=False)
        return self._open[call_id]

    def _final(self, kept: Growing, utterance: Utterance, number: str) -> bool:
        """Into the chain, with who recognises that leg if that is new. False: no room."""
        name = name_of(utterance)
        if name in kept.known:
            return True
        facts = self._recogniser(utterance.leg) or kept.facts.get(utterance.leg) or NOBODY
        if kept.facts.get(utterance.leg) != facts:
            who = {"leg": utterance.leg, "speaker": utterance.speaker, "number": number}
            if not self._add(kept, "recogniser", {**who, **facts}):
                return False
            kept.facts[utterance.leg] = facts
        if not self._add(kept, "final", final_body(utterance)):
            return False
        kept.known.add(name)
        return True

    def _catch_up(self, record: Record, kept: Growing) -> int:
        """Every final of the transcript that is not in the chain yet; how many found no room."""
        finals = record.transcript.finals
        return sum(not self._final(kept, each, _number(record, each.leg)) for each in finals)

    def _add(self, kept: Growing, kind: Kind, body: dict[str, Any], *, even_full: bool = False) -> bool:
        """One entry more, of those that come with every call `even_full`. False: no room."""
        if self._writer.full and not even_full:
            return False
        chain, entry = kept.heading.chain.add(kind, self._now(), body)
        kept.heading = replace(kept.heading, count=chain.count, head=chain.head)
        self._writer.put(kept.heading, entry)
        return True

    def _close(self, kept: Growing, body: dict[str, Any], lost: int) -> None:
        """The end, and the hash of it in the log: out of reach of who can change the database."""
        kept.heading = replace(kept.heading, state="final", ended_at=self._clock.wall(), lost=lost)
        self._add(kept, "closed", body, even_full=True)
        made = kept.heading
        _LOG.info("transcript closed", call=made.call, entries=made.count, head=made.head)
        self._forget_oldest()

    def _close_bare(self, call_id: str) -> None:
        kept = self._open.get(call_id)
        if kept is not None and kept.heading.state == "live":
            self._close(kept, {"outcome": "", "incidents": [], "lost": 0}, 0)

    def _now(self) -> str:
        return self._clock.wall().isoformat()

    def _forget_oldest(self) -> None:
        over = [call for call, kept in self._open.items() if kept.heading.state != "live"]
        for call in over[: max(0, len(over) - REMEMBERED)]:
            del self._open[call]


def _number(record: Record, leg: str) -> str:
    party = record.call.party(leg)
    return party.number if party else ""
