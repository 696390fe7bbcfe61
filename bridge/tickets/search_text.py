"""What of a ticket or transcript can be found, and what is shown of it around the words found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from bridge.tickets.elements import LABELS
from bridge.tickets.search_words import Phrase, filed, label
from bridge.tickets.stored import StoredTranscript
from bridge.tickets.transcript import CALLER

AROUND: Final = 30
"""Characters of a snippet before the first word found; three times as many after it."""

Lines = tuple[str, ...]


def of_papers(document: dict[str, Any], *, speech: bool) -> Phrase:
    """Tokens of a `bridge.ticket.v1` document. speech: with what was said, where that isn't filed as a
    transcript of its own."""
    category = document.get("category") or {}
    names = dict.fromkeys((document["from_platform"], document["to_platform"], *document.get("path", ())))
    labels = [label("p", str(name)) for name in names]
    if category:
        labels.append(label("c", str(category["id"])))
    lines = papers_lines(document)
    if speech:
        lines += speech_lines(document)
    return filed("\n".join(lines), *labels, label("k", "ticket"))


def papers_lines(document: dict[str, Any]) -> Lines:
    """What the papers say, one line each: the five elements, the caller's number, the category's name."""
    elements = document["elements"]
    said = [(elements[name].get("value"), elements[name].get("resolved")) for name in reversed(LABELS)]
    flat = [str(text) for pair in said for text in dict.fromkeys(pair) if text]
    category = (document.get("category") or {}).get("name")
    number = (document.get("caller") or {}).get("number")
    return tuple(dict.fromkeys((*flat, *(str(text) for text in (category, number) if text))))


def speech_lines(document: dict[str, Any]) -> Lines:
    """What was said, one line an utterance."""
    return tuple(str(each["text"]) for each in (document.get("transcript") or {}).get("utterances", ()))


def of_transcript(stored: StoredTranscript) -> Phrase:
    """Tokens of a stored transcript: what counts as said now, what was heard where that was corrected, where
    it happened."""
    said = stored.said()
    heard = [each.utterance.text for each in said if each.corrected is not None]
    caller = [str(each.get("caller", "")) for each in stored.of_kind("opened")]
    ended = stored.of_kind("closed")
    where = [str(each.get("where", "")) for each in ended[-1:]]
    lines = [*(each.text for each in said), *heard, *caller, *where]
    return filed("\n".join(lines), *_properties(stored), label("k", "transcript"))


def category_of(stored: StoredTranscript) -> dict[str, str]:
    """The category a call had at its end: id and name, "" where there was none."""
    ended = stored.of_kind("closed")
    found = (ended[-1].get("category") if ended else None) or {}
    return {"id": str(found.get("id", "")), "name": str(found.get("name", ""))}


def _properties(stored: StoredTranscript) -> Iterable[str]:
    """Whom it concerns, which extensions spoke in it, what it was about: as labels."""
    heard = [each for each in stored.of_kind("recogniser") if each.get("speaker") != CALLER]
    homes = (stored.heading.platform, *(str(each.get("speaker", "")) for each in heard))
    seats = (str(each.get("number", "")) for each in heard)
    category = category_of(stored)["id"]
    found = [label("p", name) for name in homes if name] + [label("a", seat) for seat in seats if seat]
    return dict.fromkeys((*found, *([label("c", category)] if category else ())))


def snippet(lines: Iterable[str], phrases: Sequence[Phrase]) -> str:
    """The line with most of what was asked for, cut around the first of it."""
    best = max(lines, key=lambda line: sum(token in line for token in _shown(phrases)), default="")
    places = [best.find(token) for token in _shown(phrases) if token in best]
    begin = max(0, min(places, default=0) - AROUND)
    end = min(len(best), begin + 4 * AROUND)
    return f"{'…' if begin else ''}{best[begin:end]}{'…' if end < len(best) else ''}"


def _shown(phrases: Sequence[Phrase]) -> list[str]:
    """Tokens as they may stand in a text: without what marks numbers and Latin words."""
    tokens = [token for each in phrases for token in each]
    return [token[1:] if token[0] in "ndw" and token.isascii() else token for token in tokens]
