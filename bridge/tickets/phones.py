"""联系方式: the telephone number a caller gives as his own, however it is read out.

Pure rules over a normal text: digits with pauses and fillers between the groups (幺三八，嗯六三五零), 两个零
for 00, a number said again after 不对, only its tail set right (后四位应该是…), an area code, an extension.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bridge.tickets.numerals import DIGITS, digits
from bridge.tickets.spoken import PAUSE

_DIGIT: Final = f"[0-9{''.join(DIGITS)}]"
_ITEM: Final = f"(?:[二两三四五]个)?{_DIGIT}"
_FILLER: Final = "嗯|呃|啊|哦|然后|后面是?"
# A pause may fall inside a number that is read out in groups; other words may not.
_JOIN: Final = rf"(?:[{PAUSE}\- ]|{_FILLER}){{0,3}}"
_RUN: Final = re.compile(f"{_ITEM}(?:{_JOIN}{_ITEM})*")
_GROUP: Final = re.compile(f"{_ITEM}(?:{_ITEM})*")
_SEVERAL: Final = re.compile(f"(?P<count>[二两三四五])个(?P<digit>{_DIGIT})")
_EXTENSION: Final = re.compile(f"(?:分机号?|转){_DIGIT}{{3,5}}(?!{_DIGIT})")

_MOBILE: Final = re.compile(r"(?:86)?(1[3-9]\d{9})")
_LANDLINE: Final = re.compile(r"(0\d{2,3}[2-9]\d{6,7})")
_LOCAL: Final = re.compile(r"([2-8]\d{6,7})")
_OURS: Final = re.compile(
    r"(?:电话|手机|号码|联系方式|联系我|打给我|座机|回电|拨打|固话|办公室|区号)[^，]{0,6}，?$"
)
_OTHERS: Final = re.compile(
    r"(?:他|她|它|对方|他们|店家|商家|公司|骗子|人家|诈骗|骚扰|陌生|老板|房东|车主|司机|来电|物业|卖家|客服|快递员?)"
    r"(?:们|那边|人)?的?(?:电话|手机|号码|座机|号)[^，]{0,6}，?$|"
    r"(?:身份证|银行卡|卡号|订单|车牌|户号|编号|账号|社保卡|工单|单号|燃气表|电表|水表)[^，]{0,6}，?$"
)
_TAIL: Final = re.compile(
    rf"(?:不对|错了|说错|应该)[^，]{{0,3}}，?(?:是|应该是)?(?:后|最后|后面|末尾|尾号)(?:[两三四五]位|面)?(?:是|应该是)*，?"
    rf"(?P<run>{_RUN.pattern})"
)
_THIS_ONE: Final = re.compile(
    r"(?:就)?(?:打|是|用|按)?(?:我?现在)?(?:这个|来电|本机|打进来的?|打的这个)(?:电话|号码?|手机)(?:就行|就可以|就好|联系|能打通|打来)?|就这个号"
)
_TAIL_NAMED: Final = re.compile(rf"(?:尾号|后四位|最后四位)(?:就?是)?，?(?P<run>{_GROUP.pattern})")
_ANNOUNCED: Final = re.compile(
    r"(?:(?:我的?|本人)?(?:的)?(?:联系)?(?:电话|手机号?码?|号码|联系方式|座机)(?:号码)?(?:就?是)?[，]?)$"
)
_CUE_WINDOW: Final = 14
_GROUPS_TRIED: Final = 8
"""A number has at most as many groups; what is longer is read as several."""


@dataclass(frozen=True, slots=True)
class Number:
    """value: Arabic digits, with "-" before an extension; text[start:end] says it; sure: 0..1, how plainly
    such words are a number."""

    value: str
    start: int
    end: int
    sure: float


@lru_cache(maxsize=256)
def own_number(text: str, answers: tuple[tuple[int, int], ...] = ()) -> Number | None:
    """The telephone number the speaker gives as his own in a normal text.

    Only whole numbers count: a mobile of 11 digits, a landline with its area code, or 7-8 digits after a word
    for telephone or in an answer to a question for it (`answers`: where those stand). A digit lost by the
    recogniser makes it no number at all: better none than a wrong one. Of several the last one wins, for
    people correct themselves; numbers said to be someone else's don't count.
    """
    found: Number | None = None
    for number in own_numbers(text, answers):
        found = number
    return found and _mended(found, text)


def own_numbers(text: str, answers: tuple[tuple[int, int], ...] = ()) -> Iterator[Number]:
    """Every number the speaker gives as his own, in the order of speaking."""
    for run in _RUN.finditer(text):
        groups = [(run.start() + it.start(), run.start() + it.end()) for it in _GROUP.finditer(run.group())]
        at = 0
        while at < len(groups):
            number, used = _longest(text, groups[at : at + _GROUPS_TRIED], answers)
            if number is not None:
                yield number
            at += used


def read_out(text: str) -> tuple[Number, ...]:
    """Every telephone number in an agent's words."""
    return tuple(own_numbers(text, ((0, len(text)),)))


