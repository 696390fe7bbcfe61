"""What was said, read against the lists: every class with the words that speak for it, best first, and the
words of danger.

Pure and explainable: a class scores the sum of its different words that were said; the evidence is those
words and the utterances they were said in. Each utterance is read once, however long the story: what it says
is remembered, and the story is the sum. Classes marked urgent come first as soon as they are certain enough:
the rule at the end of 附件3, by which anything that endangers people or breaks the law goes to 110, whatever
it began as. Knows no file: it takes parsed values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, NamedTuple

from bridge.scope.alerts import Danger, Shout
from bridge.scope.context import PAUSE, Frame, Hide, Mark, framed, hidden
from bridge.scope.direction import Sayings
from bridge.scope.patterns import Finder, Found
from bridge.scope.suggestion import BOTH, MIN_SCORE, URGENT_SCORE, Category, Suggestion, certain

TAIL: Final = 12
"""Characters of the utterance before that are read again with the next one: a pause may fall in a word with a
gap (拿着, 一把刀)."""

REMEMBERED: Final = 8192
"""Utterances whose reading is remembered: those of all calls of a busy hour."""

_MARKS: Final = str.maketrans(dict.fromkeys(",.;:!?、。；：！？…—\n", PAUSE) | {" ": None, "\u3000": None})


class Said(NamedTuple):
    """One utterance of the caller's. id: "" where nobody asks which it was."""

    id: str
    text: str


class _Word(NamedTuple):
    owner: str
    word: str
    weight: int


class _Danger(NamedTuple):
    owner: str
    word: str


class _Hide(NamedTuple):
    owner: str


class _Sign(NamedTuple):
    frame: Frame
    side: str


class Hit(NamedTuple):
    """A word of a class or danger that counts, as it was said."""

    owner: str
    word: str
    weight: int
    said: str


class Passed(NamedTuple):
    """A word that was said and does not count; why: the frame's id, or "hidden"."""

    owner: str
    said: str
    why: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What one utterance says."""

    hits: tuple[Hit, ...] = ()
    dangers: tuple[Shout, ...] = ()
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A story read. ranked: the classes of the lists, best first, whatever their score; lines: other lines
    that fit 其他热线, and shared: overlapping duties 职责交叉 that are plain, best first; passed: what did
    not count."""

    ranked: tuple[Suggestion, ...] = ()
    lines: tuple[Suggestion, ...] = ()
    shared: tuple[Suggestion, ...] = ()
    passed: tuple[Passed, ...] = ()

    @property
    def best(self) -> Suggestion | None:
        """The class to suggest: of the lists, else another line; None if nothing speaks clearly for any."""
        candidates = (*self.ranked[:1], *self.lines[:1])
        return next((found for found in candidates if found.score >= MIN_SCORE), None)


@dataclass(frozen=True)
class Lists:
    """Everything the files say, parsed and checked."""

    categories: tuple[Category, ...]
    hides: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    dangers: tuple[Danger, ...] = ()
    sayings: Sayings = field(default_factory=Sayings)


class Scope:
    """The lists, ready to read with."""

    def __init__(self, lists: Lists | Iterable[Category]) -> None:
        self.lists = lists if isinstance(lists, Lists) else Lists(tuple(lists))
        self.categories, self.sayings = self.lists.categories, self.lists.sayings
        self._by_id = {item.id: item for item in self.categories}
        self._order = {item.id: place for place, item in enumerate(self.categories)}
        self._dangers = {item.id: item for item in self.lists.dangers}
        self._finder = Finder(_patterns(self.lists))
        # Interim results come several times a second and only danger is looked for in them.
        self._alarm = Finder(_patterns(replace(self.lists, categories=())))
        self._heard = lru_cache(REMEMBERED)(self._hear)

    def category(self, id: str) -> Category | None:
        """The class of that id."""
        return self._by_id.get(id)

    def danger(self, id: str) -> Danger | None:
        """The danger of that id."""
        return self._dangers.get(id)

    def suggest(self, text: str) -> Suggestion | None:
        """The best class for one text, or None if nothing speaks clearly for any."""
        return self.read([Said("", text)]).best

    def ranked(self, text: str) -> tuple[Suggestion, ...]:
        """Every class of the lists that anything speaks for, best first."""
        return self.read([Said("", text)]).ranked

    def read(self, story: Iterable[Said]) -> Reading:
        """All the caller said so far. Costs microseconds per utterance that was read before."""
        words: dict[str, dict[str, tuple[Hit, str]]] = {}
        passed: list[Passed] = []
        tail = ""
        for said in story:
            heard = self._heard(tail, said.text)
            for hit in heard.hits:
                words.setdefault(hit.owner, {}).setdefault(hit.word, (hit, said.id))
            passed += heard.passed
            tail = said.text[-TAIL:]
        return self._weighed(words, tuple(passed))

    def shouts(self, text: str) -> tuple[Shout, ...]:
        """The words of danger in one utterance, finished or not."""
        text = text.translate(_MARKS)
        return _heard_in(text, "", self._alarm.find(text)).dangers

    def kin(self, id: str) -> frozenset[str]:
        """The class and those that cover it: a case of 附件2's is one of 附件1's, too."""
        return frozenset({id} | {item.id for item in self.categories if id in item.covers})

    # --- one utterance -----------------------------------------------------------------------------------

    def _hear(self, tail: str, text: str) -> Heard:
        """What an utterance says; `tail`: the end of the one before."""
        before = tail.translate(_MARKS)
        window = f"{before}{PAUSE}{text.translate(_MARKS)}" if before else text.translate(_MARKS)
        return _heard_in(window, before, self._finder.find(window))

    # --- the story ---------------------------------------------------------------------------------------

    def _weighed(self, words: dict[str, dict[str, tuple[Hit, str]]], passed: tuple[Passed, ...]) -> Reading:
        own = {id: _made(self._by_id[id], list(said.values())) for id, said in words.items()}
        made = [item for item in (self._covering(item, own) for item in self.categories) if item]
        fit = sorted((item for item in made if item.score > 0 and item.evidence), key=self._rank)
        lines = tuple(
            item for item in fit if self._by_id[item.id].group == "line" and item.score >= MIN_SCORE
        )
        ranked = tuple(item for item in fit if self._by_id[item.id].group != "line")
        shared = tuple(item for item in ranked if item.to == BOTH and item.score >= URGENT_SCORE)
        return Reading(ranked, lines, shared, passed)

    def _covering(self, category: Category, own: dict[str, Suggestion]) -> Suggestion | None:
        """The class with its own words, or as the best of those it covers."""
        of_mine = [own[id] for id in (category.id, *category.covers) if id in own]
        if not of_mine:
            return None
        best = max(of_mine, key=lambda item: item.score)
        return Suggestion(
            category.id, category.name, category.to, category.annex, category.urgent, best.score,
            best.evidence, best.utterances,
        )  # fmt: skip

    def _rank(self, item: Suggestion) -> tuple[bool, int, bool, int]:
        covers = bool(self._by_id[item.id].covers)
        return (not certain(item), -item.score, covers, self._order[item.id])


