"""Personal numbers are covered wherever they are said: in one breath, in groups, over utterances, read
back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.tickets.masking import Line, mask, mask_lines
from bridge.tickets.numerals import DIGITS
from bridge.tickets.personal import LEAST, is_bank_card, is_id_card, is_telephone, known

ID_CARD, ID_CARD_X = "11010519491231002X", "440524188001010014"
BANK_CARD = "6222021234567890128"


@pytest.mark.parametrize("number", [ID_CARD, ID_CARD_X])
def test_an_identity_card_has_the_right_check(number: str) -> None:
    assert is_id_card(number)
    assert not is_id_card(number[:-1] + ("1" if number[-1] != "1" else "2"))
    assert not is_id_card(number[:10] + "13" + number[12:])


def test_a_bank_card_passes_luhn() -> None:
    assert is_bank_card("4111111111111111")
    assert not is_bank_card("4111111111111112")
    assert not is_bank_card("0" * 16)
    assert not is_bank_card("411111111111")


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("13806351234", True),
        ("8613806351234", True),
        ("06358241234", True),
        ("01062345678", True),
        ("12345", False),
        ("23806351234", False),
    ],
)
def test_telephones(number: str, is_one: bool) -> None:
    assert is_telephone(number) is is_one


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("我的电话是一三八零六三五一二三四", "我的电话是一三八****一二三四"),
        ("幺三八洞六三五幺两三四", "幺三八****幺两三四"),
        ("电话13806351234你记一下", "电话138****1234你记一下"),
        ("138 0635 1234", "138 **** 1234"),
        ("一三八，零六三五，嗯，一二三四", "一三八，****，嗯，一二三四"),
        ("前面是一三八后八位是零六三五一二三四", "前面是一三八后八位是****一二三四"),
        ("座机零六三五八二四一二三四", "座机零六三******三四"),
        ("身份证一一零一零五一九四九一二三一零零二X", "身份证一一零***************"),
        ("身份证一一零一零五一九四九一二三一零零二艾克斯", "身份证一一零*****************"),
        ("身份证一一零一零五一九四九一二三一零零二叉对吗", "身份证一一零***************对吗"),
        ("卡号四一一一一一一一一一一一一一一一", "卡号************一一一一"),
        # a digit misheard: no check fits, and it is somebody's all the same
        ("身份证一一零一零五一九四九一二三一零零三X", "身份证******************"),
        ("打八二四一二三四", "打*******"),
        # no personal numbers
        ("您好这里是一二三四五热线", "您好这里是一二三四五热线"),
        ("柳园南路二百二十六号三号楼一单元零一零二室", "柳园南路二百二十六号三号楼一单元零一零二室"),
        ("邮编二五二零零零", "邮编二五二零零零"),
        ("欠了三十五万六千七百八十九块一毛二", "欠了三十五万六千七百八十九块一毛二"),
        ("二零二三年五月三号晚上八点", "二零二三年五月三号晚上八点"),
        ("", ""),
    ],
)
def test_what_is_covered(said: str, shown: str) -> None:
    assert mask(said) == shown


def test_a_number_goes_on_in_the_speakers_next_utterance() -> None:
    told = (
        Line("caller", "我电话一三八"),
        Line("agent", "嗯您说"),
        Line("caller", "零六三五"),
        Line("agent", "零六三五是吧"),
        Line("caller", "后四位是一二三四"),
        Line("agent", "好的"),
    )
    assert mask_lines(told) == ("我电话一三八", "嗯您说", "****", "****是吧", "后四位是一二三四", "好的")


def test_what_is_read_back_is_covered_where_the_number_is() -> None:
    said = (Line("c", "一三八零六三五一二三四"), Line("a", "一三八零六三对吧"), Line("a", "门牌二零六"))
    assert mask_lines(said)[1:] == ("一三八***对吧", "门牌二零六")


def test_words_still_being_said_show_no_more_than_the_beginning() -> None:
    for said in ("一三八零", "一三八零六三", "一三八零六三五一二三四"):
        assert mask(said, open_end=True) == said[:3] + "*" * (len(said) - 3)
    assert mask("一三八零是前四位", open_end=True) == "一三八零是前四位"
    assert mask_lines((Line("c", "一三八"), Line("c", "零六", open=True))) == ("一三八", "**")


DIGIT = st.sampled_from([*"零〇一幺二两三四五六七八九洞拐勾0123456789０１９"])
BETWEEN = st.sampled_from([*"，。 、-嗯啊是对我在家十百千号楼叉X", "那个", "后四位是", "艾克斯"])
GROUPED = st.lists(st.one_of(DIGIT, BETWEEN), max_size=40).map("".join)
VALUE = {**DIGITS, **{chr(0xFF10 + n): str(n) for n in range(10)}, **{str(n): str(n) for n in range(10)}}


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("ca"), GROUPED), max_size=6))
def test_no_speaker_shows_a_run_of_digits(told: list[tuple[str, str]]) -> None:
    shown = mask_lines([Line(voice, text) for voice, text in told])
    for who in "ca":
        own = "，".join(text for (voice, _), text in zip(told, shown, strict=True) if voice == who)
        bare = re.sub(r"[\s，。、\-]", "", own)
        runs = re.findall(f"[{''.join(VALUE)}]+", bare)
        assert max(map(len, runs), default=0) < LEAST


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("ca"), GROUPED), max_size=4))
def test_covering_changes_digits_only_and_is_done_once(told: list[tuple[str, str]]) -> None:
    lines = [Line(voice, text) for voice, text in told]
    shown = mask_lines(lines)
    for line, text in zip(lines, shown, strict=True):
        assert len(text) == len(line.text)
        assert all(now in (then, "*") for then, now in zip(line.text, text, strict=True))
    again = mask_lines([Line(line.voice, text) for line, text in zip(lines, shown, strict=True)])
    assert again == shown


@settings(max_examples=40)
@given(st.text("0123456789", min_size=LEAST, max_size=40), st.integers(0, 3))
def test_of_a_run_at_most_seven_digits_are_shown_and_never_together(run: str, cut: int) -> None:
    shown = mask(run[:cut] + " " + run[cut:])
    assert sum(char.isdigit() for char in shown) <= 7
    assert max(map(len, re.findall(r"\d+", shown)), default=0) <= 4
    assert known(run) is not None
