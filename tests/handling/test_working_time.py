"""Working time: sums of working hours, never in a holiday, `elapsed` the inverse of `ahead`, real hours where
clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.handling.amounts import Amount, read_amount
from bridge.handling.working_time import LONGEST, ahead, behind, due, elapsed, workday_seconds, works_at
from bridge.routing.hours import Calendar, Hours, read_dates, read_days, read_span

CHINA, BERLIN, CAIRO = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Africa/Cairo")
NATIONAL = read_dates(("2026-10-01/2026-10-07",))
MADE_UP = read_dates(("2026-09-20", "2026-10-10"))


def hours(*spans: str, days: tuple[str, ...] = ("workday",), zone: ZoneInfo = CHINA) -> Hours:
    calendar = Calendar(zone, NATIONAL, MADE_UP)
    return Hours(calendar, read_days(days), tuple(read_span(span) for span in spans), "")


OFFICE = hours("09:00-12:00", "13:30-17:30")
ALWAYS = hours("00:00-24:00", days=())
NIGHT = hours("22:00-06:00", "08:00-12:00")
BERLINS = hours("01:00-05:00", "20:00-24:00", days=(), zone=BERLIN)
CAIROS = hours("22:00-02:00", "03:00-04:00", days=(), zone=CAIRO)
KINDS = [OFFICE, ALWAYS, NIGHT, BERLINS, CAIROS]

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.sampled_from((UTC, CHINA)))
seconds = st.integers(1, 40 * 86_400)
work = st.sampled_from(KINDS)
amounts = st.builds(
    Amount,
    st.integers(1, 30),
    st.sampled_from(("minutes", "hours", "days", "workminutes", "workhours", "workdays")),
)


def at(text: str, zone: ZoneInfo = CHINA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# --- by the table ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-09-21T10:00", "2 工作小时", "2026-09-21T12:00"),  # to the minute before lunch
        ("2026-09-21T11:00", "2 工作小时", "2026-09-21T14:30"),  # lunch does not count
        ("2026-09-21T17:00", "2 工作小时", "2026-09-22T10:30"),  # the night neither
        ("2026-09-25T17:30", "30 工作分钟", "2026-09-28T09:30"),  # nor the weekend
        ("2026-09-30T17:00", "1 工作小时", "2026-10-08T09:30"),  # nor the National Day
        ("2026-10-03T12:00", "1 工作小时", "2026-10-08T10:00"),
        ("2026-10-09T17:00", "1 工作小时", "2026-10-10T09:30"),  # a Saturday that is worked
        ("2026-09-30T10:00", "1 工作日", "2026-10-08T17:30"),  # the first day does not count
        ("2026-09-30T23:00", "1 工作日", "2026-10-08T17:30"),
        ("2026-09-21T08:00", "5 工作日", "2026-09-28T17:30"),
        ("2026-10-08T08:00", "3 个工作日", "2026-10-12T17:30"),  # 9th, 10th (made up), 12th
        ("2026-09-26T08:00", "3 天", "2026-09-29T17:30"),
        ("2026-09-21T08:00", "15 天", "2026-10-08T17:30"),  # ends in the holiday: the day after it
        ("2026-10-03T23:50", "30 分钟", "2026-10-04T00:20"),  # urgent: round the clock
        ("2026-10-03T23:50", "24 小时", "2026-10-04T23:50"),
    ],
)
def test_when_it_is_over(start: str, amount: str, end: str) -> None:
    assert due(OFFICE, at(start), read_amount(amount)) == at(end)


def test_who_always_works_has_workdays_too() -> None:
    assert due(ALWAYS, at("2026-10-03T12:00"), read_amount("2 工作日")) == at("2026-10-06T00:00")
    assert due(ALWAYS, at("2026-10-03T23:00"), read_amount("2 工作小时")) == at("2026-10-04T01:00")


def test_a_night_shift_belongs_to_the_day_it_began_on() -> None:
    assert ahead(NIGHT, at("2026-10-08T05:00"), 7200) == at("2026-10-08T09:00") + timedelta(hours=1)
    assert ahead(NIGHT, at("2026-10-09T05:00"), 7200) == at("2026-10-09T09:00")
    assert due(NIGHT, at("2026-10-08T12:00"), Amount(1, "workdays")) == at("2026-10-10T06:00")


def test_clocks_put_forward_take_an_hour_and_put_back_give_one() -> None:
    shift = hours("00:00-06:00", days=(), zone=BERLIN)
    for day, real in (("2026-03-29", 5), ("2026-10-25", 7), ("2026-07-01", 6)):
        begin, end = at(f"{day}T00:00", BERLIN), at(f"{day}T12:00", BERLIN)
        assert elapsed(shift, begin, end) == real * 3600
        assert ahead(shift, begin, real * 3600) == at(f"{day}T06:00", BERLIN)


def test_late_is_the_negative_of_early() -> None:
    begin, end = at("2026-09-30T17:00"), at("2026-10-08T10:00")
    assert elapsed(OFFICE, begin, end) == -elapsed(OFFICE, end, begin) == 5400
    assert elapsed(None, begin, end) == (end.astimezone(UTC) - begin.astimezone(UTC)).total_seconds()


def test_an_ordinary_day() -> None:
    assert [workday_seconds(each) // 3600 for each in (OFFICE, ALWAYS, NIGHT)] == [7, 24, 12]


def test_a_calendar_that_ends_says_so() -> None:
    with pytest.raises(OverflowError):
        due(OFFICE, at("9999-12-30T10:00"), Amount(200, "workdays"))


def test_a_wrong_clock_costs_no_time() -> None:
    """A letter of another platform may name any moment; a minute's arithmetic for it would stop everybody."""
    began = process_time()
    ancient, far = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
    assert 0 < elapsed(OFFICE, ancient, far) <= LONGEST.total_seconds()
    assert behind(OFFICE, far, elapsed(OFFICE, ancient, far) / 2) < far
    with pytest.raises(OverflowError):
        ahead(OFFICE, far, 1e9)
    with pytest.raises(OverflowError):
        behind(OFFICE, far, 1e12)
    assert process_time() - began < 5


