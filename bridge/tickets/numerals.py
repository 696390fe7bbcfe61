"""Numbers as Chinese says them, with their places in a text: 一百零五, 两千三, 三万五, 幺三八, 三块五.

Pure. It reads Hanzi and Arabic digits alike, and mixed (3万5). It knows no telephone, no date and no address:
those rooms ask it for values. What to do with a number that was found is its reader's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

Kind = Literal["whole", "decimal", "percent", "fraction", "money", "digits", "about"]
"""digits: read one by one (三零一); about: 两三, 七八十, which is no number; the others have a value."""

DIGITS: Final = dict(zip("零〇○洞一幺二两三四五六七八九拐勾", "000011223456789" + "79", strict=True))
"""Every character that is said for a digit; 洞 0, 幺 1, 拐 7, 勾 9 where numbers go over a wire."""

LONGEST: Final = 40
"""Characters one number may take; a bank card read out has 19."""

_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_MYRIADS: Final = {"万": 10**4, "亿": 10**8}
_NONE: Final = Decimal(-1)
_ONE: Final = "[一二两三四五六七八九]"
_ARABIC: Final = r"[0-9]{1,12}(?:\.[0-9]{1,6})?"
_TENS: Final = f"{_ONE}?十{_ONE}?"
_SECTION: Final = (
    f"(?:{_ONE}千(?:零?{_ONE}百(?:零?{_TENS}|零?{_ONE})?|零{_TENS}|零?{_ONE})?"
    f"|{_ONE}百(?:零?{_TENS}|零?{_ONE})?|{_TENS}|{_ARABIC}[千百]?[0-9]?|{_ONE})"
)
_WHOLE: Final = f"(?:{_SECTION}亿)?零?(?:{_SECTION}万)?零?(?:{_SECTION})?(?:亿|万)?"
_SINGLE: Final = f"[{''.join(DIGITS)}0-9]"
_MEASURE: Final = (
    "(?:公里|千米|米|厘米|公分|毫米|平米|平方|平|亩|吨|公斤|千克|斤|克|升|度|倍|万|亿|千|百|元|块|个百分点|"
    "个小时|小时|个月|伏|千瓦|兆|寸|折|成|级)"
)
_MONEY: Final = re.compile(
    rf"(?P<yuan>{_WHOLE})(?:块|元)(?!儿地)(?:(?P<jiao>{_ONE}|[0-9])(?:毛|角)?(?!十|百|千|万|个|天|月|号|斤)"
    rf"(?:(?P<fen>{_ONE}|[0-9])分)?)?钱?|(?P<only>{_ONE}|[0-9])(?:毛|角)(?=[钱，。]|$)钱?"
)
_PERCENT: Final = re.compile(rf"百分之(?P<whole>百|零|{_WHOLE})(?:点(?P<part>{_SINGLE}{{1,6}}))?")
_FRACTION: Final = re.compile(rf"(?P<under>{_SECTION})分之(?P<over>{_SECTION})")
_DECIMAL: Final = re.compile(
    rf"(?P<whole>{_WHOLE}|零)点(?P<part>{_SINGLE}{{1,6}})(?P<big>[万亿])?(?={_MEASURE}|(?<=[万亿]))"
)
_ABOUT: Final = re.compile(
    r"(?:一[两二]|[二两]三|三四|四五|五六|六七|七八|八九)(?:[十百千万]+)?(?![零〇一幺二两三四五六七八九0-9])"
)
_RUN: Final = re.compile(rf"{_SINGLE}{{2,{LONGEST}}}(?![十百千万亿])")
_CARDINAL: Final = re.compile(_WHOLE)
_PIECE: Final = re.compile(rf"{_ARABIC}|.")
_START: Final = re.compile(rf"{_SINGLE}|[十百千万]")

# Words that begin with a number and count nothing, and words that end with one.
_NO_NUMBER: Final = re.compile(
    "一(?:下|点(?!钟|半|[零一二三四五六七八九十])|些|直|样|定|起|共|般|旦|切|会儿?|边|方面|律|味|致|再|时|向|贯|概|辈子|家人|阵|"
    "趟|塌|句|声|块儿|口|团|路|心|连|度|键|线|中|小)|"
    "万(?:一|分|[^一二两三四五六七八九0-9]|$)|千(?:万|佛|方)|百(?:姓|货|般|度|合)|十分(?!钟|之)|十字|"
    "三(?:轮|鹿|农|中|角)|二(?:手|维|胎|中)|四(?:处|周|季|邻)|五(?:金|险)|七夕|八(?:卦|字)|九州|两(?:边|口子|头|侧|岸|旁)|双十"
)
_INSIDE: Final = re.compile(r"(?:万|统|唯|同|专|星期|礼拜|周)$")


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number in a text: text[start:end]; written: in Arabic digits, as a reader wants to see it ("105",
    "3.5", "35%", "1/3", "3.5元", "13800138000"); an `about` stays as it was said."""

    start: int
    end: int
    kind: Kind
    written: str


@lru_cache(maxsize=512)
def numerals(text: str) -> tuple[Numeral, ...]:
    """Every number in a text, from left to right, none over another. Words that only look like one (一下,
    万一, 统一, 千万别) are none, nor is a weekday's (星期三)."""
    found: list[Numeral] = []
    at = 0
    while (start := _START.search(text, at)) is not None:
        numeral = _numeral(text, start.start())
        if numeral is not None:
            found.append(numeral)
        at = numeral.end if numeral is not None else _past(text, start.start())
    return tuple(found)


