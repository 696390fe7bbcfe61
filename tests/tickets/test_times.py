"""Words for a time, and the moment they mean; what has happened never lies ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.tickets.times import moment_in

EVENING = datetime.fromisoformat("2026-11-23T21:00+08:00")  # a Monday
MORNING = datetime.fromisoformat("2026-11-25T10:00+08:00")  # a Wednesday


@pytest.mark.parametrize(
    ("said", "resolved"),
    [
        ("昨天晚上八点半", "2026-11-22T20:30+08:00"),
        ("前天下午三点一刻", "2026-11-21T15:15+08:00"),
        ("大前天", "2026-11-20"),
        ("上周三", "2026-11-18"),
        ("上上周二", "2026-11-10"),
        ("周五", "2026-11-20"),
        ("这周五", ""),  # has not been yet
        ("本月五号", "2026-11-05"),
        ("上个月五号", "2026-10-05"),
        ("十一月二十号", "2026-11-20"),
        ("二十八号晚上", "2026-10-28"),
        ("去年八月十五号", "2025-08-15"),
        ("二零二五年十月一号", "2025-10-01"),
        ("今早", "2026-11-23"),
        ("凌晨", ""),
        ("夜里两点", "2026-11-23T02:00+08:00"),
        ("昨晚两点", "2026-11-23T02:00+08:00"),
        ("昨天夜里十二点", "2026-11-23T00:00+08:00"),
        ("昨天凌晨两点", "2026-11-22T02:00+08:00"),
        ("昨天下午两三点", "2026-11-22T14:00+08:00"),
        ("早上差十分八点", "2026-11-23T07:50+08:00"),
        ("早上八点来钟", "2026-11-23T08:00+08:00"),
        ("中午一点", "2026-11-23T13:00+08:00"),
        ("刚才八点半", "2026-11-23T20:30+08:00"),
        ("一个半小时前", "2026-11-23T19:30+08:00"),
        ("两个小时之前", "2026-11-23T19:00+08:00"),
        ("十来分钟前", "2026-11-23T20:50+08:00"),
        ("停水三天了", "2026-11-20"),
        ("一个星期前", "2026-11-16"),
        ("好几天前", ""),
        ("三个月前", ""),
        ("十二点左右", ""),
    ],
)
def test_moments(said: str, resolved: str) -> None:
    found = moment_in(said, EVENING)
    assert found is not None
    assert found.resolved == resolved


@pytest.mark.parametrize(
    ("said", "resolved", "until"),
    [
        ("昨天晚上十点到今天早上六点", "2026-11-24T22:00+08:00", "2026-11-25T06:00+08:00"),
        ("晚上十点到凌晨两点", "2026-11-24T22:00+08:00", "2026-11-25T02:00+08:00"),
        ("八点到九点", "2026-11-25T08:00+08:00", "2026-11-25T09:00+08:00"),
        ("昨天上午九点到下午三点", "2026-11-24T09:00+08:00", "2026-11-24T15:00+08:00"),
        ("从早上六点一直到现在", "2026-11-25T06:00+08:00", ""),
        ("上午九点到下午三点", "2026-11-25T09:00+08:00", ""),  # its end is still to come
    ],
)
def test_spans(said: str, resolved: str, until: str) -> None:
    found = moment_in(said, MORNING)
    assert found is not None
    assert (found.resolved, found.until) == (resolved, until)


@pytest.mark.parametrize(("said", "resolved"), [("晚上八点", "2026-11-24T20:00+08:00"), ("今天下午三点", "")])
def test_nothing_has_happened_that_lies_ahead(said: str, resolved: str) -> None:
    found = moment_in(said, MORNING)
    assert found is not None
    assert found.resolved == resolved


@pytest.mark.parametrize(
    "said",
    [
        "提两点意见",
        "快一点来人",
        "明天上午十点你们来",
        "下午三点给我回电话",
        "希望下周一修好",
        "星期天上班吗",
        "",
    ],
)
def test_no_time_of_what_happened(said: str) -> None:
    assert moment_in(said, MORNING) is None


def test_what_is_put_right_counts() -> None:
    found = moment_in("昨天晚上八点，不对，前天晚上九点", EVENING)
    assert found is not None
    assert found.resolved == "2026-11-21T21:00+08:00"


SAID = "昨天 今天 前天 晚上 上午 夜里 凌晨 八点 十二点 半 到 三天 前 了 周五 上 十一月 三十号 刚才 小时 一 号"
WORDS = st.lists(st.sampled_from(SAID.split()), max_size=12)


@given(WORDS, st.integers(0, 400 * 24 * 60))
def test_whatever_is_said_is_past_and_a_date(words: list[str], minutes: int) -> None:
    now = EVENING + timedelta(minutes=minutes)
    found = moment_in("".join(words), now)
    if found is not None and found.resolved:
        at = datetime.fromisoformat(found.resolved)
        assert at.date() <= now.date() if at.tzinfo is None else at <= now + timedelta(minutes=5)
        assert not found.until or found.resolved < found.until
