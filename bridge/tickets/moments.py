"""What date and minute the words for a time mean, reckoned from the moment the call began.

Pure: Beijing time (one zone, no summer time), never a clock. What happened can't lie ahead: words that would
say so mean the day, week or year before, or nothing definite."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from bridge.tickets.numerals import digits, whole

BEIJING: Final = timezone(timedelta(hours=8), "CST")
SLACK: Final = timedelta(minutes=5)
"""People round: 八点半 said at 20:27 is now."""

_DAYS_BACK: Final = {
    "今天": 0, "今日": 0, "今儿": 0, "今儿个": 0, "今早": 0, "今晨": 0, "今晚": 0, "今夜": 0,
    "昨天": 1, "昨日": 1, "昨儿": 1, "昨儿个": 1, "昨晚": 1, "昨夜": 1, "昨早": 1,
    "前天": 2, "前日": 2, "前儿": 2, "前儿个": 2, "前晚": 2, "前夜": 2, "大前天": 3,
}  # fmt: skip
_NOW: Final = frozenset({"刚才", "刚刚", "方才", "刚", "现在", "这会儿"})
_MORNING: Final = frozenset(
    {"凌晨", "清晨", "清早", "大清早", "一大早", "大早上", "早上", "早晨", "早起", "上午", "头午",
     "今早", "今晨", "昨早"}
)  # fmt: skip
_NOON: Final = frozenset({"中午", "晌午"})
_AFTERNOON: Final = frozenset({"下午", "后晌", "午后", "傍晚", "黄昏"})
_NIGHT: Final = frozenset(
    {"晚上", "夜里", "夜间", "晚间", "夜晚", "半夜", "大半夜", "深夜", "后半夜",
     "今晚", "今夜", "昨晚", "昨夜", "前晚", "前夜"}
)  # fmt: skip
_EARLY: Final = 5
"""Hours after midnight that still belong to the night of the day before."""
_SECONDS: Final = {"分钟": 60, "刻钟": 900, "小时": 3600, "钟头": 3600}
_DAYS: Final = {"天": 1, "星期": 7, "礼拜": 7, "周": 7}
_WEEKDAYS: Final = dict(zip("一二三四五六日天末", (0, 1, 2, 3, 4, 5, 6, 6, 5), strict=True))
_FIRST: Final = frozenset("一二两三四五六七八九")
_SECOND: Final = frozenset("二三四五六七八九")
_QUARTERS: Final = {"半": 30, "一刻": 15, "三刻": 45}


@dataclass(frozen=True, slots=True)
class Said:
    """The words for one moment, by what they are; "" where there are none (times.py says how they look)."""

    word: str = ""
    week: str = ""
    weekday: str = ""
    year: str = ""
    month: str = ""
    mday: str = ""
    only: str = ""
    ago: str = ""
    half: str = ""
    unit: str = ""
    before: str = ""
    part: str = ""
    hour: str = ""
    tail: str = ""
    minute: str = ""
    short: str = ""

    @property
    def names_day(self) -> bool:
        """Whether a day is said, or a span back from now."""
        return bool(self.word or self.weekday or self.mday or self.only or self.ago)


def resolve(said: Said, now: datetime, after: Said | None = None) -> str:
    """ISO 8601, to the minute where a clock time is said, else the day; "" where the words don't pin it down.
    now: aware, in Beijing time. after: what a span began with, whose day and part of day its end shares."""
    if said.unit in _SECONDS:
        return _minute(now - timedelta(seconds=_amount(said) * _SECONDS[said.unit])) if _exact(said) else ""
    if said.word in _NOW and not said.hour:
        return _minute(now) if after is None else ""  # 到现在: it goes on
    if after is not None and not said.names_day:
        return _end(said, after, now)
    day = _day(said, now)
    if day is None:
        return ""
    if not said.hour:
        return day.date().isoformat() if said.names_day and day <= now + SLACK else ""
    return _at(said, day, now)


def _at(said: Said, day: datetime, now: datetime) -> str:
    times = [day.replace(hour=0, minute=0) + timedelta(minutes=minutes) for minutes in _clock(said)]
    past = [time for time in times if time <= now + SLACK]
    if not said.names_day and not said.part and whole(said.hour) == 12:
        return ""
    if not past and not said.names_day:  # 晚上八点, said in the morning: yesterday's
        past = [time - timedelta(days=1) for time in times]
    if said.word in _NOW:
        past = past[-1:]
    if len(past) == 1:
        return _minute(past[0])
    return day.date().isoformat() if past and said.names_day else ""


def _end(said: Said, after: Said, now: datetime) -> str:
    """The end of a span whose day is its beginning's: 昨天晚上十点到十二点, 上午九点到下午三点."""
    began = resolve(after, now)
    if not began or not said.hour or len(began) <= len("2026-01-01"):
        return ""
    start = datetime.fromisoformat(began)
    midnight = start.replace(hour=0, minute=0)
    part = said.part or after.part or (after.word if after.word in _MORNING | _NIGHT else "")
    minutes = _clock(Said(hour=said.hour, tail=said.tail, minute=said.minute, short=said.short, part=part))
    times = [midnight + timedelta(minutes=each) for each in (*minutes, *(each + 1440 for each in minutes))]
    later = [time for time in times if start < time <= now + SLACK]
    return _minute(later[0]) if later else ""


