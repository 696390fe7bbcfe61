"""The same words written in two ways are the same; other words stay other words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.evaluate.normal import comparable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("我的电话是幺五四六三五零二七八九", "我的电话是１５４6350 2789。"),
        ("一百零五", "105"),
        ("二零二三年五月一日", "二〇二三年5月1日"),
        ("你好,ＡＢＣ!", "你好abc"),
        ("電話是兩個", "电话是两个"),
        ("百分之三点五", "3.5%"),
        ("三点五万", "3.5万"),
        ("八点三十", "8:30"),
        ("一万两千", "12,000"),
        ("好的 [噪音] <unk> 谢谢", "好的谢谢"),
    ],
)
def test_the_same_words(one: str, other: str) -> None:
    assert comparable(one) == comparable(other) != ""


@pytest.mark.parametrize(("one", "other"), [("他", "她"), ("一百零五", "一百五"), ("东昌府区", "东昌湖区")])
def test_other_words_stay_other_words(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


def test_fillers_count_unless_told_otherwise() -> None:
    assert comparable("嗯，我想呃问一下") == "嗯我想呃问1下"
    assert comparable("嗯，我想呃问一下", fillers=False) == "我想问1下"


@pytest.mark.parametrize("text", ["", "……", " 。", "[噪音]", "<SIL>"])
def test_marks_alone_are_nothing_said(text: str) -> None:
    assert comparable(text) == ""


@given(st.text(max_size=60))
def test_any_text_has_one_comparable_form(text: str) -> None:
    made = comparable(text)
    assert not any(char.isspace() for char in made)
    assert comparable(f" {text}\u3000") == made
