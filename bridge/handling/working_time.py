"""Time that passes in working hours only: when so much of it is over, and how much of it lies between.

Pure. Days are counted as the Civil Code does (民法典第二百零一、二百零三条): the first day does not count,
and the last one ends when the office closes. All arithmetic is in UTC, so a day on which clocks are changed
has as many hours as it really has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from bridge.handling.amounts import Amount
from bridge.routing.hours import DAY_MINUTES, Hours

LONGEST: Final = timedelta(days=3660)
"""What is counted day by day: of a longer time, as only a wrong clock makes it, so much."""

Interval = tuple[datetime, datetime]

_DAY: Final = timedelta(days=1)
CACHED_DAYS: Final = 4096
"""Working days worked out and kept: a dozen kinds of hours for a year."""


def due(hours: Hours, start: datetime, amount: Amount) -> datetime:
    """The moment (UTC) at which `amount` from `start` (aware) is over: the earliest by which it has passed.
    Raises OverflowError past the year 9999."""
    seconds = amount.seconds
    if seconds is None:
        return _closing(hours, _last_day(hours, _local(hours, start), amount))
    return ahead(hours if amount.working else None, start, seconds)


def ahead(hours: Hours | None, start: datetime, seconds: float) -> datetime:
    """The earliest moment (UTC) with `seconds` of working time between `start` and it; hours None: of any
    time. seconds: not negative."""
    begin, left = start.astimezone(UTC), timedelta(seconds=seconds)
    if hours is None or not left:
        return begin + left
    for first, last in _from(hours, begin):
        if last - first >= left:
            return first + left
        left -= last - first
    raise OverflowError("no working time is left in the calendar")


def behind(hours: Hours | None, end: datetime, seconds: float) -> datetime:
    """A moment (UTC) from which `seconds` of working time pass until `end`; hours None: of any time. seconds:
    not negative. Raises OverflowError before the year 1."""
    back = max(timedelta(seconds=seconds), _DAY)
    while (total := elapsed(hours, end - back, end)) < seconds:
        back *= 2
    return ahead(hours, end - back, total - seconds)


def elapsed(hours: Hours | None, start: datetime, end: datetime) -> float:
    """Seconds of working time between two aware moments, negative if `end` comes first; hours None: all
    seconds. Of more than LONGEST, what its beginning has."""
    if end < start:
        return -elapsed(hours, end, start)
    begin, until = start.astimezone(UTC), end.astimezone(UTC)
    if hours is None:
        return (until - begin).total_seconds()
    total, until = timedelta(), begin + min(until - begin, LONGEST)
    for first, last in _from(hours, begin):
        if first >= until:
            break
        total += min(last, until) - first
    return total.total_seconds()


def works_at(hours: Hours, moment: datetime) -> bool:
    """Whether `moment` lies in working hours or ends them."""
    when = moment.astimezone(UTC)
    return any(first <= when <= last for first, last in _around(hours, _local(hours, when)))


def workday_seconds(hours: Hours) -> int:
    """Working seconds of an ordinary day."""
    return 60 * sum((last - first) % DAY_MINUTES or DAY_MINUTES for first, last in hours.spans)


def _last_day(hours: Hours, day: date, amount: Amount) -> date:
    if not amount.working:
        day += amount.count * _DAY
        while not hours.on(day):
            day += _DAY
        return day
    left = amount.count
    while left:
        day += _DAY
        left -= hours.on(day)
    return day


def _closing(hours: Hours, day: date) -> datetime:
    return max(last for _, last in _working(hours, day))


def _from(hours: Hours, start: datetime) -> Iterator[Interval]:
    """The pieces of working time after `start`, in order, none twice; for ever."""
    # A night shift of the day before may still be at work.
    day, over = _local(hours, start) - _DAY, start
    while True:
        for first, last in _working(hours, day):
            begin = max(first, over)
            if last > begin:  # where clocks jump, a piece may be shorter than it looks, or nothing
                yield begin, last
                over = last
        day += _DAY


def _around(hours: Hours, day: date) -> tuple[Interval, ...]:
    return (*_working(hours, day - _DAY), *_working(hours, day))


@lru_cache(CACHED_DAYS)
def _working(hours: Hours, day: date) -> tuple[Interval, ...]:
    """The working time that begins on that day, in UTC, in order."""
    if not hours.on(day):
        return ()
    spans = ((first, last if last > first else last + DAY_MINUTES) for first, last in hours.spans)
    return tuple(sorted((_moment(hours, day, first), _moment(hours, day, last)) for first, last in spans))


def _moment(hours: Hours, day: date, minute: int) -> datetime:
    """So many minutes past midnight, as the clock on the wall says it."""
    days, rest = divmod(minute, DAY_MINUTES)
    wall = datetime.combine(day + days * _DAY, time(*divmod(rest, 60)), hours.calendar.zone)
    return wall.astimezone(UTC)


def _local(hours: Hours, moment: datetime) -> date:
    return moment.astimezone(hours.calendar.zone).date()
