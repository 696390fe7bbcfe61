"""Labelled dialogues for the five elements: how they are written down, and how right the rules are.

A dialogue is a block of lines: its name; perhaps `at TIME` (when the call began) and `line NUMBER` (the
caller's); `A …` and `C …`, what agent and caller say, as a recogniser writes it; then the labels: `who`,
`contact`, `when` (resolved), `until`, `where` (normal form), `what` (words that must be there), `not` (words
that must not). A label left out means: nobody said it; of contact, that it is the caller's line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from bridge.tickets.elements import LABELS, ElementName, Elements
from bridge.tickets.gazetteer import Gazetteer
from bridge.tickets.slots import fill
from bridge.tickets.transcript import Transcript, Utterance, transcript_of

FOLDER: Final = Path(__file__).parents[1] / "data" / "slots"
BEGAN: Final = datetime.fromisoformat("2026-11-23T21:00+08:00")
"""A Monday evening."""
LINE: Final = "06358001234"
_LABELS: Final = {*LABELS, "until", "not"}


@dataclass
class Dialogue:
    """One, with its labels."""

    name: str
    at: datetime = BEGAN
    line: str = LINE
    said: list[tuple[str, str]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    def transcript(self) -> Transcript:
        """As it stands in a ticket."""
        return transcript_of(
            Utterance("caller" if who == "C" else "12345", who, n * 6.0, n * 6 + 4.0, text, id=f"u{n}")
            for n, (who, text) in enumerate(self.said)
        )

    def elements(self, gazetteer: Gazetteer) -> Elements:
        """What the rules make of it."""
        return fill(self.transcript(), self.line, self.at, gazetteer)

    def wrong(self, found: Elements) -> dict[ElementName, tuple[str, str]]:
        """By element: (what it should be, what it is)."""
        label = self.labels.get
        wanted: dict[ElementName, tuple[str, str]] = {
            "who": (label("who", ""), found.who.value),
            "contact": (label("contact", self.line), found.contact.value),
            "when": (
                _span(label("when", ""), label("until", "")),
                _span(found.when.resolved, found.when.until),
            ),
            "where": (label("where", ""), found.where.resolved),
            "what": (label("what", ""), self._content(found.what.value)),
        }
        return {name: pair for name, pair in wanted.items() if pair[0] != pair[1]}

    def _content(self, words: str) -> str:
        """The label itself if all its words are there and none of `not`; else what there is."""
        must, never = self.labels.get("what", "").split(), self.labels.get("not", "").split()
        right = all(word in words for word in must) and not any(word in words for word in never)
        return " ".join(must) if right else words


def dialogues(name: str) -> Iterator[Dialogue]:
    """Those of a file in the folder."""
    for block in (FOLDER / name).read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            yield _dialogue(lines)


def accuracy(some: list[Dialogue], gazetteer: Gazetteer) -> dict[str, float]:
    """Per element the part that is right, and of all together."""
    wrong = [item.wrong(item.elements(gazetteer)) for item in some]
    parts = {name: 1 - sum(name in each for each in wrong) / len(some) for name in LABELS}
    return {**parts, "all": sum(parts.values()) / len(parts)}


def _dialogue(lines: list[str]) -> Dialogue:
    made = Dialogue(lines[0])
    for line in lines[1:]:
        word, _, rest = line.partition(" ")
        if word in {"A", "C"}:
            made.said.append((word, rest))
        elif word == "at":
            made.at = datetime.fromisoformat(rest)
        elif word == "line":
            made.line = rest
        elif word in _LABELS:
            made.labels[word] = rest
        else:
            raise ValueError(f"{lines[0]}: {line!r}")
    return made


def _span(start: str, end: str) -> str:
    return f"{start}/{end}" if end else start