# --- always -------------------------------------------------------------------------------------------------


@given(work, moments, seconds)
@example(CAIROS, datetime(2026, 4, 23, 21, 30, tzinfo=UTC), 3600)  # clocks go forward at midnight
@example(CAIROS, datetime(2026, 10, 29, 20, 30, tzinfo=UTC), 9000)
def test_elapsed_is_the_inverse_of_ahead(work: Hours, start: datetime, seconds: int) -> None:
    assert elapsed(work, start, ahead(work, start, seconds)) == seconds


@given(work | st.none(), moments, st.integers(0, 40 * 86_400))
def test_behind_is_the_way_back(work: Hours | None, end: datetime, seconds: int) -> None:
    assert elapsed(work, behind(work, end, seconds), end) == seconds


@given(work, moments, seconds, st.integers(1, 86_400))
def test_more_time_ends_later_and_a_later_start_never_sooner(
    work: Hours, start: datetime, seconds: int, more: int
) -> None:
    assert ahead(work, start, seconds) < ahead(work, start, seconds + more)
    assert ahead(work, start, seconds) <= ahead(work, start + timedelta(seconds=more), seconds)


@given(work, moments, seconds, seconds)
def test_the_parts_are_the_sum(work: Hours, start: datetime, one: int, other: int) -> None:
    middle = ahead(work, start, one)
    assert ahead(work, middle, other) == ahead(work, start, one + other)
    end = ahead(work, middle, other)
    assert elapsed(work, start, middle) + elapsed(work, middle, end) == elapsed(work, start, end)


@given(moments, amounts)
def test_working_time_never_ends_in_a_holiday(start: datetime, amount: Amount) -> None:
    end = due(OFFICE, start, amount)
    assert end > start
    if amount.working or amount.unit == "days":
        day = end.astimezone(CHINA).date()
        assert day not in NATIONAL
        assert day.isoweekday() <= 5 or day in MADE_UP
        assert works_at(OFFICE, end)


@given(work, moments, st.integers(1, 30))
def test_so_many_workdays_lie_between(work: Hours, start: datetime, count: int) -> None:
    zone = work.calendar.zone
    first, end = start.astimezone(zone).date(), due(work, start, Amount(count, "workdays"))
    last = (end.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone).date()
    days = [first + timedelta(days=turn) for turn in range(1, (last - first).days + 1)]
    worked = sum(map(work.on, days))
    # Where the last shift ends in the morning, that morning's day may be a workday of its own.
    assert worked in ({count, count + 1} if work in (NIGHT, CAIROS) else {count})


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 86_399))
def test_hours_without_time_never_count(day: date, second: int) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(seconds=second)
    passes = elapsed(OFFICE, moment, moment.astimezone(UTC) + timedelta(seconds=1)) > 0
    local = moment.hour * 60 + moment.minute
    office = OFFICE.on(day) and (540 <= local < 720 or 810 <= local < 1050)
    assert passes == office
