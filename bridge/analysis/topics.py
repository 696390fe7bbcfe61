"""Frequent requests 高频诉求: which of the known topics a request's words belong to, or a new one.

Pure. Words are compared by their pairs of characters (bigrams), without what any request may say, numbers and
punctuation: the share of pairs they have in common (Jaccard). A topic is the words of the first request about
it; a request goes to the topic it is nearest to, the older of two that are as near. Topics are bounded: the
one that has gone longest without a request makes room.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bridge.tickets.masking import mask

NEAR: Final = 0.4
"""From this share on it is the same topic."""
LEAST: Final = 3
"""Bigrams; what says less belongs to no topic."""
MOST_TOPICS: Final = 400
"""Of one category."""
LONGEST: Final = 160
"""Characters of a request that are kept and compared."""

_EMPTY: Final = re.compile(
    "[^\u4e00-\u9fff]|"
    "[零〇一二三四五六七八九十百千两]+(?=[号楼栋幢单元层户室点天次个年月日])|"
    "你好|您好|喂|请问|麻烦|谢谢|帮忙|帮我|一下|这边|那边|这里|那里|我们|我想|我要|我家|咱们|"
    "反映|投诉|举报|咨询|求助|情况|问题|现在|已经|一直|就是|那个|这个|然后|希望|尽快|处理|解决|"
    "有没有|是不是|怎么|什么|可以|能不能|他们|[我你他她您的了吗呢吧啊呀嗯哦是在有和就都也还很]"
)


@dataclass(frozen=True, slots=True)
class Topic:
    """id: a number for good. text: what the first one said, personal numbers covered."""

    id: int
    category: str
    text: str


def request_text(said: str, who: str = "") -> str:
    """A request as it may stand in a statistic: personal numbers covered, the caller's name too."""
    shown = mask(said.strip()[: LONGEST * 2])
    for name in (who, who[:1] + "某" if len(who) > 1 else ""):
        if len(name) > 1:
            shown = shown.replace(name, "某某")
    return shown[:LONGEST]


@lru_cache(maxsize=8192)
def bigrams(text: str) -> frozenset[str]:
    """What tells a request from others."""
    parts = _EMPTY.sub(" ", text).split()
    return frozenset(part[at : at + 2] for part in parts for at in range(len(part) - 1))


def nearness(one: frozenset[str], other: frozenset[str]) -> float:
    """0 nothing in common, 1 the same."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


class Topics:
    """The topics of one category. Mutable: `of` may add one. known: the longest without a request first."""

    def __init__(self, category: str, known: Iterable[Topic] = (), most: int = MOST_TOPICS) -> None:
        self._category, self._most = category, most
        self._known: OrderedDict[int, tuple[Topic, frozenset[str]]] = OrderedDict()
        self._with: dict[str, set[int]] = {}
        self.new: list[Topic] = []
        self.gone: list[int] = []
        for topic in known:
            self._add(topic)

    def of(self, text: str, number: int) -> int | None:
        """The topic of that request; `number` names a new one. None: it says too little."""
        grams = bigrams(text)
        if len(grams) < LEAST:
            return None
        near = self._nearest(grams)
        if near is not None:
            self._known.move_to_end(near)
            return near
        topic = Topic(number, self._category, text)
        self._add(topic)
        self.new.append(topic)
        return number

    def _nearest(self, grams: frozenset[str]) -> int | None:
        shared = Counter(id for gram in grams for id in self._with.get(gram, ()))
        best, found = NEAR, None
        for id, both in sorted(shared.items()):
            share = both / (len(grams) + len(self._known[id][1]) - both)
            if share > best or (found is None and share == best):
                best, found = share, id
        return found

    def _add(self, topic: Topic) -> None:
        grams = bigrams(topic.text)
        self._known[topic.id] = (topic, grams)
        for gram in grams:
            self._with.setdefault(gram, set()).add(topic.id)
        if len(self._known) > self._most:
            id, (_, old) = self._known.popitem(last=False)
            for gram in old:
                self._with[gram].discard(id)
            self.gone.append(id)
