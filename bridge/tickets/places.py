"""事发地: the place a caller names, built from its parts: county, town, road, number, compound, building,
门口.

Pure rules. The text, names marked and the rest blotted out, is read as chains of parts; the most definite
chain wins, the one put right after 不对 before it, the place of the event before the caller's home. Street
names need no list; a gazetteer gives them their official form and puts right what was heard wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bridge.tickets.gazetteer import NOWHERE, Gazetteer
from bridge.tickets.numerals import numerals
from bridge.tickets.place_form import official
from bridge.tickets.place_marks import Marked, marked
from bridge.tickets.place_words import ANCHORS, BARE, BUILDING, CHAIN, NO_ROAD, NUMBER, PARTS, WEIGHTS
from bridge.tickets.spoken import PAUSE

MAX_PLACE: Final = 60
"""Characters: a place that needs more is a story, and stands in 诉求内容."""

ASKED: Final = re.compile(
    r"在哪|哪里|哪儿|什么位置|什么地方|具体位置|具体地址|地址|哪个(?:小区|村|县|区|镇|路|街道|单位|学校|超市|工地)|哪条|几号楼|"
    r"门牌|多少号|几单元|几楼|哪一?户|哪个位置|位置|(?:栋|号楼|单元|楼|户|室)[吗吧]"
)
"""An agent's question for the place."""

MAX_CHAINS: Final = 60
"""Places named in one story that are weighed."""

_READABLE: Final = re.compile(r"[^|]+")
_AREA: Final = frozenset({"city", "county", "town"})
_SPOTS: Final = frozenset({"road", "place"})
_SPOT: Final = 4
"""What a road or a named place weighs: more than an area, where both are said."""
_MIN_WEIGHT: Final = 2
"""聊城 or 公司 by itself tells nobody where to go."""
_HOME: Final = re.compile(r"(?:住(?:在)?|家(?:在|住)?|户口(?:在)?|老家(?:在)?|我是|我们是)[，]?(?:聊城市?)?$")
_PUT_RIGHT: Final = re.compile(
    rf"(?:不对|说错了?|错了|搞错|记错|不是[^|，]{{0,12}})[{PAUSE}]?(?:应该|哦|啊)*(?:就?是|在)*[{PAUSE}]?$"
)
_DENIED: Final = re.compile(rf"不(?:是|在)[{PAUSE}]?$")
_UNIT: Final = re.compile(
    rf"(?:嗯|哦|啊|不是|不对|我?家?在|是|就是|那个|我们?是?|住|{PAUSE}){{0,3}}(?P<unit>(?:{BUILDING})(?:{PAUSE}?{BUILDING})*(?:{PAUSE}?{NUMBER}室?)?|{NUMBER}号)"
)
_ANSWER: Final = re.compile(
    rf"(?:嗯|哦|啊|就|是|在|我们?|那个|{PAUSE}|这边|叫){{0,4}}"
    rf"(?P<place>[\u4e00-\u9fff]{{2,10}}?)(?:这里|这儿|那里|那儿|那边|这边|这一块)?(?:呢|吧|啊|的)?(?={PAUSE}|$)"
)
_NO_ANSWER: Final = re.compile(
    "[我你您他她们了着不没有吗怎么什啥]|知道|清楚|可以|好的|谢谢|马上|等|刚才|今天|昨天"
)


