"""Numbers, however written, as the same digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.evaluate.numbers import with_digits

ONES = "零一二三四五六七八九"


def spoken(number: int) -> str:
    """A whole number below 10**8 as it is read aloud, written here independently of the module."""
    if number >= 10**4:
        rest = number % 10**4
        gap = "零" if 0 < rest < 1000 else ""
        return spoken(number // 10**4) + "万" + gap + (spoken(rest) if rest else "")
    text = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ONES[digit] + name
        elif text and number % unit and not text.endswith("零"):
            text += "零"
    return text or "零"


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("一百零五", "105"),
        ("幺幺零", "110"),
        ("一二三四五热线", "12345热线"),
        ("十", "10"),
        ("十五", "15"),
        ("一百一", "110"),
        ("三千五", "3500"),
        ("一万二", "12000"),
        ("两千零五", "2005"),
        ("二〇二三年", "2023年"),
        ("三十五万六千七百", "356700"),
        ("一亿两千万", "120000000"),
        ("15万", "150000"),
        ("3千5百", "3500"),
        ("三四百", "3400"),
        ("十五六岁", "156岁"),
        ("一百二百", "100200"),
        ("千万别", "千万别"),
        ("百分之五十", "百分之50"),
        ("零六三五", "0635"),
        ("一起", "1起"),
        ("", ""),
    ],
)
def test_a_number_as_digits(written: str, digits: str) -> None:
    assert with_digits(written) == digits
    assert with_digits(digits) == digits


@given(st.integers(0, 10**8 - 1))
def test_what_is_read_aloud_is_the_number(number: int) -> None:
    assert with_digits(spoken(number)) == str(number)


@given(st.text(ONES + "〇幺两十百千万亿0123456789人年点", max_size=80))
def test_any_heap_of_digits_and_units_ends_in_digits(text: str) -> None:
    once = with_digits(text)
    assert not set(once) & set(ONES + "〇幺两")
    assert with_digits(text) == once


def test_a_run_longer_than_any_number_is_read_digit_by_digit() -> None:
    assert with_digits("九" * 5000 + "十").startswith("9" * 5000)
