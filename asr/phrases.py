"""A client's phrase list in the model's own words: what Vosk can build a grammar of.

Pure. Vosk drops every word of a phrase that its lexicon does not hold, and what is left of the phrase then
means something else. So a phrase is taken as its words are written, or cut anew into as few words of the
lexicon as will make it (柳园南路 -> 柳园 南路), or left out whole. `[unk]` is added where the lexicon has it,
so that a sound of no phrase need not become one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

UNKNOWN: Final = "[unk]"
LONGEST_WORD: Final = 12
"""Characters of the longest word looked for when a phrase is cut; place names of lexicons are shorter."""

Knows = Callable[[str], bool]


def spelled(phrases: Iterable[str], knows: Knows) -> tuple[list[str], int]:
    """The phrases as blank-separated words of the lexicon, each once, in their order; and how many can't be
    written with it. No phrase at all: no list, as nothing but `[unk]` would make the recogniser deaf."""
    found: dict[str, None] = {}
    unknown = 0
    for phrase in phrases:
        words = _words(phrase, knows)
        unknown += words is None
        if words:
            found[" ".join(words)] = None
    if found and knows(UNKNOWN):
        found[UNKNOWN] = None
    return list(found), unknown


def _words(phrase: str, knows: Knows) -> list[str] | None:
    """[] of an empty phrase, None of one that can't be written."""
    words = phrase.split()
    if all(map(knows, words)):
        return words
    return cut("".join(words), knows)


def cut(text: str, knows: Knows) -> list[str] | None:
    """The text as the fewest words of the lexicon; None where none make it."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(text) + 1):
        ways = [
            [*before, text[start:end]]
            for start in range(max(0, end - LONGEST_WORD), end)
            if (before := best[start]) is not None and knows(text[start:end])
        ]
        best.append(min(ways, key=len, default=None))
    return best[-1]
