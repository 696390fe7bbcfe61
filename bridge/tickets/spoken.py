"""Words as a telephone recogniser writes them: Hanzi digits, no punctuation, a pause between utterances.

Pure. The common ground of the element rules (people, numbers, times, places): one normal form of what was
said, and telephone numbers read out digit by digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

PAUSE: Final = "，"
"""Stands between utterances and for every punctuation mark a recogniser may write."""

_DIGITS: Final = dict(zip("零〇○洞一幺二两三四五六七八九拐勾", "000011223456789" + "79", strict=True))
_FULL_WIDTH: Final = {ord("０") + n: str(n) for n in range(10)}
_CJK: Final = "\u3400-\u9fff"
_BLANKS: Final = re.compile(rf"(?<=[{_CJK}0-9])\s+(?=[{_CJK}0-9])")
_MARKS: Final = re.compile(rf"\s*[,.;:!?、。；：！？…—()（）“”\"'{PAUSE}\n]+\s*")

# A pause may fall inside a number that is read out in groups; other words may not.
_RUN: Final = re.compile(
    rf"[0-9零〇○洞一幺二两三四五六七八九拐勾](?:[{PAUSE}\- ]{{0,2}}[0-9零〇○洞一幺二两三四五六七八九拐勾])*"
)
_MOBILE: Final = re.compile(r"(?:86)?(1[3-9]\d{9})")
_LANDLINE: Final = re.compile(r"(0\d{2,3}[2-9]\d{6,7})")
_LOCAL: Final = re.compile(r"([2-8]\d{6,7})")
_OURS: Final = re.compile(r"(?:电话|手机|号码|联系方式|联系我|打给我|座机|回电|拨打)[^，]{0,6}，?$")
_OTHERS: Final = re.compile(
    r"(?:他|她|它|对方|他们|店家|商家|公司|骗子|人家)(?:们)?的?(?:电话|手机|号码|座机)[^，]{0,6}，?$"
)
_ANNOUNCED: Final = re.compile(
    r"(?:(?:我的?)?(?:联系)?(?:电话|手机号?码?|号码|联系方式)(?:号码)?(?:就?是)?[，]?)?(?P<run>"
    + _RUN.pattern
    + ")"
)
_CUE_WINDOW: Final = 14


def normal(texts: Iterable[str]) -> str:
    """Utterances as one text: full-width digits folded, blanks between Hanzi gone, each pause one PAUSE."""
    whole = PAUSE.join(text.translate(_FULL_WIDTH) for text in texts)
    return _MARKS.sub(PAUSE, _BLANKS.sub("", whole)).strip(PAUSE + " ")


def digits(spoken: str) -> str:
    """Arabic digits of a run read out digit by digit ("幺五四" -> "154"); anything that is no digit is left
    out.
    """
    return "".join(
        _DIGITS.get(char, char) for char in spoken if char in _DIGITS or (char.isascii() and char.isdigit())
    )


@lru_cache(maxsize=256)
def own_number(text: str) -> str:
    """The telephone number the speaker gives as his own in a normal text, or "".

    Only whole numbers count: a mobile of 11 digits, a landline with its area code, or 7-8 digits right
    after a word for telephone. A digit lost by the recogniser makes it no number at all: better none than a
    wrong one. Of several the last one wins, for people correct themselves; numbers said to be someone
    else's don't count.
    """
    found = ""
    for run in _RUN.finditer(text):
        before = text[max(0, run.start() - _CUE_WINDOW) : run.start()]
        if not _OTHERS.search(before):
            found = _telephone(digits(run.group()), cued=bool(_OURS.search(before))) or found
    return found


def without_numbers(text: str) -> str:
    """The text without the speaker's own telephone numbers and the words that announce them."""
    return _ANNOUNCED.sub(lambda match: PAUSE if _is_own(match) else match.group(), text)


def _is_own(match: re.Match[str]) -> bool:
    start = match.start("run")
    foreign = _OTHERS.search(match.string[max(0, start - _CUE_WINDOW) : start])
    return not foreign and bool(_telephone(digits(match.group("run")), cued=True))


def _telephone(number: str, *, cued: bool) -> str:
    shapes = (_MOBILE, _LANDLINE, _LOCAL) if cued else (_MOBILE, _LANDLINE)
    return next((match.group(1) for shape in shapes if (match := shape.fullmatch(number))), "")
