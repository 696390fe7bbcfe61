"""Periods of whole days, on the clock of the house's zone; and the period before, to compare with.

Pure. A day is its ordinal (date.toordinal); an hour is counted in whole hours since 1970, in UTC. Zones whose
offset is no whole number of hours have their days begin with the hour in which midnight is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from bridge.errors import BadRequest

LONGEST: Final = 3660
"""Days: ten years."""
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Period:
    """Days `first` to `last`, both included. since: when the period before begins, None: it is as long."""

    first: int
    last: int
    since: int | None = None

    @property
    def days(self) -> int:
        """How many."""
        return self.last - self.first + 1

    @property
    def before(self) -> Period:
        """The one right before, to compare with."""
        return Period(self.first - self.days if self.since is None else self.since, self.first - 1)


def hour_of(at: datetime) -> int:
    """The hour an aware time is in."""
    return int(at.timestamp() // _HOUR)


def day_of(at: datetime, zone: tzinfo) -> int:
    """The day it is there."""
    return at.astimezone(zone).toordinal()


def hours_of(period: Period, zone: tzinfo) -> range:
    """The hours of a period."""
    return range(hour_of(_midnight(period.first, zone)), hour_of(_midnight(period.last + 1, zone)))


def day_of_hour(hour: int, zone: tzinfo) -> int:
    """The day an hour belongs to: `hours_of` of that day has it."""
    day = _moment(hour).astimezone(zone).toordinal()
    return day + 1 if hour >= hours_of(Period(day, day), zone).stop else day


def hour_text(hour: int, zone: tzinfo) -> str:
    """An hour as people and programs read it: when it begins, with the offset."""
    return _moment(hour).astimezone(zone).isoformat(timespec="minutes")


def hour_of_day(hour: int, zone: tzinfo) -> int:
    """0 to 23."""
    return _moment(hour).astimezone(zone).hour


def day_text(day: int) -> str:
    """A day as people and programs read it."""
    return date.fromordinal(day).isoformat()


def ends_of(period: Period, zone: tzinfo) -> tuple[datetime, datetime]:
    """When it begins, and when it is over."""
    return _midnight(period.first, zone), _midnight(period.last + 1, zone)


def period_of(since: datetime | None, until: datetime | None, now: datetime, zone: tzinfo) -> Period:
    """The whole days that have something of [since, until) in them; without an end until now, without a
    beginning the 30 days up to the end. Raises BadRequest for times without a zone, an end that is not after
    the beginning, and periods longer than ten years."""
    if any(at is not None and at.utcoffset() is None for at in (since, until)):
        raise BadRequest("时间要带时区，如 2026-03-01T00:00:00+08:00")
    if since is not None and until is not None and until <= since:
        raise BadRequest("to 要晚于 from")
    try:
        last = day_of((until or now) - timedelta(microseconds=1), zone)
        period = Period(last - 29 if since is None else day_of(since, zone), last)
        if period.days > LONGEST or period.days < 1:
            raise BadRequest(f"一次最多统计 {LONGEST} 天，从 from 到 to（默认现在）")
        hours_of(period.before, zone)
        ends_of(period, zone)
    except (OverflowError, ValueError) as wrong:
        raise BadRequest("没有这样的日期") from wrong
    return period


def month_of(month: str, now: datetime, zone: tzinfo) -> Period:
    """A calendar month ("2026-03"), to be compared with the month before, however long that was. Raises
    BadRequest for one that has not begun, and for what is no month."""
    year, _, number = month.partition("-")
    try:
        first = date(int(year), int(number), 1)
        after = (first + timedelta(days=31)).replace(day=1)
        since = (first - timedelta(days=1)).replace(day=1)
    except (OverflowError, ValueError) as wrong:
        raise BadRequest("month 写年和月，如 2026-03") from wrong
    if first.toordinal() > day_of(now, zone):
        raise BadRequest(f"{month} 还没有到")
    return Period(first.toordinal(), after.toordinal() - 1, since.toordinal())


def _midnight(day: int, zone: tzinfo) -> datetime:
    return datetime.combine(date.fromordinal(day), time(), zone)


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * _HOUR, UTC)
