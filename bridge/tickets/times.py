"""事发时间: the moment a caller names, as said and, where the words pin it down, as a date.

Pure. Dates are reckoned from the moment the call began, in Beijing time (one zone, no summer time), never
from a clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from bridge.tickets.spoken import PAUSE

BEIJING: Final = timezone(timedelta(hours=8), "CST")

_NUMBER: Final = r"[零〇一二两三四五六七八九十百0-9]{1,4}"
_DAY: Final = (
    r"刚才|刚刚|方才|现在|今天|今早|今晚|今夜|昨天|昨日|昨晚|昨夜|大前天|前天|前晚|前几天|这几天|这两天|近几天"
    r"|最近|明天|后天"
    r"|每天|每晚|天天|上个?(?:周|星期|礼拜)[一二三四五六日天]?|这?(?:周|星期|礼拜)[一二三四五六日天]|上个月"
    rf"|(?P<month>{_NUMBER})月(?P<mday>{_NUMBER})[日号]"
    rf"|(?P<ago>半|{_NUMBER})个?半?多?(?P<unit>分钟|小时|钟头|天|星期|月|年)(?:以|之)?前"
)
_PART: Final = "凌晨|清晨|清早|大清早|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|夜间|半夜|深夜"
_UNIT: Final = "[一二三四五六七八九]"
_TAIL: Final = rf"钟|整|半|一刻|三刻|(?P<minute>[二三四五]?十{_UNIT}?|零{_UNIT}|[0-5][0-9])分?|{_UNIT}分"
_CLOCK: Final = rf"(?P<hour>{_NUMBER})点(?P<tail>{_TAIL})?多?(?:左右|前后)?"
_MOMENT: Final = re.compile(
    rf"(?P<day>{_DAY})?{PAUSE}?(?P<part>{_PART})?(?:大概|大约|差不多|是)?(?P<clock>{_CLOCK})?(?<!，)"
)
# 一点 is "a little" and 两点 is "two points": alone they are no time of day.
_NO_CLOCK_BEFORE: Final = re.compile(r"[快早晚有差慢多少大小好高低近远来这提说第]$")
_NO_CLOCK_AFTER: Final = re.compile(r"[意建要问也儿都零一二三四五六七八九]")
_VAGUE: Final = frozenset({"现在", "最近", "每天", "每晚", "天天", "这几天", "这两天", "近几天"})
_FUTURE: Final = frozenset({"明天", "后天"})
_DAYS_BACK: Final = {
    "今天": 0, "今早": 0, "今晚": 0, "今夜": 0, "昨天": 1, "昨日": 1, "昨晚": 1, "昨夜": 1,
    "前天": 2, "前晚": 2, "大前天": 3,
}  # fmt: skip
_NOW: Final = frozenset({"刚才", "刚刚", "方才", "现在"})
_AFTERNOON: Final = frozenset(
    {"下午", "傍晚", "晚上", "夜里", "夜间", "今晚", "昨晚", "前晚", "今夜", "昨夜"}
)
_MORNING: Final = frozenset({"凌晨", "清晨", "清早", "大清早", "早上", "早晨", "上午", "今早"})
_SECONDS: Final = {"分钟": 60, "小时": 3600, "钟头": 3600}
_VALUES: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


@dataclass(frozen=True, slots=True)
class Moment:
    """`said`: the caller's words. `resolved`: ISO 8601 minute or day in Beijing time, "" if they don't pin
    it down.
    """

    said: str
    resolved: str


@lru_cache(maxsize=256)
def moment_in(text: str, said_at: datetime | None) -> Moment | None:
    """The most definite moment named in a normal text, the first among equals; None if there is none.

    said_at: when it was said (aware), which 昨天 and 刚才 count from; without it nothing is resolved.
    """
    best: re.Match[str] | None = None
    for match in _MOMENT.finditer(text):
        if match.group() and _is_time(match, text) and (best is None or _weight(match) > _weight(best)):
            best = match
    if best is None or not _weight(best):
        return None
    resolved = "" if said_at is None else _resolve(best, said_at.astimezone(BEIJING))
    return Moment(best.group().replace(PAUSE, ""), resolved)


def number(spoken: str) -> int:
    """A whole number below 1000 in Hanzi or digits ("二十六" -> 26, "一百零五" -> 105); -1 if it is none."""
    if spoken.isascii() and spoken.isdigit():
        return int(spoken)
    total, value = 0, -1
    for char in spoken:
        if char in _VALUES:
            value = _VALUES[char]
        elif char in "十百":
            total, value = total + (1 if value < 0 else value) * (10 if char == "十" else 100), 0
        else:
            return -1
    return -1 if not spoken else total + max(value, 0)


def _is_time(match: re.Match[str], text: str) -> bool:
    if not match.group("clock"):
        return bool(match.group("day") or match.group("part"))
    if not 0 <= number(match.group("hour")) <= 24:
        return False
    if match.group("day") or match.group("part") or match.group("tail"):
        return True
    before, after = text[: match.start()], text[match.end() :]
    return (
        not (_NO_CLOCK_BEFORE.search(before) or _NO_CLOCK_AFTER.match(after)) and match.group("hour") != "一"
    )


def _weight(match: re.Match[str]) -> int:
    day = match.group("day")
    if day in _FUTURE:
        return 0
    known = 0 if not day else 1 if day in _VAGUE else 2
    return 3 * bool(match.group("clock")) + known + bool(match.group("part"))


def _resolve(match: re.Match[str], now: datetime) -> str:
    day, unit = match.group("day") or "", match.group("unit")
    if unit in _SECONDS:
        return _minute(now - timedelta(seconds=_amount(match.group("ago")) * _SECONDS[unit]))
    if day in _NOW and not match.group("clock"):
        return _minute(now)
    date = _date(match, now)
    hour = _hour(match)
    if date is None or hour is None:
        return "" if date is None or not day else date.date().isoformat()
    minute = _minutes(match)
    return _minute(date.replace(hour=0, minute=0) + timedelta(hours=hour, minutes=minute))


def _date(match: re.Match[str], now: datetime) -> datetime | None:
    day = match.group("day") or ""
    if match.group("unit") == "天":
        return now - timedelta(days=_amount(match.group("ago")))
    if match.group("month"):
        return _calendar_day(number(match.group("month")), number(match.group("mday")), now)
    if not day and match.group("clock"):
        return now
    return now - timedelta(days=_DAYS_BACK[day]) if day in _DAYS_BACK else now if day in _NOW else None


def _calendar_day(month: int, mday: int, now: datetime) -> datetime | None:
    """This year's, or last year's if this year's has not come yet."""
    for year in (now.year, now.year - 1):
        try:
            date = now.replace(year=year, month=month, day=mday)
        except ValueError:
            continue
        if date <= now + timedelta(days=1):
            return date
    return None


def _hour(match: re.Match[str]) -> int | None:
    """0..24; None where morning and evening can't be told apart."""
    if not match.group("clock"):
        return None
    hour, part = number(match.group("hour")), match.group("part") or match.group("day") or ""
    if hour > 12 or part in _MORNING:
        return hour
    if part in _AFTERNOON:
        return hour + 12
    return hour + 12 * (hour < 4) if part == "中午" else None


def _minutes(match: re.Match[str]) -> int:
    tail = match.group("tail") or ""
    if tail in ("半", "一刻", "三刻"):
        return {"半": 30, "一刻": 15, "三刻": 45}[tail]
    return max(number((match.group("minute") or tail.removesuffix("分")).lstrip("零")), 0)


def _amount(spoken: str) -> float:
    return 0.5 if spoken == "半" else max(number(spoken), 0)


def _minute(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="minutes")
