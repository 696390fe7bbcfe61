"""Text people can read: marks by rule and by pause, digits as digits, fillers; and what must never happen to
what was said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.tickets.numerals import DIGITS
from bridge.tickets.readable import readable
from bridge.tickets.readable_digits import in_digits
from bridge.tickets.readable_fillers import without_fillers
from bridge.tickets.readable_marks import MARKS, marked
from bridge.tickets.transcript import SpokenWord


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        # openers, clauses, the end
        ("你好我叫王建国刚才在柳园南路有两个人打架", "你好，我叫王建国，刚才在柳园南路有两个人打架。"),
        ("是这样的因为楼上漏水所以我要投诉物业", "是这样的，因为楼上漏水，所以我要投诉物业。"),
        ("好的谢谢您请稍等", "好的，谢谢您，请稍等。"),
        ("他是因为漏水才来的", "他是因为漏水才来的。"),
        # questions, and what only looks like one
        ("喂你好听得见吗我在家", "喂，你好，听得见吗？我在家。"),
        ("您住在几号楼呢", "您住在几号楼呢？"),
        ("请问您有什么事情", "请问您有什么事情？"),
        ("请您说一下联系方式好吗", "请您说一下联系方式好吗？"),
        ("几点的事", "几点的事？"),
        ("我不知道他叫什么名字但是我记得他的车", "我不知道他叫什么名字，但是我记得他的车。"),
        ("来了十几个人", "来了十几个人。"),
        ("没什么大事", "没什么大事。"),
        # lists
        ("一单元二单元三单元都停水了", "1单元、2单元、3单元都停水了。"),
        # digits
        ("一百零五号楼三单元二零一室", "105号楼3单元201室。"),
        ("昨天晚上八点半", "昨天晚上8点半。"),
        ("八点零五分到十点三十", "8点05分到10点30。"),
        ("二零二三年五月三号", "2023年5月3号。"),
        ("欠我三百五十块钱", "欠我350块钱。"),
        ("涨了百分之三十五", "涨了35%。"),
        ("两点五公里", "2.5公里。"),
        ("打一二三四五", "打12345。"),
        ("电话一三八零六三五一二三四", "电话138 0635 1234。"),
        ("座机零六三五八二四一二三四", "座机0635 8241234。"),
        ("身份证三七一五零二一九九零零一零一一二三四", "身份证371502 19900101 1234。"),
        # words that only look like numbers
        ("我一下子就一直在想万一呢", "我一下子就一直在想万一呢。"),
        ("三心二意", "三心二意。"),
        ("两个人第三次来", "两个人第三次来。"),
        ("几十块钱上百人", "几十块钱上百人。"),
        ("星期三统一处理", "星期三统一处理。"),
        # what a better recogniser, or masking, has written already
        ("你好，我在家。", "你好，我在家。"),
        ("电话一三八****一二三四", "电话138 **** 1234。"),
        ("8:30到", "8:30到。"),
        ("", ""),
        ("OK", "OK。"),
    ],
)
def test_what_a_reader_expects(said: str, shown: str) -> None:
    assert readable(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("嗯那个我想反映一下就是说路灯坏了", "我想反映一下路灯坏了。"),
        ("那个人打我", "那个人打我。"),
        ("金额不对啊", "金额不对啊。"),
        ("嗯", "嗯。"),
        ("那个那个我呃忘了", "我忘了。"),
    ],
)
def test_fillers_are_left_out_where_they_say_nothing(said: str, shown: str) -> None:
    assert readable(said, fillers=False) == shown
    assert set(re.findall("[\u3400-\u9fff]", shown)) <= set(said)


def words(*spoken: tuple[str, float, float]) -> tuple[SpokenWord, ...]:
    return tuple(SpokenWord(text, start, end, 1.0) for text, start, end in spoken)


def test_pauses_between_words_are_marks_but_not_within_a_number() -> None:
    heard = words(
        ("我", 0.0, 0.2), ("在", 0.2, 0.4), ("家", 0.4, 0.6),
        ("他们", 1.1, 1.3), ("砸", 1.3, 1.5), ("门", 1.5, 1.7),
        ("一三八", 3.0, 3.5), ("零六三五", 4.0, 4.8), ("一二三四", 5.9, 6.2),
    )  # fmt: skip
    said = "".join(word.text for word in heard)
    assert readable(said, heard) == "我在家，他们砸门。138 0635 1234。"
    asked = words(("谁", 0.0, 0.2), ("来了", 0.2, 0.5), ("他", 2.0, 2.2))
    assert readable("谁来了他", asked) == "谁来了？他。"


def test_what_is_no_sentence_any_more_is_shown_as_it_came() -> None:
    assert readable("一" * 2000) == "一" * 2000


def test_words_of_another_text_say_nothing_about_pauses() -> None:
    assert readable("我在家", words(("我", 0, 1), ("走", 5, 6))) == "我在家。"


CHARS = "我你他在家的了是有人打架一二三四五六七八九十百千万零两幺点半号楼路月日年块元吗呢吧啊嗯什么几谁喂"
WORDS = [
    "你好",
    "请问",
    "因为",
    "所以",
    "万一",
    "一下",
    "单元",
    "那个",
    "就是说",
    "谢谢",
    "百分之",
    "身份证",
    "刚才",
    "，",
    "。",
    "？",
    "1",
    "38",
    "*",
]
TEXTS = st.lists(st.sampled_from([*CHARS, *WORDS, " "]), max_size=30).map("".join)


def skeleton(text: str) -> str:
    """The text without marks, blanks and whatever a number may be written with."""
    number = "0123456789.%*零〇一幺二两三四五六七八九十百千万亿点分之"
    return "".join(char for char in text if char not in MARKS and char not in number and not char.isspace())


@settings(max_examples=60, derandomize=True)
@given(TEXTS)
def test_readable_text_stays_as_it_is(text: str) -> None:
    once = readable(text)
    assert readable(once) == once


@settings(max_examples=60, derandomize=True)
@given(TEXTS)
def test_no_hanzi_but_a_numbers_is_lost_or_moved(text: str) -> None:
    assert skeleton(readable(text)) == skeleton(text)


@settings(max_examples=60, derandomize=True)
@given(TEXTS)
def test_marks_are_all_that_marking_puts_in(text: str) -> None:
    bare = [char for char in text if char not in MARKS and not char.isspace()]
    assert [char for char in marked(text) if char not in MARKS and not char.isspace()] == bare


@settings(max_examples=60, derandomize=True)
@given(TEXTS)
def test_a_number_read_digit_by_digit_keeps_its_digits(text: str) -> None:
    def values(shown: str) -> str:
        return "".join(DIGITS.get(char, char) for char in shown if char in DIGITS or char.isdigit())

    only = re.sub("[十百千万亿点]|百分之", "", text)
    assert values(in_digits(only)) == values(only)


@settings(max_examples=60, derandomize=True)
@given(TEXTS)
def test_without_fillers_something_is_left_and_nothing_is_new(text: str) -> None:
    left = without_fillers(text)
    assert without_fillers(left) == left
    assert bool(left.strip("，。？！；、 ")) == bool(text.strip("，。？！；、 "))
    at = 0
    for char in left:
        at = text.index(char, at) + 1
