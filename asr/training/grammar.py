"""The sentence grammar: reads data/grammar/*.txt and draws sentences from it.

Pure but for reading the files. The notation, one rule a line:

    # a comment
    slot = first choice | second {other} choice      a named choice, usable as {slot} in every file
    [section 4]                                      a kind of sentence and how often it is drawn
    (may|can|) you {slot} ， (now|)                   one sentence; words end at blanks, ， is a pause

A word is what stands between blanks; the recogniser's vocabulary is all of them.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asr.training.text import DATA, data_lines

PAUSE: Final = "，"
"""The only mark in a drawn sentence; everything else is a word."""

_TOKEN: Final = re.compile(r"[()|]|\{\w+\}|，|[^\s()|{}，]+")
_RULE: Final = re.compile(r"(\w+) = (.+)")
_SECTION: Final = re.compile(r"\[(\w+) (\d+)\]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or PAUSE."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """The name of a rule to be drawn from."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences, all equally likely; an empty sequence means nothing is said."""

    options: tuple[tuple[Word | Slot | Choice, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of sentence; weight is relative to the other sections'."""

    name: str
    weight: int
    sentences: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """All rules of all files together."""

    slots: dict[str, Choice]
    sections: dict[str, Section]

    def draw(self, node: Word | Slot | Choice, source: random.Random) -> list[str]:
        """One random expansion as words and pauses; raises KeyError for an unknown slot."""
        if isinstance(node, Word):
            return [node.text]
        if isinstance(node, Slot):
            return self.draw(self.slots[node.name], source)
        drawn: list[str] = []
        for part in source.choice(node.options):
            drawn += self.draw(part, source)
        return drawn

    def sentence(self, section: str, source: random.Random) -> list[str]:
        """One random sentence of a section, without pauses at its ends or twice in a row."""
        return tidy(self.draw(source.choice(self.sections[section].sentences), source))

    def words(self) -> list[str]:
        """Every word any sentence may have, sorted."""
        found: set[str] = set()
        waiting: list[Word | Slot | Choice] = [*self.slots.values()]
        waiting += [sentence for section in self.sections.values() for sentence in section.sentences]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Word):
                found.add(node.text)
            elif isinstance(node, Choice):
                waiting += [part for option in node.options for part in option]
        return sorted(found - {PAUSE})


def tidy(tokens: list[str]) -> list[str]:
    """Pauses only between words, and one at a time."""
    kept: list[str] = []
    for token in tokens:
        if token != PAUSE or (kept and kept[-1] != PAUSE):
            kept.append(token)
    return kept[:-1] if kept and kept[-1] == PAUSE else kept


def parse(text: str) -> Choice:
    """One rule's right side; raises ValueError when its brackets do not match."""
    tokens = _TOKEN.findall(text)
    choice, rest = _parse_choice(tokens, 0)
    if rest != len(tokens):
        raise ValueError(f"bracket closed but never opened: {text!r}")
    return choice


def _parse_choice(tokens: list[str], index: int) -> tuple[Choice, int]:
    options: list[tuple[Word | Slot | Choice, ...]] = []
    parts: list[Word | Slot | Choice] = []
    while index < len(tokens) and tokens[index] != ")":
        piece = tokens[index]
        index += 1
        if piece == "|":
            options.append(tuple(parts))
            parts = []
        elif piece == "(":
            inner, index = _parse_choice(tokens, index)
            if index == len(tokens):
                raise ValueError("bracket opened but never closed: " + " ".join(tokens))
            parts.append(inner)
            index += 1
        else:
            parts.append(Slot(piece[1:-1]) if piece.startswith("{") else Word(piece))
    return Choice((*options, tuple(parts))), index


def load(folder: Path = DATA / "grammar") -> Grammar:
    """All *.txt of the folder; raises ValueError on a rule without a section, a slot without a rule."""
    slots: dict[str, Choice] = {}
    sections: dict[str, Section] = {}
    for path in sorted(folder.glob("*.txt")):
        _load_file(path, slots, sections)
    grammar = Grammar(slots, sections)
    _check_slots(grammar)
    return grammar


def _load_file(path: Path, slots: dict[str, Choice], sections: dict[str, Section]) -> None:
    name = ""
    for row in data_lines(path):
        if heading := _SECTION.fullmatch(row):
            name = heading[1]
            sections[name] = Section(name, int(heading[2]), ())
        elif rule := _RULE.fullmatch(row):
            slots[rule[1]] = parse(rule[2])
        elif not name:
            raise ValueError(f"{path.name}: a sentence before the first [section]: {row!r}")
        else:
            old = sections[name]
            sections[name] = Section(name, old.weight, (*old.sentences, parse(row)))


def _check_slots(grammar: Grammar) -> None:
    waiting = [*grammar.slots.values()]
    waiting += [sentence for section in grammar.sections.values() for sentence in section.sentences]
    while waiting:
        for part in (part for option in waiting.pop().options for part in option):
            if isinstance(part, Choice):
                waiting.append(part)
            elif isinstance(part, Slot) and part.name not in grammar.slots:
                raise ValueError(f"no rule for the slot {{{part.name}}}")