def this_line(text: str, caller_number: str) -> bool:
    """Whether the speaker asks to be called at the number he calls from, or names its tail."""
    tail = _TAIL_NAMED.search(text)
    named = digits(tail["run"]) if tail else ""
    return bool(_THIS_ONE.search(text)) or bool(len(named) > 1 and caller_number.endswith(named))


def without_numbers(text: str) -> str:
    """The text without the speaker's own telephone numbers and the words that announce them."""
    kept, at = [], 0
    for number in own_numbers(text, ((0, len(text)),)):
        announced = _ANNOUNCED.search(text, max(at, number.start - _CUE_WINDOW), number.start)
        kept.append(text[at : announced.start() if announced else number.start])
        at = number.end
    return PAUSE.join((*kept, text[at:]))


def _longest(
    text: str, groups: list[tuple[int, int]], answers: tuple[tuple[int, int], ...]
) -> tuple[Number | None, int]:
    """The number that begins with the first group, if there is one, and how many groups were used up."""
    start = groups[0][0]
    before = text[max(0, start - _CUE_WINDOW) : start]
    if _OTHERS.search(before):
        return None, _run_of(text, groups)
    cued = bool(_OURS.search(before)) or any(first <= start < last for first, last in answers)
    for count in range(len(groups), 0, -1):
        end = groups[count - 1][1]
        value, sure = _telephone(_spelt(text[start:end]), cued=cued)
        if value:
            extension = _EXTENSION.match(text, end)
            tail = f"-{digits(extension.group())}" if extension else ""
            return Number(value + tail, start, extension.end() if extension else end, sure), count
    return None, 1


def _run_of(text: str, groups: list[tuple[int, int]]) -> int:
    """How many groups a foreign number takes: those that make a whole one, else all."""
    for count in range(len(groups), 0, -1):
        if _telephone(_spelt(text[groups[0][0] : groups[count - 1][1]]), cued=True)[0]:
            return count
    return len(groups)


def _mended(number: Number, text: str) -> Number:
    """With its tail as it was set right afterwards."""
    tail = _TAIL.search(text, number.end)
    new = _spelt(tail["run"]) if tail else ""
    if not 2 <= len(new) <= 6:
        return number
    return Number(number.value[: -len(new)] + new, number.start, number.end, number.sure * 0.9)


def _spelt(run: str) -> str:
    """Digits of a run; 三个八 is 888; a number said twice in one breath is one number."""
    whole = digits(_SEVERAL.sub(lambda it: it["digit"] * int(digits(it["count"])), run))
    half = len(whole) // 2
    return whole[:half] if len(whole) == 22 and whole[:half] == whole[half:] else whole


def _telephone(number: str, *, cued: bool) -> tuple[str, float]:
    """The number and how sure it is that it is one."""
    for shape, sure in ((_MOBILE, 0.95), (_LANDLINE, 0.9), *(((_LOCAL, 0.75),) if cued else ())):
        match = shape.fullmatch(number)
        if match:
            return match.group(1), sure
    return "", 0.0
