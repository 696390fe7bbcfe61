"""The transcript as evidence: a chain of entries in the order they came to be known, each of which covers the
one before by its hash.

Pure. An entry is a plain JSON object; its hash is SHA-256 over its canonical text (RFC 8785: keys sorted, no
blanks, UTF-8; numbers are whole, so that there is one way to write each), and the next entry names it in
`previous`. So nobody can change, leave out or put in an entry without every later one telling. Finals come
out of time order between two legs: `seq` is the order of arrival, the times in them that of speaking.
Corrections are a chain of their own beside it, and change nothing in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from bridge.tickets.transcript import Utterance

SCHEMA: Final = "bridge.transcript.v1"
ALGORITHM: Final = "SHA-256"
NOTHING: Final = "0" * 64
"""What the first entry names as the one before."""

Kind = Literal["opened", "recogniser", "final", "recording", "closed", "correction"]
Entry = dict[str, Any]
"""seq (from 1), previous, kind, at (ISO 8601, when it came to be known), body."""


_CANONICAL: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)


@dataclass(frozen=True, slots=True)
class Chain:
    """How far a chain has come: entries in it, and the hash of the last one."""

    count: int = 0
    head: str = NOTHING

    def add(self, kind: Kind, at: str, body: Mapping[str, Any]) -> tuple[Chain, Entry]:
        """The chain with one entry more, and that entry."""
        entry: Entry = {
            "seq": self.count + 1,
            "previous": self.head,
            "kind": kind,
            "at": at,
            "body": dict(body),
        }
        return Chain(self.count + 1, digest(entry)), entry


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a chain holds; at: the seq of the first entry that does not, None where it does. why: gap (an
    entry is missing), broken (changed, or put in), head (the end is missing, or was changed)."""

    at: int | None = None
    why: Literal["", "gap", "broken", "head"] = ""

    @property
    def holds(self) -> bool:
        """Nothing was changed, left out or put in."""
        return not self.why


def canonical(entry: Mapping[str, Any]) -> bytes:
    """The octets that are hashed. Numbers in it must be whole: a fraction has more than one way to be
    written."""
    return _CANONICAL.encode(entry).encode()


def digest(entry: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text, 64 hex digits."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def digest_of(entry: Mapping[str, Any]) -> str:
    """The entry's hash; of an erased one that which it had (see `erasing`)."""
    return str(entry["hash"]) if entry.get("erased") is True else digest(entry)


def verify(entries: Iterable[Mapping[str, Any]], head: str | None = None) -> Verdict:
    """Whether these entries are one whole chain; head: the hash its last one must have. An erased entry
    counts by the hash it had, and can't be verified itself."""
    previous, expected = NOTHING, 1
    for entry in entries:
        if entry.get("seq") != expected:
            return Verdict(expected, "gap")
        if entry.get("previous") != previous:
            return Verdict(max(1, expected - 1), "broken")
        try:
            previous = digest_of(entry)
        except (ValueError, TypeError, KeyError):
            return Verdict(expected, "broken")
        expected += 1
    return Verdict() if head is None or head == previous else Verdict(max(1, expected - 1), "head")


def final_body(utterance: Utterance) -> dict[str, Any]:
    """A final as it goes into the chain: times in milliseconds since the call began, confidence in
    thousandths."""
    return {
        "id": utterance.id,
        "speaker": utterance.speaker,
        "leg": utterance.leg,
        "start_ms": _thousandths(utterance.start),
        "end_ms": _thousandths(utterance.end),
        "text": _sound(utterance.text),
        "words": [
            [_sound(word.text), round(word.start * 1000), round(word.end * 1000), round(word.conf * 1000)]
            for word in utterance.words
        ],
    }


def _sound(text: str) -> str:
    """Without half characters (lone surrogates): a recogniser's JSON may bring them, and no UTF-8 holds
    them."""
    return text.encode("utf-8", "replace").decode()


def _thousandths(value: float) -> int:
    return round(value * 1000)
