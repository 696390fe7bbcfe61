"""The archive: every call's transcript as it comes to be known, chained and stored.

It hears what the transcriber hears (a final, the end) and what the recorder made, adds an entry for each to
the call's chain and has it written behind. What is read is read from the store. Nothing here waits: neither
voice nor key nor ticket knows of it. Words that find no room (the database is gone for long) are counted, and
tried once more when the call is over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import structlog

from bridge.clock import Clock
from bridge.errors import NoSuchThing
from bridge.media.takes import Kept
from bridge.ports_transcripts import Place, TranscriptStore
from bridge.services.archive_writer import ArchiveWriter
from bridge.services.records import Record, Records
from bridge.tickets.evidence import SCHEMA, Entry, Kind, final_body
from bridge.tickets.stored import Heading, StoredTranscript
from bridge.tickets.transcript import Utterance

_LOG = structlog.get_logger(__name__)

REMEMBERED: Final = 200
"""Calls that are over whose chains are at hand for what still comes: the recording's hash, words heard
late."""
PATIENCE: Final = 3.0
"""Seconds a reader waits for what was said a moment ago to be stored."""

Facts = Mapping[str, str]
_NOBODY: Final[Facts] = {"model": "unknown"}
"""Who has recognised words nobody can be asked about any more."""


@dataclass
class _Open:
    """A transcript that may still grow. known: what is in its chain; facts: by leg, who recognises it."""

    heading: Heading
    known: set[object] = field(default_factory=set)
    facts: dict[str, Facts] = field(default_factory=dict)


class Archive:
    """software: our own versions; recogniser: a leg -> who recognises it (model, its hash, versions);
    on_lost: so many finals found no room."""

    def __init__(
        self,
        *,
        store: TranscriptStore,
        records: Records,
        clock: Clock,
        software: Facts,
        recogniser: Callable[[str], Facts],
        on_lost: Callable[[int], None],
    ) -> None:
        self._store, self._records, self._clock = store, records, clock
        self._software, self._recogniser, self._on_lost = software, recogniser, on_lost
        self._writer = ArchiveWriter(store)
        self._open: OrderedDict[str, _Open] = OrderedDict()

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
        self._final(record, kept, utterance)
        if len(kept.known) < len(record.transcript.finals):  # what was said before this call had an id
            self._catch_up(record, kept)

    def settled(self, call_id: str) -> None:
        """A finished call's transcript is complete; once more when words were heard late."""
        record = self._records.get(call_id)
        if record is None:  # so many calls have ended since that its record is gone
            self._close_bare(call_id)
            return
        if call_id not in self._open and not record.transcript.finals:
            return
        kept = self._opened(record)
        lost = self._catch_up(record, kept)
        if lost:
            self._on_lost(lost)
            _LOG.critical("words not stored: the database is gone", call=call_id, finals=lost)
        self._close(kept, _closing(record, lost), lost)

    async def recorded(self, made: Kept) -> None:
        """A recording is finished. Told twice it is one entry. Raises what the store raises."""
        kept = self._open.get(made.call)
        record = self._records.get(made.call)
        if kept is None:
            kept = self._opened(record) if record is not None else await self._taken_up(made.call)
        if kept is not None and made.file not in kept.known:
            self._add(kept, "recording", _recording(made), even_full=True)
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
        self, since: datetime | None, until: datetime | None, after: Place | None, most: int
    ) -> list[Heading]:
        """The newest first."""
        return await self._store.find(since, until, after, most)

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

    def _opened(self, record: Record) -> _Open:
        """The call's transcript; begun if it is not."""
        call = record.call
        known = self._open.get(call.id)
        if known is not None:
            return known
        begun = self._open[call.id] = _Open(Heading(call.id, record.started_at, call.platform))
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

    async def _taken_up(self, call_id: str) -> _Open | None:
        """A transcript of long ago, with what its chain knows."""
        stored = await self._store.get(call_id)
        if stored is None:
            return None
        files = {body["file"] for body in stored.of_kind("recording")}
        self._open[call_id] = taken = _Open(stored.heading, {*files})
        self._open.move_to_end(call_id, last=False)
        return taken

    def _final(self, record: Record, kept: _Open, utterance: Utterance) -> bool:
        """Into the chain, with who recognises that leg if that is new. False: no room."""
        name = _name(utterance)
        if name in kept.known:
            return True
        facts = self._recogniser(utterance.leg) or kept.facts.get(utterance.leg) or _NOBODY
        if kept.facts.get(utterance.leg) != facts:
            party = record.call.party(utterance.leg)
            who = {
                "leg": utterance.leg,
                "speaker": utterance.speaker,
                "number": party.number if party else "",
            }
            if not self._add(kept, "recogniser", {**who, **facts}):
                return False
            kept.facts[utterance.leg] = facts
        if not self._add(kept, "final", final_body(utterance)):
            return False
        kept.known.add(name)
        return True

    def _catch_up(self, record: Record, kept: _Open) -> int:
        """Every final of the transcript that is not in the chain yet; how many found no room."""
        return sum(not self._final(record, kept, each) for each in record.transcript.finals)

    def _add(self, kept: _Open, kind: Kind, body: dict[str, Any], *, even_full: bool = False) -> bool:
        """One entry more, of those that come with every call `even_full`. False: no room."""
        if self._writer.full and not even_full:
            return False
        chain, entry = kept.heading.chain.add(kind, self._now(), body)
        kept.heading = replace(kept.heading, count=chain.count, head=chain.head)
        self._writer.put(kept.heading, entry)
        return True

    def _close(self, kept: _Open, body: dict[str, Any], lost: int) -> None:
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


def _name(utterance: Utterance) -> object:
    """Tells finals apart; one heard anew has new words."""
    return (utterance.id or (utterance.leg, utterance.start), utterance.text)


def _closing(record: Record, lost: int) -> dict[str, Any]:
    return {
        "outcome": record.outcome,
        "incidents": list(dict.fromkeys(transfer.incident for transfer in record.call.transfers)),
        "truncated": record.transcript.truncated,
        "pending": record.transcript_state == "pending",
        "lost": lost,
    }


def _recording(made: Kept) -> dict[str, Any]:
    """sha256: of the file as it is stored; of a sealed one that is the ciphertext's."""
    return {
        "file": made.file,
        "started_at": made.started_at,
        "duration_ms": round(made.seconds * 1000),
        "octets": made.octets,
        "sha256": made.sha256,
        "sealed": made.sealed,
        "ended": made.end,
    }