@lru_cache(maxsize=512)
def whole(spoken: str) -> int:
    """A whole number ("一百零五", "两千三", "26", "三零一" read digit by digit); -1 if it is none."""
    if not spoken or len(spoken) > LONGEST:
        return -1
    if all(char in DIGITS or _is_arabic(char) for char in spoken):
        return int(digits(spoken))
    exact = _CARDINAL.fullmatch(spoken)
    number = _value(spoken) if exact else None
    return int(number) if number is not None and number == int(number) else -1


def digits(spoken: str) -> str:
    """Arabic digits of a run read out digit by digit ("幺五四" -> "154"); what is no digit is left out."""
    return "".join(DIGITS.get(char, char) for char in spoken if char in DIGITS or _is_arabic(char))


def hanzi(number: int) -> str:
    """A whole number from 0 to 99 999 999 as it is said: 105 -> 一百零五. Raises ValueError on others."""
    if not 0 <= number < 100_000_000:
        raise ValueError(f"not from 0 to 99999999: {number}")
    if number < 10_000:
        return _section(number) or "零"
    high, low = divmod(number, 10_000)
    return _section(high) + "万" + ("零" if 0 < low < 1000 else "") + _section(low, inside=True)


def _numeral(text: str, at: int) -> Numeral | None:
    if _NO_NUMBER.match(text, at) and not _PERCENT.match(text, at):
        return None
    if _INSIDE.search(text, max(0, at - 2), at):
        return None
    for kind, rule, write in _RULES:
        match = rule.match(text, at)
        if match is not None and match.end() > at and match.end() - at <= LONGEST:
            written = write(match)
            if written:
                return Numeral(
                    at, match.end(), "decimal" if kind == "whole" and "." in written else kind, written
                )
    return None


def _past(text: str, at: int) -> int:
    """Where to go on after something that is no number: behind the word it belongs to."""
    word = _NO_NUMBER.match(text, at)
    return max(word.end() if word else 0, at + 1)


def _write_money(match: re.Match[str]) -> str:
    if match["only"]:
        return f"0.{digits(match['only'])}元"
    number = _value(match["yuan"])
    if number is None:
        return ""
    part = digits((match["jiao"] or "") + (match["fen"] or ""))
    return f"{_plain(number)}{'.' if part else ''}{part}元"


def _write_percent(match: re.Match[str]) -> str:
    number = _value(match["whole"]) if match["whole"] != "百" else Decimal(100)
    return "" if number is None else f"{_plain(number)}{_part(match)}%"


def _write_fraction(match: re.Match[str]) -> str:
    under, over = _value(match["under"]), _value(match["over"])
    return "" if under is None or over is None else f"{_plain(over)}/{_plain(under)}"


def _write_decimal(match: re.Match[str]) -> str:
    number = _value(match["whole"])
    return "" if number is None else f"{_plain(number)}{_part(match)}{match['big'] or ''}"


def _write_cardinal(match: re.Match[str]) -> str:
    number = _value(match.group())
    return "" if number is None else _plain(number)


_RULES: Final[tuple[tuple[Kind, re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    ("percent", _PERCENT, _write_percent),
    ("fraction", _FRACTION, _write_fraction),
    ("money", _MONEY, _write_money),
    ("decimal", _DECIMAL, _write_decimal),
    ("about", _ABOUT, lambda match: match.group()),
    ("digits", _RUN, lambda match: digits(match.group())),
    ("whole", _CARDINAL, _write_cardinal),
)


def _part(match: re.Match[str]) -> str:
    return f".{digits(match['part'])}" if match["part"] else ""


def _value(spoken: str) -> Decimal | None:
    """What a cardinal is worth. A digit that stands last after 百, 千, 万 or 亿 without 零 counts the next
    lower unit: 一百五 is 150, 三万五 is 35 000, 一百零五 is 105."""
    if not spoken.strip("零〇"):
        return Decimal(0) if spoken else None
    total, section, number = Decimal(0), Decimal(0), _NONE
    unit, zero = 1, False
    for said in _PIECE.findall(spoken):
        if said in _MYRIADS:
            unit, zero = _MYRIADS[said], False
            section += max(number, Decimal(0))
            total = (total + section) * unit if said == "亿" else total + section * unit
            section, number = Decimal(0), _NONE
        elif said in _UNITS:
            unit, zero = _UNITS[said], False
            section += (number if number >= 0 else 1) * unit
            number = _NONE
        else:
            zero = said in "零〇" or zero
            number = number if said in "零〇" else Decimal(digits(said) if said in DIGITS else said)
    colloquial = not zero and unit > 10 and number < 10
    return total + section + max(number, Decimal(0)) * (unit // 10 if colloquial else 1)


def _section(number: int, *, inside: bool = False) -> str:
    """Below 10 000; inside: something stands before it, so that ten is 一十."""
    said, zero = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit:
            said += ("零" if zero and said else "") + "零一二三四五六七八九"[digit] + unit
        zero = not digit
    return said[1:] if said.startswith("一十") and not inside else said


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _is_arabic(char: str) -> bool:
    return char.isascii() and char.isdigit()
