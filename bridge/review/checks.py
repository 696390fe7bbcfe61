"""Automatic pre-checks 预检: what can be told of a talk by rule, each with the utterances that show it.

Pure tables: a check and a talk in, a finding out. A finding is a proposal; who reviews decides. Words are
compared as they are written for people (digits as digits, no blanks or marks), so that 幺二三四五 is 12345.
What a rule can't judge (nobody heard the agent, no address was said) is `unsure`, never a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

from bridge.review.talk import Line, Side, Talk
from bridge.tickets.gazetteer import NOWHERE, Gazetteer
from bridge.tickets.places import place_in
from bridge.tickets.readable_digits import in_digits
from bridge.tickets.spoken import normal

Kind = Literal["greeting", "closing", "asked", "repeated", "forbidden", "silence", "interruptions"]
Verdict = Literal["pass", "fail", "unsure"]

MOST_EVIDENCE: Final = 20
"""Utterances named for one finding: more would not be read."""
_SHARE: Final = 0.6
"""Of an address's pairs of neighbouring characters, how many the agent must say again."""
_NO_PLACE: Final = frozenset({"city", "county", "side"})
"""Parts that alone are no address: nobody reads 聊城 back."""
_MARKS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Check:
    """words: any one of them (forbidden: none of them); seconds: greeting, closing: within how many of the
    talk's beginning, its end; silence: longest that passes; interruptions: spoken over the caller for longer
    than that is one; most: interruptions that pass."""

    kind: Kind
    words: tuple[str, ...] = ()
    seconds: float = 0.0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """why: in Chinese, for the reviewer; evidence: seq of utterances."""

    verdict: Verdict
    why: str
    evidence: tuple[int, ...] = ()


def run(check: Check, talk: Talk, gazetteer: Gazetteer = NOWHERE) -> Finding:
    """What the check says of the talk."""
    if check.kind != "silence" and not any(line.side == "agent" for line in talk):
        return Finding("unsure", "没有听到话务员的话")
    if check.kind == "repeated":
        return _repeated(talk, gazetteer)
    return _RULES[check.kind](check, talk)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A text without blanks and marks, its numbers in digits, as words are compared."""
    return _MARKS.sub("", in_digits(normal([text])).lower())


def _greeting(check: Check, talk: Talk) -> Finding:
    own = _of(talk, "agent")
    early = [line for line in own if line.start <= talk[0].start + check.seconds]
    hits = _saying(early, check.words)
    if hits:
        return _found("pass", f"开头说了“{_which(hits[0], check.words)}”", hits[:1])
    late = _saying(own, check.words)
    if late:
        return _found("fail", f"开始 {check.seconds:g} 秒之后才说", late[:1])
    return _found("fail", f"开始 {check.seconds:g} 秒内没有听到问候", own[:1])


def _closing(check: Check, talk: Talk) -> Finding:
    own, end = _of(talk, "agent"), max(line.end for line in talk)
    hits = _saying([line for line in own if line.end >= end - check.seconds], check.words)
    if hits:
        return _found("pass", f"结束前说了“{_which(hits[-1], check.words)}”", hits[-1:])
    return _found("fail", f"最后 {check.seconds:g} 秒没有听到结束语", own[-1:])


def _asked(check: Check, talk: Talk) -> Finding:
    hits = _saying(_of(talk, "agent"), check.words)
    if hits:
        return _found("pass", f"问了“{_which(hits[0], check.words)}”", hits)
    return Finding("fail", "没有听到问：" + "、".join(check.words[:6]))


def _forbidden(check: Check, talk: Talk) -> Finding:
    hits = _saying(_of(talk, "agent"), check.words)
    if not hits:
        return Finding("pass", "没有听到禁用的话")
    said = dict.fromkeys(_which(line, check.words) for line in hits)
    return _found("fail", "说了禁用的话：" + "、".join(said), hits)


def _silence(check: Check, talk: Talk) -> Finding:
    """Gaps between what anybody said; a call on hold is one, too, and the reviewer hears why."""
    gaps, last = list[tuple[float, Line, Line]](), None
    for line in talk:
        if last is not None and line.start - last.end > check.seconds:
            gaps.append((line.start - last.end, last, line))
        if last is None or line.end > last.end:
            last = line
    if not talk:
        return Finding("unsure", "没有转写")
    if not gaps:
        return Finding("pass", f"没有超过 {check.seconds:g} 秒的静默")
    longest = max(gap for gap, _, _ in gaps)
    around = [each for _, before, after in gaps for each in (before, after)]
    return _found("fail", f"静默 {len(gaps)} 次，最长 {longest:.0f} 秒", around)


def _interruptions(check: Check, talk: Talk) -> Finding:
    """The agent begins while the caller speaks, and both go on."""
    callers = _of(talk, "caller")
    hits = [
        line
        for line in _of(talk, "agent")
        if any(
            each.start < line.start < each.end and min(each.end, line.end) - line.start > check.seconds
            for each in callers
        )
    ]
    verdict: Verdict = "fail" if len(hits) > check.most else "pass"
    return _found(verdict, f"抢话 {len(hits)} 次（最多 {check.most} 次）", hits)


def _repeated(talk: Talk, gazetteer: Gazetteer) -> Finding:
    """An address the caller said, and the agent said again later."""
    given = [(line, place) for line in _of(talk, "caller") if (place := _address(line.text, gazetteer))]
    if not given:
        return Finding("unsure", "没有听出诉求人说的地址")
    for line, place in reversed(given):
        again = [
            each for each in _of(talk, "agent") if each.start >= line.start and _echoes(each.text, place)
        ]
        if again:
            return _found("pass", "复述了地址", [line, again[0]])
    return _found("fail", "诉求人说了地址，没有听到话务员复述", [line for line, _ in given])


def _address(text: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    """The ways an address in a text is written: as said, and as it is official; none: there is none."""
    found = place_in(normal([text]), gazetteer)
    if found is None or (found.kinds and not found.kinds - _NO_PLACE):
        return ()
    return tuple(dict.fromkeys(each for each in (found.value, found.said, found.resolved) if each))


def _echoes(text: str, ways: Iterable[str]) -> bool:
    heard = plain(text)
    return any(_shared(plain(way), heard) >= _SHARE for way in ways)


def _shared(wanted: str, heard: str) -> float:
    """How many of the wanted text's pairs of neighbours are in the other, 0..1."""
    pairs = {"".join(pair) for pair in pairwise(wanted)}
    return sum(pair in heard for pair in pairs) / len(pairs) if pairs else 0.0


def _of(talk: Talk, side: Side) -> list[Line]:
    return [line for line in talk if line.side == side]


def _saying(lines: Iterable[Line], words: tuple[str, ...]) -> list[Line]:
    wanted = [plain(word) for word in words]
    return [line for line in lines if any(word and word in plain(line.text) for word in wanted)]


def _which(line: Line, words: tuple[str, ...]) -> str:
    return next(word for word in words if plain(word) and plain(word) in plain(line.text))


def _found(verdict: Verdict, why: str, lines: Iterable[Line]) -> Finding:
    seqs = dict.fromkeys(line.seq for line in lines)
    return Finding(verdict, why, tuple(seqs)[:MOST_EVIDENCE])


_RULES: Final[dict[Kind, Callable[[Check, Talk], Finding]]] = {
    "greeting": _greeting,
    "closing": _closing,
    "asked": _asked,
    "forbidden": _forbidden,
    "silence": _silence,
    "interruptions": _interruptions,
}
