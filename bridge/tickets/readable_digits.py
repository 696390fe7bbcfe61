"""Digits as digits: where a Chinese reader expects 105号, 8点半, 138 0635 1234, and where 两个人, 万一 and
三心二意 stay as they are. Pure.

Numbers are found by `numerals`; here it is decided which are written in Arabic digits (GB/T 15835: measured
and numbered things are, small counts, ordinals and set phrases are not), and how long ones are grouped.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.tickets.numerals import DIGITS, Numeral, digits, numerals, whole

_ONE: Final = f"[{''.join(DIGITS)}]"
_HOUR: Final = "(?:二十[一二三四]?|十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_CLOCK: Final = re.compile(
    rf"(?P<hour>{_HOUR})点(?:(?P<word>钟|半|整|过|多|左右|[一三]刻)|"
    r"(?P<minute>零[一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?)(?P<unit>分)?)"
)
_COVERED: Final = re.compile(rf"{_ONE}{{2,}}(?=\*)|(?<=\*){_ONE}{{2,}}")
"""What masking has left of a number."""
_LONG: Final = re.compile(r"(?<![\d*])[\d*]{7,19}(?![\d*])")
_NUMBERED: Final = re.compile(
    "号|楼|层|单元|室|栋|幢|排|座|门|路|月|日|点|时|分钟|分|秒|岁|元|块|米|公里|公斤|斤|吨|亩|平|度|伏|级|环|车道|床"
)
"""What has a number rather than a count: after these even a small one is written in digits."""
_VAGUE_BEFORE: Final = re.compile("[几数上成近]$|(?<![你您])好$")
_VAGUE_AFTER: Final = re.compile("几")
_WRITTEN: Final = frozenset("0123456789%")
_MONEY: Final = re.compile("[块元毛角]")
_GROUPS: Final = {
    "mobile": re.compile(r"(1[3-9*][\d*])([\d*]{4})([\d*]{4})"),
    "landline": re.compile(r"(0(?:10|2\d|[3-9]\d\d))([2-9*][\d*]{6,7})"),
    "id-card": re.compile(r"([1-9][\d*]{5})([\d*]{8})([\d*]{3}[\d*X])"),
}


def in_digits(text: str) -> str:
    """The text with its numbers as they are written. What is no number stays untouched."""
    text = _COVERED.sub(lambda run: digits(run.group()), text)
    text = _CLOCK.sub(_clock, text)
    for numeral in reversed(numerals(text)):
        written = _written(text, numeral)
        if written is not None:
            text = text[: numeral.start] + written + text[numeral.end :]
    return _LONG.sub(lambda run: _grouped(run.group()), text)


def _clock(found: re.Match[str]) -> str:
    hour, minute = whole(found["hour"]), found["minute"]
    if minute is None:
        return f"{hour}点{found['word']}"
    return f"{hour}点{whole(minute.lstrip('零')):02d}{found['unit'] or ''}"


def _written(text: str, numeral: Numeral) -> str | None:
    """A number as it goes into the text, or None: it stays as it was said."""
    said, before, after = _around(text, numeral)
    if numeral.kind in {"about", "fraction"} or any(char.isascii() for char in said):
        return None
    if _VAGUE_BEFORE.search(before) or _VAGUE_AFTER.match(after):
        return None
    if before[-1:] in _WRITTEN or after[:1] in _WRITTEN:  # half of it is in digits: whose are they?
        return None
    if numeral.kind == "money":
        return _money(said)
    if numeral.kind == "digits":
        return numeral.written if len(numeral.written) > 2 else None
    if numeral.kind == "whole":
        return numeral.written if _counts(numeral, said, before, after) else None
    return numeral.written


def _around(text: str, numeral: Numeral) -> tuple[str, str, str]:
    return text[numeral.start : numeral.end], text[: numeral.start][-2:], text[numeral.end :][:2]


def _counts(numeral: Numeral, said: str, before: str, after: str) -> bool:
    """Whether a whole number is written in digits. A lone 百, 千, 万 is part of a word nobody listed."""
    if said in {"百", "千", "万", "亿"} or before.endswith("第"):
        return False
    return len(numeral.written) > 1 or bool(_NUMBERED.match(after))


def _money(said: str) -> str | None:
    """三百五十块钱 is 350块钱: the unit stays the speaker's."""
    unit = _MONEY.search(said)
    if unit is None:
        return None
    amount = whole(said[: unit.start()])
    rest = "".join(DIGITS.get(char, char) for char in said[unit.start() :])
    return None if amount < 0 or said[0] in "零〇" else f"{amount}{rest}"


def _grouped(run: str) -> str:
    """A long number in the groups it is read in."""
    for rule in _GROUPS.values():
        found = rule.fullmatch(run)
        if found is not None:
            return " ".join(found.groups())
    return " ".join(re.findall(".{1,4}", run)) if 16 <= len(run) <= 19 else run
