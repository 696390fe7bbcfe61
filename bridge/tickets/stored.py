"""A stored transcript as a value: its heading, the chain of what came to be known, the chain of corrections.

Pure. What is shown of it (utterances in the order of speaking, corrected and not) is read from the two chains
and from nothing else, so that what was verified is what is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from bridge.tickets.evidence import NOTHING, Chain, Entry
from bridge.tickets.transcript import SpokenWord, Utterance

State = Literal["live", "final", "cut"]
"""live: the call goes on; final: heard to its end; cut: our process died in the middle of it."""
MAX_CORRECTION: Final = 2000
"""Characters, as of an utterance."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a list shows of a transcript. lost: finals that found no room on their way to the database; head:
    the hash of its last entry."""

    call: str
    started_at: datetime
    platform: str
    state: State = "live"
    ended_at: datetime | None = None
    lost: int = 0
    count: int = 0
    head: str = NOTHING
    corrections: int = 0

    @property
    def chain(self) -> Chain:
        """To go on with."""
        return Chain(self.count, self.head)


@dataclass(frozen=True, slots=True)
class Corrected:
    """The newest correction of a final: what was said by the author's ear; at: ISO 8601; by: a token's
    name."""

    text: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Said:
    """A final as it is shown. seq: its entry in the chain."""

    seq: int
    utterance: Utterance
    corrected: Corrected | None = None

    @property
    def text(self) -> str:
        """What counts as said now."""
        return self.corrected.text if self.corrected else self.utterance.text


@dataclass(frozen=True, slots=True)
class StoredTranscript:
    """One call's."""

    heading: Heading
    entries: tuple[Entry, ...]
    corrections: tuple[Entry, ...] = ()

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The bodies of all entries of that kind, in the order of arrival."""
        return [entry["body"] for entry in self.entries if entry["kind"] == kind]

    def said(self) -> tuple[Said, ...]:
        """Finals in the order of speaking; of two with one id (heard anew from the recording) the later."""
        newest = {entry["body"]["id"] or entry["seq"]: entry for entry in self._finals()}
        overlay = self._overlay()
        found = [
            Said(entry["seq"], utterance_of(entry["body"]), overlay.get(entry["seq"]))
            for entry in newest.values()
        ]
        return tuple(sorted(found, key=lambda each: (each.utterance.start, each.utterance.end, each.seq)))

    def corrections_of(self, seq: int) -> tuple[Corrected, ...]:
        """Every correction of that final, the oldest first."""
        return tuple(_corrected(entry) for entry in self.corrections if entry["body"]["entry"] == seq)

    def final(self, seq: int) -> Entry | None:
        """The final with that number in the chain."""
        return next((entry for entry in self._finals() if entry["seq"] == seq), None)

    def _finals(self) -> Iterable[Entry]:
        return (entry for entry in self.entries if entry["kind"] == "final")

    def _overlay(self) -> dict[int, Corrected]:
        return {entry["body"]["entry"]: _corrected(entry) for entry in self.corrections}


def _corrected(entry: Entry) -> Corrected:
    return Corrected(entry["body"]["text"], entry["body"]["by"], entry["at"])


def utterance_of(body: dict[str, Any]) -> Utterance:
    """The utterance that `evidence.final_body` made this of, to the millisecond."""
    words = tuple(
        SpokenWord(text, start / 1000, end / 1000, conf / 1000) for text, start, end, conf in body["words"]
    )
    start, end = body["start_ms"] / 1000, body["end_ms"] / 1000
    return Utterance(body["speaker"], body["leg"], start, end, body["text"], id=body["id"], words=words)
