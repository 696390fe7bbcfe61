"""Telephone numbers in every way they are read out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.tickets.phones import own_number, own_numbers, read_out, this_line, without_numbers


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("幺三八嗯六三五零嗯二七八九", "13863502789"),
        ("电话是幺三八，六三五零，二七八九", "13863502789"),
        ("我的电话是一八八六三五两个零幺二三", "18863500123"),
        ("幺五二零六三五，四个八", "15206358888"),
        ("洞六三五八二三四五六拐", "06358234567"),
        ("座机零六三五七一二三四五六转八零一", "06357123456-801"),
        ("幺三九零零六三五五六六不对后四位是五五七七", "13900635577"),
        ("幺三九零零六三五五六六，说错了，后四位应该是五五七七", "13900635577"),
        ("幺三八六三五零二七八九幺三八六三五零二七八九", "13863502789"),
        ("三号楼二单元五零一，幺三八六三五零二七八九", "13863502789"),
        ("手机号13863502789", "13863502789"),
        ("身份证三七一五零二一九八零零一零一一二三四", ""),
        ("车牌号一三八六三五零二七八九", ""),
        ("骚扰电话号码是幺三八六三五零二七八九", ""),
        ("老板的电话幺三八六三五零二七八九我的电话幺三九六三五零二七八九", "13963502789"),
        ("后四位是二七八九", ""),
        ("三号楼二单元五零一", ""),
    ],
)
def test_own_number(said: str, number: str) -> None:
    found = own_number(said)
    assert (found.value if found else "") == number


def test_seven_digits_are_a_number_only_when_asked_for_it() -> None:
    assert own_number("八二一二三四五") is None
    found = own_number("八二一二三四五", ((0, 7),))
    assert found is not None
    assert found.value == "8212345"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("就打这个电话就行", True), ("就这个号", True), ("尾号是一二三四", True), ("后四位九九九九", False),
        ("这个电话是骗子", True), ("没有电话", False),
    ],
)  # fmt: skip
def test_the_line_he_calls_from(said: str, named: bool) -> None:
    assert this_line(said, "06358001234") is named


def test_the_story_is_told_without_numbers() -> None:
    assert without_numbers("有人打架我的电话是幺三八六三五零二七八九快来") == "有人打架，快来"


def test_what_an_agent_reads_out() -> None:
    assert [found.value for found in read_out("幺三八六三五零二七八九对吧")] == ["13863502789"]


@given(
    st.text(st.sampled_from("零一二幺两三四五六七八九十百0123，嗯个转电话号码不对后四位是他的"), max_size=120)
)
def test_numbers_are_where_they_say(text: str) -> None:
    at = 0
    for found in own_numbers(text, ((0, len(text)),)):
        assert at <= found.start < found.end <= len(text)
        assert found.value.replace("-", "").isdigit()
        assert 7 <= len(found.value) <= 17
        at = found.end