@dataclass(frozen=True, slots=True)
class Where:
    """value: the caller's words with wrongly heard names put right; resolved: official names and digits;
    said: his words as heard where value differs from them, else ""; text[start:end]: where; sure: 0..1;
    kinds: which parts it has."""

    value: str
    resolved: str
    said: str
    start: int
    end: int
    sure: float
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Chain:
    """Adjoining parts, how much they tell, which kinds are among them."""

    start: int
    end: int
    weight: float
    parts: tuple[tuple[str, int, int], ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(kind for kind, _, _ in self.parts)


@lru_cache(maxsize=256)
def place_in(
    text: str,
    gazetteer: Gazetteer = NOWHERE,
    answers: tuple[tuple[int, int], ...] = (),
    agents: str = "",
) -> Where | None:
    """The most definite place in a normal text; None if none; a county said elsewhere is put before it, a
    building after it. answers: where answers to a question for the place stand; agents: their
    words; what they ask back for counts more."""
    names = marked(text, gazetteer)
    chains = list(_chains(names.text))
    if not chains:
        return _bare_answer(text, answers)
    spots = [chain for chain in chains if not chain.kinds <= _AREA and chain.weight >= _SPOT]
    weighed = [(_weighed(chain, text, answers, agents, names), chain) for chain in spots or chains]
    best = max(weighed, key=lambda pair: (pair[0], -pair[1].start))[1]
    return _where([*_area(best, chains, names), best, *_building(text, best, answers)], text, names)


def _chains(text: str) -> Iterator[_Chain]:
    """Every chain of parts in a marked text; stretches blotted out are passed over."""
    chains = 0
    for stretch in _READABLE.finditer(text):
        for match in CHAIN.finditer(text, *stretch.span()):
            chain = _chain(match)
            if chain is not None:
                yield chain
                chains += 1
            if chains >= MAX_CHAINS:
                return


def _area(best: _Chain, chains: Sequence[_Chain], names: Marked) -> list[_Chain]:
    """The county or town said elsewhere, unless the place is known to lie in another."""
    if best.kinds & _AREA:
        return []
    inside = {hit.place.county for hit in names.within(best.start, best.end)} - {""}
    for chain in chains:
        if chain.kinds <= _AREA and chain.kinds != {"city"}:
            hits = names.within(chain.start, chain.end)
            counties = {hit.place.county or hit.place.name for hit in hits}
            if not inside or not counties or inside & counties:
                return [chain]
    return []


def says_more(read: Where, own: Where | None) -> bool:
    """Whether what an agent read back tells at least as much, about the same place."""
    if own is None:
        return True
    more = len(read.kinds) >= len(own.kinds) and len(read.resolved) >= len(own.resolved)
    return more and read.value != own.value and bool(read.kinds & own.kinds)


def _where(chains: Sequence[_Chain], text: str, names: Marked) -> Where:
    parts = [part for chain in chains for part in chain.parts]
    hits = [hit for chain in chains for hit in names.within(chain.start, chain.end)]
    said = "".join(_words(text[chain.start : chain.end]) for chain in chains)
    value = "".join(_words(_put_in(text, chain, names)) for chain in chains)
    best = chains[-1] if len(chains) == 1 else max(chains, key=lambda chain: chain.weight)
    sure = 0.4 + 0.06 * sum(chain.weight for chain in chains) + (0.1 if hits else 0)
    guessed = any(text[hit.start : hit.end] != hit.name and not hit.meant for hit in hits)
    sure = min(0.95, sure) - (0.2 if guessed else 0)
    return Where(
        value[:MAX_PLACE],
        official(text, parts, names)[:MAX_PLACE],
        said[:MAX_PLACE] if said != value else "",
        best.start,
        best.end,
        sure,
        frozenset(kind for kind, _, _ in parts),
    )


def _put_in(text: str, chain: _Chain, names: Marked) -> str:
    """The chain's words with each name as it should read."""
    kept, at = "", chain.start
    for hit in names.within(chain.start, chain.end):
        kept += text[at : hit.start] + hit.name
        at = hit.end
    return kept + text[at : chain.end]


def _words(words: str) -> str:
    return words.strip(f"的{PAUSE}").replace(PAUSE, "")


def _weighed(
    chain: _Chain, text: str, answers: tuple[tuple[int, int], ...], agents: str, names: Marked
) -> float:
    """How much speaks for this chain among others."""
    before = text[max(0, chain.start - 20) : chain.start]
    if _DENIED.search(before) and not _PUT_RIGHT.search(before):
        return 0.5
    weight = chain.weight * (0.5 if _HOME.search(before) else 1)
    weight += 8 * bool(_PUT_RIGHT.search(before)) + bool(names.within(chain.start, chain.end))
    answered = any(first <= chain.start < last for first, last in answers)
    asked = any(text[start:end] in agents for kind, start, end in chain.parts if kind in _SPOTS)
    return weight + 2 * (answered or asked)


def _chain(match: re.Match[str]) -> _Chain | None:
    parts = tuple(
        (kind, *match.span(kind))
        for kind in PARTS
        if match[kind] and not (kind == "road" and NO_ROAD.fullmatch(match[kind]))
    )
    kinds = {kind for kind, _, _ in parts}
    if not kinds & ANCHORS:
        return None
    weight = sum(_worth(kind, match[kind]) for kind in kinds)
    return _Chain(parts[0][1], parts[-1][2], weight, parts) if weight >= _MIN_WEIGHT else None


def _worth(kind: str, words: str) -> int:
    return 1 if kind == "place" and BARE.fullmatch(words) else WEIGHTS[kind]


def _building(text: str, best: _Chain, answers: tuple[tuple[int, int], ...]) -> list[_Chain]:
    """The house in an answer of its own: 几号楼 — 三号楼二单元."""
    if best.kinds & {"building", "number"}:
        return []
    for start, end in answers:
        match = _UNIT.match(text, start, end)
        if match is not None and not best.start <= match.start("unit") < best.end:
            kind = "number" if match["unit"].endswith("号") else "building"
            if numerals(match["unit"]):
                return [_Chain(*match.span("unit"), 2, ((kind, *match.span("unit")),))]
    return []


def _bare_answer(text: str, answers: tuple[tuple[int, int], ...]) -> Where | None:
    """What is nothing but a name, said when asked for the place."""
    for start, end in answers:
        match = _ANSWER.match(text, start, end)
        if match is not None and not _NO_ANSWER.search(match["place"]):
            first, last = match.span("place")
            return Where(match["place"], match["place"], "", first, last, 0.45)
    return None