def _patterns(lists: Lists) -> list[tuple[str, _Word | _Danger | _Hide | _Sign]]:
    made: list[tuple[str, _Word | _Danger | _Hide | _Sign]] = []
    for item in lists.categories:
        made += [(word, _Word(item.id, word, weight)) for word, weight in item.words]
        made += [(phrase, _Hide(item.id)) for phrase in item.hides]
    for danger in lists.dangers:
        made += [(word, _Danger(danger.id, word)) for word in danger.words]
        made += [(phrase, _Hide(owner)) for phrase in danger.hides for owner in (danger.id, danger.category)]
    made += [(phrase, _Hide("")) for phrase in lists.hides]
    for frame in lists.frames:
        for side, signs in (("before", frame.before), ("after", frame.after), ("until", frame.until)):
            made += [(sign, _Sign(frame, side)) for sign in signs]
    return made


def _heard_in(window: str, before: str, found: Sequence[Found[_Word | _Danger | _Hide | _Sign]]) -> Heard:
    """What of the words found in a window counts; `before`: what of it was read already."""
    if not found:
        return Heard()
    hides = [Hide(at, end, of.owner) for at, end, of in found if isinstance(of, _Hide)]
    marks = [
        Mark(at, end, of.frame, of.side)
        for at, end, of in found
        if isinstance(of, _Sign) and not hidden(at, end, "", hides)
    ]
    return _sorted_out(window, [item for item in found if item.end > len(before)], hides, marks)


def _sorted_out(
    window: str, found: Sequence[Found[_Word | _Danger | _Hide | _Sign]], hides: list[Hide], marks: list[Mark]
) -> Heard:
    """Which of the words count. Of a class's words that lie one over another the heaviest does."""
    hits: list[tuple[int, int, _Word]] = []
    dangers: list[tuple[int, int, _Danger]] = []
    passed: list[Passed] = []
    for start, end, of in found:
        if not isinstance(of, (_Word, _Danger)):
            continue
        why = "hidden" if hidden(start, end, of.owner, hides) else framed(window, start, end, of.owner, marks)
        if why:
            passed.append(Passed(of.owner, window[start:end], why))
        elif isinstance(of, _Word):
            hits.append((start, end, of))
        else:
            dangers.append((start, end, of))
    kept = [Hit(of.owner, of.word, of.weight, window[start:end]) for start, end, of in _heaviest(hits)]
    shouts = [Shout(of.owner, of.word, window[start:end]) for start, end, of in _longest(dangers)]
    return Heard(tuple(kept), tuple(dict.fromkeys(shouts)), tuple(dict.fromkeys(passed)))


def _longest(dangers: list[tuple[int, int, _Danger]]) -> list[tuple[int, int, _Danger]]:
    """Of words of danger that lie one over another (要砍人, 砍人) one is alarm enough."""
    kept: list[tuple[int, int, _Danger]] = []
    for start, end, of in sorted(dangers, key=lambda item: (item[0] - item[1], item[0])):
        if all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end, of))
    return sorted(kept)


def _heaviest(hits: list[tuple[int, int, _Word]]) -> list[tuple[int, int, _Word]]:
    taken: dict[str, list[tuple[int, int]]] = {}
    kept: list[tuple[int, int, _Word]] = []
    for start, end, of in sorted(hits, key=lambda hit: (-abs(hit[2].weight), hit[0] - hit[1])):
        spans = taken.setdefault(of.owner, [])
        if all(end <= other[0] or start >= other[1] for other in spans):
            spans.append((start, end))
            kept.append((start, end, of))
    return kept


def _made(category: Category, said: list[tuple[Hit, str]]) -> Suggestion:
    heaviest = sorted((item for item in said if item[0].weight > 0), key=lambda item: -item[0].weight)
    words = dict(reversed([(hit.said, id) for hit, id in heaviest]))
    evidence = tuple(reversed(words))
    return Suggestion(
        category.id,
        category.name,
        category.to,
        category.annex,
        category.urgent,
        sum(hit.weight for hit, _ in said),
        evidence,
        tuple(words[word] for word in evidence),
    )
