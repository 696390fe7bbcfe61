"""Covers personal numbers in what was said: for viewers who have no right to them. The stored words stay
whole.

Pure. Digits are Arabic or Hanzi, read out one by one, in groups, over pauses and over several utterances of
one speaker; X of an identity card may be said as a word. A run of LEAST digits or more is covered whatever it
is; of a number that is known a few digits stay, so that people can tell two apart. What somebody else reads
back of a covered number is covered too. Numbers with 十, 百, 千 in them are amounts and stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from bridge.tickets.personal import LEAST, known

COVER: Final = "*"
OPEN_HEAD: Final = 3
"""Digits shown of a run that may not have come to its end: words still being said."""
ECHO: Final = 3
"""Digits in a row that are looked up among covered numbers: fewer are in any sentence."""

_VALUES: Final = {
    **dict(zip("零〇○洞一幺二两三四五六七八九拐勾", "00001122345678979", strict=True)),
    **{chr(0xFF10 + n): str(n) for n in range(10)},
    **{str(n): str(n) for n in range(10)},
}
_DIGIT: Final = f"[{''.join(_VALUES)}]"
_WORDS: Final = (
    "嗯|啊|呃|额|哦|欸|诶|那个|然后|接着|就是|还有|是|再|对|"
    "(?:前|后|中间|最后)?(?:面|边|[两二三四五六七八]位|[两二三四五六七八]个)(?:数字?)?是?|最后是?|中间是?|尾号是?"
)
_GAP: Final = rf"(?:[\s，,。.、；;？?！!·…\-—~]|{_WORDS})"
# No more than a few of them between two digits: a story that counts something is not a number.
_RUN: Final = re.compile(rf"{_DIGIT}+(?:{_GAP}{{1,6}}{_DIGIT}+)*")
_LAST: Final = re.compile(rf"{_GAP}{{0,4}}(?P<x>[XxＸｘ叉]|艾克斯|埃克斯)")
_BREAK: Final = "\n"
"""Stands between two utterances; a gap like any other."""


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance. voice: whose; a number goes on in the next line of the same voice. open: more may be
    said right after it."""

    voice: str
    text: str
    open: bool = False


_Places = list[tuple[int, int]]
"""The characters of one digit: line, and place in it."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits found in a joined text: the characters that stand for each (a word for X has more than one), and
    what they are."""

    places: tuple[range, ...]
    digits: str


def mask(text: str, *, open_end: bool = False) -> str:
    """One text by itself. open_end: more may be said right after it."""
    return mask_lines((Line("", text, open_end),))[0]


def mask_lines(lines: Sequence[Line]) -> tuple[str, ...]:
    """Their texts in the same order, covered; as many characters as before."""
    texts = [list(line.text) for line in lines]
    secrets: list[tuple[str, frozenset[int]]] = []
    left: list[tuple[_Run, list[_Places]]] = []
    for voice in dict.fromkeys(line.voice for line in lines):
        _cover_voice(lines, voice, texts, secrets, left)
    for run, places in left if secrets else ():
        _cover_echo(run, places, texts, dict.fromkeys(secrets))
    return tuple("".join(text) for text in texts)


def _cover_voice(
    lines: Sequence[Line],
    voice: str,
    texts: list[list[str]],
    secrets: list[tuple[str, frozenset[int]]],
    left: list[tuple[_Run, list[_Places]]],
) -> None:
    own = [number for number, line in enumerate(lines) if line.voice == voice]
    joined = _BREAK.join(lines[number].text for number in own)
    begins = list(accumulate((len(lines[number].text) + len(_BREAK) for number in own), initial=0))
    unfinished = bool(own) and lines[own[-1]].open
    for run in _runs(joined):
        ends = unfinished and not joined[run.places[-1].stop :].strip()
        hidden = _hidden(run.digits, ends=ends)
        places = [[_home(own, begins, at) for at in place] for place in run.places]
        if not hidden:
            left.append((run, places))
            continue
        secrets.append((run.digits, hidden))
        for number in hidden:
            _cover(places[number], texts)


def _home(own: Sequence[int], begins: Sequence[int], at: int) -> tuple[int, int]:
    """For a character of the joined text: its line, and its place there."""
    line = bisect_right(begins, at) - 1
    return own[line], at - begins[line]


def _runs(text: str) -> list[_Run]:
    """Those long enough to be covered, or to be a part of what is: shorter ones are in any sentence."""
    found = []
    for match in _RUN.finditer(text):
        if match.end() - match.start() < ECHO:
            continue
        span = range(match.start(), match.end())
        # A word of a gap may have a digit in it: 后四位 is not part of the number.
        places = [range(at, at + 1) for at in span if text[at] in _VALUES and not _counts(text, at)]
        digits = "".join(_VALUES[text[place.start]] for place in places)
        last = _LAST.match(text, match.end()) if len(digits) == 17 else None
        if last is not None:
            places, digits = [*places, range(*last.span("x"))], digits + "X"
        found.append(_Run(tuple(places), digits))
    return [run for run in found if run.places]


def _counts(text: str, at: int) -> bool:
    """Whether that digit counts digits (后四位) and is none of the number."""
    return text[at + 1 : at + 2] in {"位", "个"}


def _hidden(digits: str, *, ends: bool) -> frozenset[int]:
    """Which digits of a run are covered."""
    if ends and len(digits) > OPEN_HEAD:
        return frozenset(range(OPEN_HEAD, len(digits)))
    found = known(digits)
    if found is None:
        return frozenset()
    return frozenset(range(found.head, len(digits) - found.tail))


def _cover_echo(
    run: _Run,
    places: Sequence[_Places],
    texts: list[list[str]],
    secrets: Iterable[tuple[str, frozenset[int]]],
) -> None:
    """Read back in groups: covered where the number itself is."""
    if not ECHO <= len(run.digits) < LEAST:
        return
    for number, hidden in secrets:
        at = number.find(run.digits)
        while at >= 0:
            for offset, place in enumerate(places):
                if at + offset in hidden:
                    _cover(place, texts)
            at = number.find(run.digits, at + 1)


def _cover(place: _Places, texts: list[list[str]]) -> None:
    for line, at in place:
        texts[line][at] = COVER
