"""How long, as it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.handling.amounts import MOST, UNIT_NAMES, Amount, read_amount


@given(st.sampled_from(sorted(UNIT_NAMES)), st.data())
def test_what_is_shown_can_be_written(unit: str, data: st.DataObject) -> None:
    amount = Amount(data.draw(st.integers(1, MOST[unit])), unit)  # type: ignore[index,arg-type]
    assert read_amount(str(amount)) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("5个工作日", Amount(5, "workdays")),
        (" 2 工作小时 ", Amount(2, "workhours")),
        ("30分钟", Amount(30, "minutes")),
        ("3 个小时", Amount(3, "hours")),
    ],
)
def test_spaces_and_the_measure_word_are_free(text: str, amount: Amount) -> None:
    assert read_amount(text) == amount


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "不是时限"),
        ("马上", "不是时限"),
        ("2 工时", "工作小时"),
        ("-1 天", "不是时限"),
        ("0 天", "1 到 366"),
        ("9999 工作日", "1 到 260"),
        ("1.5 小时", "不是时限"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_amount(text)


def test_days_have_no_seconds() -> None:
    assert [Amount(2, unit).seconds for unit in ("workdays", "days", "workhours", "minutes")] == [
        None,
        None,
        7200,
        120,
    ]
