"""A stored transcript as one JSON document: what every other form of it is made from.

Pure. Whoever may not see personal numbers gets them covered, and then not the chain's entries either: hashes
cover the whole words, so a covered chain could not be verified, and a whole one would show what is hidden.
"""

from __future__ import annotations

from typing import Any

from bridge.tickets.evidence import ALGORITHM, SCHEMA, verify
from bridge.tickets.masking import mask
from bridge.tickets.shown import Shown, show
from bridge.tickets.stored import Said, StoredTranscript
from bridge.tickets.transcript import Utterance
from bridge.tickets.transcript_json import encode_words

Document = dict[str, Any]


def document(stored: StoredTranscript, *, covered: bool, fillers: bool) -> Document:
    """covered: personal numbers are; fillers: whether readable text keeps them."""
    heading, verdict = stored.heading, verify(stored.entries, stored.heading.head)
    overlay = verify(stored.corrections)
    return {
        **_head(stored, covered=covered),
        "covered": covered,
        "utterances": _utterances(stored, covered=covered, fillers=fillers),
        "chain": {
            "algorithm": ALGORITHM,
            "count": heading.count,
            "head": heading.head,
            "holds": verdict.holds and overlay.holds,
            "broken_at": verdict.at,
            "why": verdict.why or ("corrections" if not overlay.holds else ""),
            "entries": None if covered else list(stored.entries),
            "corrections": None if covered else list(stored.corrections),
        },
    }


def _head(stored: StoredTranscript, *, covered: bool) -> Document:
    heading = stored.heading
    opened: Document = next(iter(stored.of_kind("opened")), {})
    closed: Document = next(iter(reversed(stored.of_kind("closed"))), {})
    return {
        "schema": SCHEMA,
        "call": heading.call,
        "state": heading.state,
        "platform": heading.platform,
        "number": opened.get("number", ""),
        "caller": _number(opened.get("caller", ""), covered=covered),
        "started_at": heading.started_at.isoformat(),
        "ended_at": heading.ended_at.isoformat() if heading.ended_at else None,
        "outcome": closed.get("outcome", ""),
        "incidents": closed.get("incidents", []),
        "truncated": closed.get("truncated", False),
        "pending": closed.get("pending", False),
        "lost": heading.lost,
        "software": opened.get("software", {}),
        "recognisers": [
            {**body, "number": _number(body.get("number", ""), covered=covered)}
            for body in stored.of_kind("recogniser")
        ],
        "recordings": stored.of_kind("recording"),
    }


def _utterances(stored: StoredTranscript, *, covered: bool, fillers: bool) -> list[Document]:
    said = stored.said()
    heard = show([each.utterance for each in said], covered=covered, fillers=fillers)
    right = show([_righted(each) for each in said], covered=covered, fillers=fillers)
    made = [_utterance(*each) for each in zip(said, heard, right, strict=True)]
    return [{**each, "history": _history(stored, each, covered=covered)} for each in made]


def _history(stored: StoredTranscript, utterance: Document, *, covered: bool) -> list[Document]:
    """Who changed it, when, from what to what. Covered, only who and when: a number said over several
    utterances would show in one alone."""
    found, before = list[Document](), utterance["text"]
    for each in stored.corrections_of(utterance["seq"]) if utterance["corrected"] else ():
        words = {"from": None, "to": None} if covered else {"from": before, "to": each.text}
        found.append({"by": each.by, "at": each.at, **words})
        before = each.text
    return found


def _righted(said: Said) -> Utterance:
    """As corrected: words that were not heard have no times."""
    original = said.utterance
    if said.corrected is None:
        return original
    return Utterance(
        original.speaker, original.leg, original.start, original.end, said.corrected.text, id=original.id
    )


def _utterance(said: Said, heard: Shown, right: Shown) -> Document:
    utterance, corrected = said.utterance, said.corrected
    return {
        "seq": said.seq,
        "id": utterance.id,
        "speaker": utterance.speaker,
        "leg": utterance.leg,
        "start": utterance.start,
        "end": utterance.end,
        "text": heard.text,
        "readable": heard.readable,
        "words": encode_words(heard.words),
        "corrected": None
        if corrected is None
        else {"text": right.text, "readable": right.readable, "by": corrected.by, "at": corrected.at},
    }


def _number(number: str, *, covered: bool) -> str:
    return mask(number) if covered else number
