"""Days and times of day: zones, midnight, holidays, days made workdays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.hours import DAYS, Calendar, Hours, read_dates, read_days, read_span

LIAOCHENG = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(LIAOCHENG, read_dates(["2026-10-01/2026-10-07"]), frozenset({date(2026, 10, 10)}))


def hours(days: list[str], *spans: str) -> Hours:
    return Hours(CALENDAR, read_days(days), tuple(read_span(span) for span in spans), "")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LIAOCHENG)


@pytest.mark.parametrize(
    ("days", "spans", "when", "serves"),
    [
        (["workday"], ["08:30-17:30"], "2026-03-02T08:30", True),  # a Monday
        (["workday"], ["08:30-17:30"], "2026-03-02T08:29", False),
        (["workday"], ["08:30-17:30"], "2026-03-02T17:30", False),
        (["workday"], ["08:30-12:00", "13:30-17:30"], "2026-03-02T12:30", False),
        (["workday"], ["08:30-17:30"], "2026-10-01T10:00", False),  # a Thursday, a holiday
        (["workday"], ["08:30-17:30"], "2026-10-10T10:00", True),  # a Saturday, worked
        (["dayoff"], ["08:30-17:30"], "2026-10-01T10:00", True),
        (["dayoff"], ["08:30-17:30"], "2026-10-10T10:00", False),
        (["mon-fri"], ["00:00-24:00"], "2026-10-01T10:00", True),  # days by name know no holidays
        (["sat-mon"], ["00:00-24:00"], "2026-03-01T23:59", True),
        (["sat-mon"], ["00:00-24:00"], "2026-03-03T00:00", False),
        ([], ["22:00-06:00"], "2026-03-02T23:00", True),
        ([], ["22:00-06:00"], "2026-03-02T05:59", True),
        ([], ["22:00-06:00"], "2026-03-02T06:00", False),
        (["fri"], ["22:00-06:00"], "2026-03-07T05:00", True),  # Saturday morning is Friday's night
        (["fri"], ["22:00-06:00"], "2026-03-06T05:00", False),
    ],
)
def test_when_it_serves(days: list[str], spans: list[str], when: str, serves: bool) -> None:
    assert hours(days, *spans).serve(at(when)) is serves


def test_the_zone_is_the_calendars_whatever_the_moment_is_written_in() -> None:
    office = hours(["workday"], "08:30-17:30")
    moment = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)  # 08:30 in Liaocheng
    assert office.serve(moment)
    assert office.serve(moment.astimezone(ZoneInfo("America/New_York")))
    assert not office.serve(moment - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("read", "text", "advice"),
    [
        (read_span, "8:30", "08:30-17:30"),
        (read_span, "08:30-25:00", "时段"),
        (read_span, "24:00-08:00", "时段"),
        (read_span, "08:00-08:00", "00:00-24:00"),
        (lambda text: read_days([text]), "monday", "mon-fri"),
        (lambda text: read_days([text]), "mon-", "workday"),
        (lambda text: read_dates([text]), "2026-02-30", "2026-10-01"),
        (lambda text: read_dates([text]), "2026-10-07/2026-10-01", "从早到晚"),
        (lambda text: read_dates([text]), "2020-01-01/2026-10-01", "366"),
    ],
)
def test_a_slip_says_what_to_write(read, text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        read(text)


minutes = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
    lambda when: when.replace(tzinfo=UTC)
)


@given(minutes, minutes, moments)
def test_a_span_and_its_complement_share_the_day(first: str, last: str, when: datetime) -> None:
    if first != last:
        one, other = hours([], f"{first}-{last}"), hours([], f"{last}-{first}")
        assert one.serve(when) is not other.serve(when)


@given(moments)
def test_every_moment_is_a_workday_or_a_day_off(when: datetime) -> None:
    work, off = hours(["workday"], "00:00-24:00"), hours(["dayoff"], "00:00-24:00")
    assert work.serve(when) is not off.serve(when)
    assert sum(hours([day], "00:00-24:00").serve(when) for day in DAYS) == 1
