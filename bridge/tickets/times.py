"""事发时间: the moment or span of time a caller names, in his words.

Pure. Finds the words and picks the most definite; what date they mean is moments.py's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from bridge.tickets.moments import BEIJING, Said, resolve
from bridge.tickets.numerals import whole
from bridge.tickets.spoken import PAUSE

_DIGITS: Final = "零〇一二两三四五六七八九十百0-9"
_NUMBER: Final = f"[{_DIGITS}]{{1,4}}"
_WEEK: Final = "(?:周|星期|礼拜)"
_AMOUNT: Final = (
    rf"(?P<@ago>半|好几|十几|几|{_NUMBER})(?:来|多)?个?(?P<@half>半)?多?"
    r"(?P<@unit>分钟|刻钟|小时|钟头|天|星期|礼拜|周|月|年)"
)
_DAY: Final = (
    r"(?P<@word>刚刚|刚才|方才|刚(?=在|从|发|打|看|被|有|到|出)|现在(?!住)|这会儿|今天|今日|今儿个?|今早|今晨|今晚|今夜"
    r"|大前天|昨天|昨日|昨儿个?|昨晚|昨夜|昨早|前天|前日|前儿个?|前晚|前夜|前几天|前两天|前些天|前阵子|前段时间"
    r"|这几天|这两天|近几天|最近|近期|这段时间|明天|后天|每天|每晚|每周|天天|上个月(?!份?[零一二三四五六七八九十]+[日号])|下个月)"
    rf"|(?P<@week>上上个?|上个?|这个?|本|下个?)?(?P<@weekday>{_WEEK}[一二三四五六日天末])"
    rf"|(?P<@year>今年|去年|前年|[二2][零〇0]{_NUMBER}年)?(?:的)?(?P<@month>{_NUMBER}|上个?|这个?|本)月份?"
    rf"(?P<@mday>{_NUMBER})[日号]"
    rf"|(?P<@only>{_NUMBER})[日号](?=的?(?:凌晨|早|上午|中午|下午|傍晚|晚|夜|那天|当天|开始|就|办|买|交|发生))"
    rf"|{_AMOUNT}(?:左右)?(?P<@before>(?:以|之)?前(?!面|边|台|后|天|任|门)|多?了(?!一|两|三|几|个))"
)
_PART: Final = (
    "大清早|一大早|大早上|清晨|清早|凌晨|早上|早晨|早起|上午|头午|中午|晌午|午后|下午|后晌|傍晚|黄昏"
    "|大半夜|后半夜|半夜|深夜|夜里|夜间|夜晚|晚间|晚上"
)
_UNIT: Final = "[一二三四五六七八九]"
_TAIL: Final = (
    rf"钟|整|半|一刻|三刻|过?(?P<@minute>[二三四五]?十{_UNIT}?|零{_UNIT}|[0-5][0-9])分?|过?{_UNIT}分"
)
_CLOCK: Final = (
    rf"(?:差(?P<@short>一刻|{_NUMBER}分?)钟?)?(?P<@hour>{_NUMBER})点(?P<@tail>{_TAIL})?(?:来|多)?钟?多?"
    "(?:左右|前后|的时候|那会儿)?"
)
_ABOUT: Final = "的|大概|大约|差不多|可能|应该|是|也就"
_ONE: Final = (
    rf"(?P<@day>{_DAY})?(?:的|，)?(?:{_ABOUT})?(?P<@part>{_PART})?"
    rf"(?:{_ABOUT}){{0,2}}(?P<@clock>{_CLOCK})?(?<![，的是])"
)


def _form(prefix: str) -> str:
    return _ONE.replace("@", prefix)


_TO: Final = "(?:一直)?(?:到|至)了?"
_BEGINS: Final = (
    f"(?=[{_DIGITS}刚方现这今昨大前最近明后每天上下本周星礼半好几去早清凌午中晌傍黄夜深晚差]|一[大直])"
)
"""What any of it begins with: passes over what is no time quickly."""
_MOMENT: Final = re.compile(_BEGINS + _form(""))
_SPAN: Final = re.compile(f"(?:{_TO})(?=[^，]{{2}}){_form('z')}")
# 一点 is "a little" and 两点 is "two points": alone they are no time of day.
_NO_CLOCK_BEFORE: Final = re.compile(r"[快早晚有差慢多少大小好高低近远来这提说第]$")
_NO_CLOCK_AFTER: Final = re.compile(r"[意建要问也儿都零一二三四五六七八九]")
_NO_DAY_BEFORE: Final = re.compile(r"(?:等|用|花|限|需要|至少|最多|还有|再|过|超过|连续|请|休|住|干)$")
# What a time like this is for lies ahead: it is an appointment.
_AHEAD_AFTER: Final = re.compile(
    rf"(?:以前|之前|前)?[{PAUSE}]?(?:给我|给个|请你?们?|再(?:打|来|说)|你们?来|来修|上门|回电|回复|必须|要求|准备|打算|能不能|上班[吗么]|营业|开门|办公|放假)"
)
_AHEAD_BEFORE: Final = re.compile(
    r"(?:等到|预约|约在|约好|希望|能不能|麻烦|请你?们?|最晚|打算|准备|定在|改到|到|至)$"
)
_VAGUE: Final = frozenset(
    {
        *("现在", "这会儿", "最近", "近期", "每天", "每晚", "每周", "天天", "这几天", "这两天", "近几天"),
        *("这段时间", "前段时间", "前阵子", "上个月"),
    }
)
_PARTS_OF_DAY: Final = frozenset("晚夜早晨")
"""昨晚, 今早: words for a day that name a part of it too."""
_FUTURE: Final = frozenset({"明天", "后天", "下个月"})
_CORRECTED: Final = re.compile(rf"(?:不对|说错了|错了|记错了)[{PAUSE}]?(?:应该)?(?:是)?$")


@dataclass(frozen=True, slots=True)
class Moment:
    """`said`: the caller's words, text[start:end]. `resolved`: ISO 8601 minute or day in Beijing time, "" if
    they don't pin it down; `until`: the end of a span, likewise. `sure`: 0..1, how definite the words are."""

    said: str
    resolved: str
    until: str
    start: int
    end: int
    sure: float


