"""The words of the scope lists as an administrator writes them, and all of them looked for in one pass.

Pure. `*` stands for up to GAP characters (拿*刀 hears 拿着一把刀), `(说|讲|)` for one of several or nothing.
Every spelling lies in an index under its first two characters, so a text is read once however many words the
lists have: the idea of Aho and Corasick without the automaton, for words are short and few begin alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

GAP: Final = 6
"""Characters that `*` may stand for."""

MAX_GAPS: Final = 2
MAX_SPELLINGS: Final = 3000
"""Of one word: (我|他|她)要(打|杀|砍) has nine. Kept in memory, so there is an end."""

_CHOICE: Final = re.compile(r"\(([^()]*)\)")


class Found(NamedTuple, Generic[T]):
    """A word where it stands: text[start:end]."""

    start: int
    end: int
    value: T


class _Head(NamedTuple, Generic[T]):
    """Spellings that begin alike: what follows each after its gaps, and whose it is."""

    text: str
    rest: dict[tuple[str, ...], list[T]]


class Finder(Generic[T]):
    """Patterns with a value each; several may share a spelling."""

    def __init__(self, patterns: Iterable[tuple[str, T]]) -> None:
        heads: dict[str, _Head[T]] = {}
        for pattern, value in patterns:
            for spelling in spellings(pattern):
                head, *tails = spelling.split("*")
                known = heads.setdefault(head, _Head(head, {}))
                known.rest.setdefault(tuple(tails), []).append(value)
        self._index: dict[str, list[_Head[T]]] = {}
        for head, known in heads.items():
            self._index.setdefault(head[:2], []).append(known)

    def find(self, text: str) -> list[Found[T]]:
        """Every word that stands anywhere, in the order of the text."""
        found: list[Found[T]] = []
        index, last = self._index, len(text) - 1
        for at, char in enumerate(text):
            if char in index:
                _add(found, text, at, index[char])
            if at < last and (pair := text[at : at + 2]) in index:
                _add(found, text, at, index[pair])
        return found


def _add(found: list[Found[T]], text: str, at: int, heads: list[_Head[T]]) -> None:
    for head in heads:
        if not text.startswith(head.text, at):
            continue
        after = at + len(head.text)
        for tails, values in head.rest.items():
            end = _end(text, after, tails)
            if end:
                found += [Found(at, end, value) for value in values]


def spellings(pattern: str) -> tuple[str, ...]:
    """All that a pattern may be written like, `*` left in. The pattern must have no `fault`."""
    parts = _CHOICE.split(pattern)
    choices = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    return tuple(dict.fromkeys("".join(chosen) for chosen in product(*choices)))


def fault(pattern: object) -> str:
    """What is wrong with a word of the lists, as its administrator is told; "" if nothing is."""
    if not isinstance(pattern, str) or not pattern.strip():
        return "要是文字，不能空着；数字加引号"
    bare = _CHOICE.sub("", pattern)
    if any(sign in bare for sign in "()|"):
        return "括号不成对，或括号里又有括号：写成 (甲|乙|丙)"
    if _count(pattern) > MAX_SPELLINGS:
        return f"括号里的选择太多，合起来最多 {MAX_SPELLINGS} 种"
    if any(sign.isspace() or sign in "，。、；：！？" for sign in pattern):
        return "不要有空格和标点：语音识别写出来的话里没有"
    return next(filter(None, map(_spelling_fault, spellings(pattern))), "")


def _count(pattern: str) -> int:
    count = 1
    for choice in _CHOICE.findall(pattern):
        count *= choice.count("|") + 1
    return count


def _spelling_fault(spelling: str) -> str:
    parts = spelling.split("*")
    if not all(parts):
        return "* 前后都要有字；括号里的空选择不能让词变空"
    return f"* 最多 {MAX_GAPS} 个" if len(parts) > MAX_GAPS + 1 else ""


def _end(text: str, end: int, tails: Sequence[str]) -> int:
    """Where the word whose head ends at `end` ends; 0 if its tails do not follow."""
    for tail in tails:
        place = text.find(tail, end, end + GAP + len(tail))
        if place < 0:
            return 0
        end = place + len(tail)
    return end