def _day(said: Said, now: datetime) -> datetime | None:
    """Midnight-agnostic: some time on that day; None where no day is known."""
    if said.unit:
        return now - timedelta(days=_amount(said) * _DAYS[said.unit]) if _in_days(said) else None
    if said.month or said.only:
        return _calendar_day(said, now)
    if said.weekday:
        return _weekday(said, now)
    if said.word in _DAYS_BACK:
        return now - timedelta(days=_DAYS_BACK[said.word])
    return now if said.word in _NOW or (not said.word and said.hour) else None


def _in_days(said: Said) -> bool:
    return said.unit in _DAYS and _exact(said)


def _exact(said: Said) -> bool:
    return said.ago == "半" or whole(said.ago) >= 0


def _weekday(said: Said, now: datetime) -> datetime | None:
    weekday = _WEEKDAYS[said.weekday[-1]]
    day = now + timedelta(days=weekday - now.weekday())
    if said.week.startswith("上"):
        return day - timedelta(weeks=said.week.count("上"))
    if day.date() <= now.date():
        return day
    return None if said.week else day - timedelta(weeks=1)  # 这周五, said on Monday, has not been yet


def _calendar_day(said: Said, now: datetime) -> datetime | None:
    """The last such day: this year's, or last year's if this year's has not come yet; 二十八号 likewise."""
    mday = whole(said.mday or said.only)
    if said.only or said.month in {"这", "这个", "本"}:
        months = [0] if said.month else [0, 1]
        dates = [_date(*_month_back(now, back), mday, now) for back in months]
    elif said.month.startswith("上"):
        dates = [_date(*_month_back(now, 1), mday, now)]
    else:
        dates = [_date(year, whole(said.month), mday, now) for year in _years(said.year, now)]
    return next((date for date in dates if date is not None and date.date() <= now.date()), None)


def _years(said: str, now: datetime) -> tuple[int, ...]:
    back = {"今年": 0, "去年": 1, "前年": 2}.get(said)
    if back is not None:
        return (now.year - back,)
    return (int(digits(said)),) if len(digits(said)) == 4 else (now.year, now.year - 1)


def _month_back(now: datetime, months: int) -> tuple[int, int]:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return year, month + 1


def _date(year: int, month: int, mday: int, now: datetime) -> datetime | None:
    try:
        return now.replace(year=year, month=month, day=mday)
    except ValueError:
        return None


def _clock(said: Said) -> list[int]:
    """Minutes since the day's midnight, above 1440 for the small hours of its night; two values where morning
    and evening can't be told apart."""
    about = len(said.hour) == 2 and said.hour[0] in _FIRST and said.hour[1] in _SECOND  # 两三点
    hour, part = whole(said.hour[0] if about else said.hour), said.part or said.word
    return [60 * each + _minutes(said) - _short(said) for each in _hours(hour, part, said)]


def _hours(hour: int, part: str, said: Said) -> tuple[int, ...]:
    noon = 12
    if part in _MORNING:
        return (0,) if hour == noon and part == "凌晨" else (hour,)
    if part in _NOON:
        return (hour + noon,) if hour < 4 else (hour,)
    if part in _AFTERNOON:
        return (hour + noon,) if hour < noon else (hour,)
    if part in _NIGHT:
        return _at_night(hour, part, said)
    return (hour,) if hour > noon or hour == 0 else (hour % noon, hour % noon + noon)


def _at_night(hour: int, part: str, said: Said) -> tuple[int, ...]:
    """昨天夜里两点 is today's: the night is called after the day it began. 夜里两点 alone is this night's."""
    noon = 12
    if hour > noon:
        return (hour,)
    before_today = said.word not in {"", "今天", "今日", "今儿", *_NOW}
    if hour == noon or hour <= _EARLY:
        return (hour % noon + (24 if before_today or part in {"今晚", "今夜"} else 0),)
    return (hour + noon,)


def _minutes(said: Said) -> int:
    tail = said.tail.lstrip("过")
    if tail in _QUARTERS:
        return _QUARTERS[tail]
    return max(whole((said.minute or tail.removesuffix("分")).lstrip("零")), 0)


def _short(said: Said) -> int:
    """差十分八点."""
    return _QUARTERS.get(said.short, 0) or max(whole(said.short.removesuffix("分")), 0)


def _amount(said: Said) -> float:
    amount = 0.5 if said.ago == "半" else float(max(whole(said.ago), 0))
    return amount + (0.5 if said.half else 0)


def _minute(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="minutes")
