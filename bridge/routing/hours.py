"""When a route serves: days and times of day, on the clock of the calendar's zone, holidays among them.

Pure: the time comes in, the zone is a value. A span that ends before it begins goes past midnight and belongs
to the day it began on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAY: Final = "workday"
"""Monday to Friday without the holidays, and the weekend days that were made workdays for one (调休)."""
DAY_OFF: Final = "dayoff"
"""Every day that is no workday."""
LONGEST_RANGE: Final = 366
"""Days in a range of dates: more is a slip of the pen."""
DAY_MINUTES: Final = 24 * 60

Span = tuple[int, int]
"""Minutes since midnight, the first included, the last not."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The zone whose clock counts, days off beside the weekends, weekend days that are worked."""

    zone: tzinfo
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether offices are open on that day."""
        return day in self.workdays or (day.isoweekday() <= 5 and day not in self.holidays)


@dataclass(frozen=True, slots=True)
class Hours:
    """`days`: names of DAYS, WORKDAY, DAY_OFF (empty: every day). `text`: as people read it."""

    calendar: Calendar
    days: frozenset[str]
    spans: tuple[Span, ...]
    text: str

    def serve(self, when: datetime) -> bool:
        """Whether the route serves at `when` (aware)."""
        local = when.astimezone(self.calendar.zone)
        minute, today = local.hour * 60 + local.minute, local.date()
        return any(self._within(span, minute, today) for span in self.spans)

    def _within(self, span: Span, minute: int, today: date) -> bool:
        first, last = span
        if first < last:
            return first <= minute < last and self.on(today)
        evening = minute >= first and self.on(today)
        return evening or (minute < last and self.on(today - timedelta(days=1)))

    def on(self, day: date) -> bool:
        """Whether that day is one of `days`."""
        kind = WORKDAY if self.calendar.works(day) else DAY_OFF
        return not self.days or kind in self.days or DAYS[day.weekday()] in self.days


def read_days(texts: Iterable[str]) -> frozenset[str]:
    """`mon`, `mon-fri`, `workday`, `dayoff`. Raises ValueError saying, in Chinese, what to write."""
    return frozenset(day for text in texts for day in _days(text))


def _days(text: str) -> tuple[str, ...]:
    if text in {WORKDAY, DAY_OFF}:
        return (text,)
    first, dash, last = text.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        known = f"{WORKDAY}（工作日）、{DAY_OFF}（休息日）、{'、'.join(DAYS)}，或 mon-fri 这样的范围"
        raise ValueError(f"“{text}”不是日子，可以写：{known}")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    return DAYS[begin : end + 1] if begin <= end else DAYS[begin:] + DAYS[: end + 1]


def read_span(text: str) -> Span:
    """`08:30-17:30`, `22:00-06:00` (past midnight). Raises ValueError saying, in Chinese, what to write."""
    found = re.fullmatch(r"([0-2]?\d):([0-5]\d)-([0-2]?\d):([0-5]\d)", text)
    first, last = (
        (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    )
    if not found or first == last or first >= DAY_MINUTES or last > DAY_MINUTES:
        raise ValueError(f"“{text}”不是时段，应像 08:30-17:30；过夜写 22:00-06:00，全天写 00:00-24:00")
    return first, last


def read_dates(texts: Iterable[str]) -> frozenset[date]:
    """`2026-10-01`, or `2026-10-01/2026-10-07` with both ends. Raises ValueError, in Chinese."""
    return frozenset(day for text in texts for day in _dates(text))


def _dates(text: str) -> tuple[date, ...]:
    try:
        ends = [date.fromisoformat(part) for part in text.split("/", 1)]
    except ValueError:
        raise ValueError(f"“{text}”不是日期，应像 2026-10-01，一段写 2026-10-01/2026-10-07") from None
    days = (ends[-1] - ends[0]).days
    if not 0 <= days < LONGEST_RANGE:
        raise ValueError(f"日期范围“{text}”不对，应从早到晚，不超过 {LONGEST_RANGE} 天")
    return tuple(ends[0] + timedelta(days=turn) for turn in range(days + 1))
