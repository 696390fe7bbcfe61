"""Which class of the scope lists 附件1–3 a story belongs to, and the words that say so.

Pure and explainable: each class has words with weights; a class scores the sum of its different words that
were said; the evidence is those words. A word that is denied ("没有打架") does not count. Classes marked
urgent come first as soon as they are certain enough: that is the rule at the end of 附件3, by which
anything that endangers people or breaks the law goes to 110, whatever it began as. Knows no file: it takes
parsed values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

URGENT_SCORE: Final = 3
"""From this score on an urgent class outranks every other: one plain word of danger, or two hints."""

MIN_SCORE: Final = 2
"""Below it nothing is suggested: one weak word is no reason to send a caller anywhere."""

GAP: Final = 6
"""Characters that `*` in a word may stand for: 拿*刀 hears 拿着一把刀."""

_DENIED: Final = re.compile(r"(?:没有|没有人|没人|没|没在|不是|并非|无人|不存在|并没有|未)$")
_DENIAL_WINDOW: Final = 4


@dataclass(frozen=True, slots=True)
class Category:
    """One class 事项类别. `to`: the platform it belongs to. `words`: (word, weight 1..5); `text`: the
    source's own.
    """

    id: str
    annex: int
    name: str
    to: str
    text: str
    words: tuple[tuple[str, int], ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category that fits. evidence: the words as they were said, heaviest first."""

    id: str
    name: str
    to: str
    annex: int
    urgent: bool
    score: int
    evidence: tuple[str, ...]


class _Entry(NamedTuple):
    """One word of one category, ready to be looked for: its literal head and, after a gap, its tail."""

    head: str
    tail: str
    weight: int
    word: str
    category: str


class Scope:
    """All classes, indexed by the first character of their words so that a story is read once."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self.categories = tuple(categories)
        self._by_id = {item.id: item for item in self.categories}
        self._order = {item.id: place for place, item in enumerate(self.categories)}
        self._index: dict[str, list[_Entry]] = {}
        for category in self.categories:
            for word, weight in category.words:
                head, _, tail = word.partition("*")
                self._index.setdefault(head[0], []).append(_Entry(head, tail, weight, word, category.id))

    def category(self, id: str) -> Category | None:
        """The class of that id."""
        return self._by_id.get(id)

    def ranked(self, text: str) -> tuple[Suggestion, ...]:
        """Every class that anything speaks for, best first. `text`: all that was said so far."""
        found: dict[str, dict[str, tuple[int, str]]] = {}
        for entry, said in self._hits(text):
            found.setdefault(entry.category, {})[entry.word] = (entry.weight, said)
        made = [self._made(self._by_id[id], _longest(words)) for id, words in found.items()]
        return tuple(sorted(made, key=self._rank))

    def suggest(self, text: str) -> Suggestion | None:
        """The best class, or None if nothing speaks clearly for any."""
        ranked = self.ranked(text)
        return ranked[0] if ranked and ranked[0].score >= MIN_SCORE else None

    def _hits(self, text: str) -> Iterator[tuple[_Entry, str]]:
        for at, char in enumerate(text):
            for entry in self._index.get(char, ()):
                end = _end(text, at, entry)
                if end and not _DENIED.search(text[max(0, at - _DENIAL_WINDOW) : at]):
                    yield entry, text[at:end]

    def _made(self, category: Category, words: list[tuple[int, str]]) -> Suggestion:
        heaviest = sorted(words, key=lambda item: -item[0])
        return Suggestion(
            category.id,
            category.name,
            category.to,
            category.annex,
            category.urgent,
            sum(weight for weight, _ in words),
            tuple(dict.fromkeys(said for _, said in heaviest)),
        )

    def _rank(self, item: Suggestion) -> tuple[bool, int, int]:
        return (not (item.urgent and item.score >= URGENT_SCORE), -item.score, self._order[item.id])


def _end(text: str, at: int, entry: _Entry) -> int:
    """Where the word that begins at `at` ends; 0 if it does not stand there."""
    if not text.startswith(entry.head, at):
        return 0
    end = at + len(entry.head)
    if not entry.tail:
        return end
    tail = text.find(entry.tail, end, end + GAP + len(entry.tail))
    return 0 if tail < 0 else tail + len(entry.tail)


def _longest(words: dict[str, tuple[int, str]]) -> list[tuple[int, str]]:
    """Of words that lie one in another (打架 in 打架斗殴) only the longest counts."""
    return [
        found for word, found in words.items() if not any(word != other and word in other for other in words)
    ]
