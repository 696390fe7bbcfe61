"""A transcript that may still grow, and what its entries say: the archive's memory of one call.

Pure but for being changed: the archive alone holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from bridge.media.takes import Kept
from bridge.services.records import Record
from bridge.tickets.stored import Heading, StoredTranscript, utterance_of
from bridge.tickets.transcript import Utterance

Facts = Mapping[str, str]
NOBODY: Final[Facts] = {"model": "unknown"}
"""Who has recognised words nobody can be asked about any more."""

_PARTY: Final = frozenset({"leg", "speaker", "number"})
"""What an entry `recogniser` says of whom it hears; the rest says who recognises."""


@dataclass
class Growing:
    """known: what is in its chain; facts: by leg, who recognises it."""

    heading: Heading
    known: set[object] = field(default_factory=set)
    facts: dict[str, Facts] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: StoredTranscript) -> Self:
        """One of long ago, as its chain knows it."""
        known: set[object] = {body["file"] for body in stored.of_kind("recording")}
        known |= {name_of(utterance_of(body)) for body in stored.of_kind("final")}
        facts: dict[str, Facts] = {
            body["leg"]: {key: value for key, value in body.items() if key not in _PARTY}
            for body in stored.of_kind("recogniser")
        }
        return cls(stored.heading, known, facts)


def name_of(utterance: Utterance) -> object:
    """Tells finals apart; one heard anew has new words."""
    return (utterance.id or (utterance.leg, round(utterance.start * 1000)), utterance.text)


def closing(record: Record, lost: int, about: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `closed`. about: `about_of` the call."""
    return {
        **about,
        "outcome": record.outcome,
        "incidents": list(dict.fromkeys(transfer.incident for transfer in record.call.transfers)),
        "truncated": record.transcript.truncated,
        "pending": record.transcript_state == "pending",
        "lost": lost,
    }


def about_of(draft: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a call was about, of its draft: the category, and where it happened as it is officially written.
    Texts only, for they are hashed."""
    if draft is None:
        return {}
    category, where = draft["category"] or {}, draft["elements"]["where"]
    kept = {key: str(category[key]) for key in ("id", "name") if key in category}
    place = str(where.get("resolved") or where.get("value") or "")
    return {"category": kept or None, "where": place.encode("utf-8", "replace").decode()}


def closing_late(stored: StoredTranscript, lost: int) -> dict[str, Any]:
    """The body of `closed` for words that came after the call's record was gone."""
    before = stored.of_kind("closed")
    last = before[-1] if before else {"outcome": "", "incidents": [], "truncated": False}
    return {**last, "pending": False, "lost": lost}


def recording(made: Kept) -> dict[str, Any]:
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
