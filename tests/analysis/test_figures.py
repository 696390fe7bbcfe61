"""The pure part of analysis: periods, shares, reasons, topics, places, cells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.analysis.figures import CALL_FIGURES, FIGURES, MEASURES, ON_TIME_FIGURES, change, values
from bridge.analysis.periods import Period, day_of, day_of_hour, hour_of, hours_of, period_of
from bridge.analysis.reasons import reason_class
from bridge.analysis.sheets import harmless
from bridge.analysis.spots import spot
from bridge.analysis.topics import Topics, bigrams, nearness, request_text
from bridge.errors import BadRequest

ZONES = tuple(ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata"))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.sampled_from(ZONES))
def test_every_hour_belongs_to_one_day(at: datetime, zone: ZoneInfo) -> None:
    day = day_of_hour(hour_of(at), zone)
    assert hour_of(at) in hours_of(Period(day, day), zone)
    assert hours_of(Period(day, day), zone).stop == hours_of(Period(day + 1, day + 1), zone).start


@given(MOMENTS, st.integers(1, 3000))
def test_the_period_before_is_as_long_and_right_before(at: datetime, days: int) -> None:
    period = period_of(at, at + timedelta(days=days), at, ZONES[0])
    assert period.before.days == period.days
    assert period.before.last + 1 == period.first == day_of(at, ZONES[0])


@given(st.dictionaries(st.sampled_from((*MEASURES, "abandoned", "met", "missed")), st.integers(0, 9)))
def test_no_share_passes_one(sums: dict[str, int]) -> None:
    for figures in (CALL_FIGURES, ON_TIME_FIGURES):
        found = values(figures, sums)
        assert all(0 <= (found[each.key] or 0) <= 1 for each in figures if each.unit == "share")
    assert set(values(FIGURES, {})) == {figure.key for figure in FIGURES}


def test_change_needs_something_before() -> None:
    assert (change(3, 2), change(1, 2), change(3, 0), change(None, 2)) == (0.5, -0.5, None, None)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("该事项不属于公安机关职责范围", "scope"), ("地址不详，找不到", "place"),
        ("与已有工单重复", "duplicate"),
        ("联系不上诉求人", "unreachable"), ("五要素不全", "incomplete"), ("不在我辖区", "area"),
        ("", "other"),
    ],
)  # fmt: skip
def test_a_return_has_a_class(said: str, reason: str) -> None:
    assert reason_class(said) == reason


@pytest.mark.parametrize(
    ("place", "counted"),
    [
        ("东昌府区柳园南路26号", "东昌府区柳园南路"), ("金柱小区三号楼二单元", "金柱小区"),
        ("五一路", "五一路"),
        ("", ""), ("13800138000", ""),
    ],
)  # fmt: skip
def test_a_place_is_counted_without_its_house(place: str, counted: str) -> None:
    assert spot(place) == counted


@given(st.text("烧烤停水噪音路灯坏了", max_size=30), st.text("烧烤停水噪音路灯坏了", max_size=30))
def test_nearness_is_a_share(one: str, other: str) -> None:
    a, b = bigrams(one), bigrams(other)
    assert nearness(a, b) == nearness(b, a)
    assert 0 <= nearness(a, b) <= 1
    assert not a or nearness(a, a) == 1


@given(st.lists(st.text("烧烤停水噪音路灯坏了吵闹", min_size=4, max_size=12), max_size=20))
def test_topics_are_the_same_each_time_and_bounded(said: list[str]) -> None:
    def sorted_in() -> list[int | None]:
        topics = Topics("f2-1", most=3)
        found = [topics.of(text, number) for number, text in enumerate(said, 1)]
        assert len(topics.new) - len(topics.gone) <= 3
        return found

    assert sorted_in() == sorted_in()


def test_personal_numbers_and_names_are_covered() -> None:
    shown = request_text("我是王小明，电话13800138000，楼上漏水", "王小明")
    assert "王小明" not in shown
    assert "13800138000" not in shown


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", " =1", "\t=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_plain_cells_stay() -> None:
    assert (harmless("东昌府区"), harmless(-1), harmless(None)) == ("东昌府区", -1, None)


def test_times_without_zones_are_refused() -> None:
    with pytest.raises(BadRequest):
        period_of(datetime(2026, 3, 1), None, datetime(2026, 3, 2, tzinfo=UTC), ZONES[0])
