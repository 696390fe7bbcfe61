"""A calendar month as a period, beside the month before, and what is no month."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.analysis.periods import Period, month_of
from bridge.errors import BadRequest

ZONE = ZoneInfo("Asia/Shanghai")
LATE = datetime(9000, 1, 1, tzinfo=UTC)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_a_month_is_compared_with_the_whole_month_before() -> None:
    march = month_of("2026-03", LATE, ZONE)
    assert (march.first, march.last) == (day("2026-03-01"), day("2026-03-31"))
    assert march.before == Period(day("2026-02-01"), day("2026-02-28"))
    assert Period(10, 12).before == Period(7, 9)


@given(st.integers(2, 8000), st.integers(1, 12))
def test_months_follow_each_other_without_a_gap(year: int, month: int) -> None:
    found = month_of(f"{year:04}-{month:02}", LATE, ZONE)
    assert date.fromordinal(found.first).day == date.fromordinal(found.last + 1).day == 1
    assert found.before.last == found.first - 1
    assert date.fromordinal(found.before.first).day == 1
    assert 28 <= found.days <= 31


def test_the_month_that_goes_on_is_there_and_the_next_one_is_not() -> None:
    now = datetime(2026, 2, 28, 16, 30, tzinfo=UTC)  # the first of March there
    assert month_of("2026-03", now, ZONE).first == day("2026-03-01")
    with pytest.raises(BadRequest, match="2026-04 还没有到"):
        month_of("2026-04", now, ZONE)


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "0000-01", "2026", "x-y", "9999-12", "0001-01"])
def test_what_is_no_month(month: str) -> None:
    with pytest.raises(BadRequest, match="month 写年和月"):
        month_of(month, datetime(9999, 12, 31, tzinfo=UTC), ZONE)
