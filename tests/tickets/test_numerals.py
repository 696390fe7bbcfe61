"""Chinese numbers: their values, where they stand in a text, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.tickets.numerals import LONGEST, digits, hanzi, numerals, whole


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("零", 0), ("两", 2), ("十", 10), ("十五", 15), ("二十", 20), ("二十六", 26), ("一百", 100),
        ("一百零五", 105), ("一百五", 150), ("一百一十", 110), ("三百二十一", 321), ("两千三", 2300),
        ("两千零三", 2003), ("两千三百五", 2350), ("三千零二十", 3020), ("一万零五", 10005),
        ("一万零五百", 10500), ("三万五", 35000), ("三万五千", 35000), ("十万", 100000),
        ("一百二十三万四千", 1234000), ("两亿三千万", 230000000), ("三零一", 301), ("幺幺零", 110),
        ("26", 26), ("3万5", 35000), ("3千2", 3200),
        ("", -1), ("百", -1), ("一二三十", -1), ("好", -1), ("三点五", -1), ("一" * (LONGEST + 1), -1),
    ],
)  # fmt: skip
def test_value(spoken: str, value: int) -> None:
    assert whole(spoken) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("欠我三万五千块钱", [("三万五千块钱", "money", "35000元")]),
        ("一共三百五十二块五毛", [("三百五十二块五毛", "money", "352.5元")]),
        ("三块五一斤", [("三块五", "money", "3.5元"), ("一", "whole", "1")]),
        ("就两毛钱", [("两毛钱", "money", "0.2元")]),
        ("三块六毛五分钱", [("三块六毛五分钱", "money", "3.65元")]),
        ("三号楼二单元五零一", [("三", "whole", "3"), ("二", "whole", "2"), ("五零一", "digits", "501")]),
        ("电话幺三八零零一三八零零零", [("幺三八零零一三八零零零", "digits", "13800138000")]),
        ("我是洞六三五的拐幺", [("洞六三五", "digits", "0635"), ("拐幺", "digits", "71")]),
        ("百分之三点五", [("百分之三点五", "percent", "3.5%")]),
        ("百分之百", [("百分之百", "percent", "100%")]),
        ("三分之一的人", [("三分之一", "fraction", "1/3")]),
        ("三点五公里", [("三点五", "decimal", "3.5")]),
        ("一点二亿", [("一点二亿", "decimal", "1.2亿")]),
        ("1.5米", [("1.5", "decimal", "1.5")]),
        ("三点五十到的", [("三", "whole", "3"), ("五十", "whole", "50")]),
        ("八点半来了两三个人", [("八", "whole", "8"), ("两三", "about", "两三")]),
        ("七八十人", [("七八十", "about", "七八十")]),
        ("第三百二十一号", [("三百二十一", "whole", "321")]),
        ("一百二十多斤", [("一百二十", "whole", "120")]),
        ("一点半", [("一", "whole", "1")]),
        ("等一下一起去一点都不一定", []),
        ("万一千万别动", []),
        ("统一唯一星期三", []),
        ("十分着急", []),
        ("十分钟", [("十", "whole", "10")]),
    ],
)
def test_numbers_are_found_with_their_places(text: str, found: list[tuple[str, str, str]]) -> None:
    assert [(text[item.start : item.end], item.kind, item.written) for item in numerals(text)] == found


@given(st.integers(0, 99_999_999))
def test_what_is_said_of_a_number_is_read_as_it(number: int) -> None:
    said = hanzi(number)
    assert whole(said) == number
    (found,) = numerals(f"有{said}人") if number >= 10 else (None,)
    assert found is None or (found.kind, found.written) == ("whole", str(number))


@pytest.mark.parametrize("number", [-1, 100_000_000])
def test_hanzi_has_its_range(number: int) -> None:
    with pytest.raises(ValueError, match="not from 0"):
        hanzi(number)


@given(
    st.text(
        st.sampled_from("零一二两三四五六七八九十百千万亿点半分之块毛元号幺洞0123456789. 好"), max_size=200
    )
)
def test_numbers_lie_in_the_text_one_after_the_other(text: str) -> None:
    at = 0
    for item in numerals(text):
        assert at <= item.start < item.end <= len(text)
        assert item.end - item.start <= LONGEST
        assert item.written
        at = item.end


def test_digits_leave_out_what_is_none() -> None:
    assert digits("幺三八，零零 拐勾洞1x") == "138007901"