@lru_cache(maxsize=256)
def moment_in(
    text: str, said_at: datetime | None, answers: tuple[tuple[int, int], ...] = ()
) -> Moment | None:
    """The most definite moment named in a normal text, the first among equals; None if there is none.

    said_at: when it was said (aware), which 昨天 and 刚才 count from; without it nothing is resolved.
    answers: where answers to a question for the time stand; they count more."""
    now = said_at.astimezone(BEIJING) if said_at else None
    best: tuple[float, re.Match[str]] | None = None
    for match in _MOMENT.finditer(text):
        weight = _weight(match, text) if match.group() else 0
        if weight and any(first <= match.start() < last for first, last in answers):
            weight += 1.5
        if weight and (best is None or weight > best[0]):
            best = (weight, match)
    return None if best is None else _moment(best[1], best[0], text, now)


def _moment(match: re.Match[str], weight: float, text: str, now: datetime | None) -> Moment:
    start, until, end = _said(match, ""), "", match.end()
    span = _SPAN.match(text, end)
    if span is not None and (span["zclock"] or span["zday"]) and _is_time(span, text, "z"):
        end = span.end()
        until = resolve(_said(span, "z"), now, after=start) if now else ""
    resolved = resolve(start, now) if now else ""
    words = text[match.start() : end].strip(f"{PAUSE}的是").replace(PAUSE, "")
    until = until if resolved and until > resolved else ""
    return Moment(words, resolved, until, match.start(), end, _sure(weight, resolved))


def _said(match: re.Match[str], prefix: str) -> Said:
    names = ("word", "week", "weekday", "year", "month", "mday", "only", "ago", "half", "unit", "before")
    parts = {name: match[prefix + name] or "" for name in (*names, "part", "hour", "tail", "minute", "short")}
    return Said(**parts)


def _is_time(match: re.Match[str], text: str, prefix: str = "") -> bool:
    if not match[prefix + "clock"]:
        return bool(match[prefix + "day"] or match[prefix + "part"])
    if not 0 <= whole(match[prefix + "hour"]) <= 24:
        return False
    if match[prefix + "day"] or match[prefix + "part"] or match[prefix + "tail"] or prefix:
        return True
    before, after = text[max(0, match.start() - 4) : match.start()], text[match.end() : match.end() + 2]
    if _NO_CLOCK_BEFORE.search(before) or _NO_CLOCK_AFTER.match(after):
        return False
    return match["hour"] != "一" or match.group()[-1] in "钟右后"


def _weight(match: re.Match[str], text: str) -> float:
    """0: no time of what happened."""
    if not _is_time(match, text) or match["word"] in _FUTURE or (match["week"] or "").startswith("下"):
        return 0
    before = text[max(0, match.start() - 6) : match.start()]
    if _AHEAD_AFTER.match(text, match.end()) or _AHEAD_BEFORE.search(before):
        return 0
    known = 0.0
    if match["day"]:
        lasting = (match["before"] or "").endswith("了")
        known = 1 if match["word"] in _VAGUE or lasting else 2
        known += 0.25 if match["unit"] in {"分钟", "小时", "钟头"} and not lasting else 0
        if match["ago"] and _NO_DAY_BEFORE.search(before):
            return 0
    corrected = 2 if _CORRECTED.search(before) else 0
    part = bool(match["part"]) or (match["word"] or "-")[-1] in _PARTS_OF_DAY
    return 3 * bool(match["clock"]) + known + part + corrected


def _sure(weight: float, resolved: str) -> float:
    """Clock and day are plain; a part of the day or 最近 says little."""
    return min(0.95, 0.4 + 0.08 * weight + (0.15 if resolved else 0))
