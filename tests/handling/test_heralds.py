"""When somebody is told of a deadline: once each, in working time, nothing forgotten after a long silence."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.handling.amounts import read_amount
from bridge.handling.deadlines import Deadline
from bridge.handling.heralds import Level, Moment, Warnings, describe, moments, seconds_of, spell, unsaid
from bridge.handling.timetable import Timetable
from bridge.handling.words import opened
from bridge.routing.hours import WORKDAY, Calendar, Hours

CHINA = ZoneInfo("Asia/Shanghai")
OFFICE = Hours(Calendar(CHINA), frozenset({WORKDAY}), ((540, 720), (810, 1050)), "")
TABLES = Timetable((), OFFICE)


def moment(text: str) -> datetime:
    """`4 10:00`: the time of that day in March 2026."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-03-{int(day):02}T{clock}").replace(tzinfo=CHINA)


# Friday the 6th, 16:30, two working hours: Monday 10:00 with an hour of Friday before it.
ACCEPT = Deadline("accept", "110", moment("6 16:30"), moment("9 10:00"), rule="一般", working=True)
LEVELS = (Level(read_amount("1 工作日"), "联席会议"), Level(read_amount("4 工作小时"), "班长"))


@pytest.mark.parametrize(
    ("remind", "at"),
    [
        (0.5, "6 17:30"),
        (0.25, "9 09:30"),
        ("30 工作分钟", "9 09:30"),
        ("90 工作分钟", "6 17:00"),
        ("1 工作日", "6 16:30"),  # never before it began
        ("12 小时", "8 22:00"),
    ],
)
def test_the_reminder_is_in_the_deadlines_own_time(remind: float | str, at: str) -> None:
    warnings = Warnings(read_amount(remind) if isinstance(remind, str) else remind)
    assert moments(warnings, TABLES, ACCEPT)[0] == Moment("reminder", moment(at))


def test_the_levels_come_in_order_of_time() -> None:
    plan = moments(Warnings(None, LEVELS), TABLES, ACCEPT)
    second = timedelta(seconds=1)
    assert plan == (
        Moment("overdue", moment("9 10:00") + second),
        Moment("escalated", moment("9 15:30"), "班长"),
        Moment("escalated", moment("10 17:30"), "联席会议"),
    )


def test_after_a_long_silence_only_the_reminder_is_left_out() -> None:
    plan = moments(Warnings(0.5, LEVELS), TABLES, ACCEPT)
    said, stage, again = unsaid(plan, 0, moment("10 09:00"))
    assert [each.word for each in said] == ["overdue", "escalated"]
    assert (stage, again) == (3, moment("10 17:30"))
    assert unsaid(plan, stage, moment("10 09:00"))[:2] == ((), 3)
    assert [each.to for each in unsaid(plan, stage, moment("20 09:00"))[0]] == ["联席会议"]
    assert unsaid(plan, 4, moment("20 09:00")) == ((), 4, None)


def test_a_plan_that_changes_says_nothing_twice_and_leaves_nothing_out() -> None:
    """An administrator takes reminders away, or adds a level, while deadlines run."""
    reminded = unsaid(moments(Warnings(0.5), TABLES, ACCEPT), 0, moment("9 09:30"))[1]
    assert reminded == 1
    without = moments(Warnings(None, LEVELS), TABLES, ACCEPT)
    said, stage, _ = unsaid(without, reminded, moment("9 10:01"))
    assert ([each.word for each in said], stage) == (["overdue"], 2)
    again = moments(Warnings(0.5, LEVELS), TABLES, ACCEPT)
    assert [each.to for each in unsaid(again, stage, moment("9 16:00"))[0]] == ["班长"]


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 20_000), min_size=1, max_size=8).map(sorted),
    st.none() | st.floats(0.01, 1) | st.sampled_from(("1 工作日", "30 分钟")).map(read_amount),
    st.integers(1, 5 * 86_400),
)
def test_everything_is_said_once_whenever_one_looks(
    looks: list[int], remind: float | None, seconds: int
) -> None:
    deadline = Deadline("close", "110", moment("6 16:30"), moment("6 16:30") + timedelta(seconds=seconds))
    plan = moments(Warnings(remind, LEVELS), TABLES, deadline)
    assert all(before.at <= after.at for before, after in itertools.pairwise(plan))
    heard: list[Moment] = []
    stage = 0
    for minutes in looks:
        now = moment("6 16:30") + timedelta(minutes=minutes)
        said, stage, again = unsaid(plan, stage, now)
        assert again is None or again > now
        assert all(each.at <= now for each in said)
        heard += said
    passed = [each for each in plan if each.at <= now]
    assert [each for each in passed if each.word != "reminder"] == [
        each for each in heard if each.word != "reminder"
    ]
    assert len(set(heard)) == len(heard)


@pytest.mark.parametrize(
    ("seconds", "working", "said"),
    [
        (7 * 3600 + 7300, OFFICE, "1 个工作日 2 工作小时"),
        (90_000, None, "1 天 1 小时"),
        (3660, None, "1 小时 1 分钟"),
        (59, None, "不到 1 分钟"),
        (14 * 3600 + 300, OFFICE, "2 个工作日 5 分钟"),
    ],
)
def test_lengths_are_said_in_the_time_they_passed_in(seconds: int, working: Hours, said: str) -> None:
    assert spell(seconds, working) == said


def test_a_day_as_a_length() -> None:
    assert [seconds_of(read_amount(text), OFFICE) for text in ("1 工作日", "1 天", "5 分钟")] == [
        25_200, 86_400, 300,
    ]  # fmt: skip


def test_what_is_said() -> None:
    handling = opened(ticket="t", incident="i", origin="12345", target="110", at=moment("6 16:00"))
    said = describe(
        Moment("escalated", moment("9 15:30"), "班长"), handling, ACCEPT, TABLES, moment("9 15:30")
    )
    assert said["late_seconds"] == 4 * 3600
    assert said["summary"] == (
        "超时上报：平台 110 应在 2026-03-09 10:00 前签收（规则“一般”），已超时 4 工作小时，上报班长"
    )
    soon = describe(Moment("reminder", moment("9 09:30")), handling, ACCEPT, TABLES, moment("9 09:30"))
    assert soon["summary"].endswith("还剩 30 分钟")
    assert datetime.fromisoformat(soon["due"]) == ACCEPT.due.astimezone(UTC)
