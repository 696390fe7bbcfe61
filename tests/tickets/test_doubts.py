"""Which words are asked about, with which names; and what the answer means. A table of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapters.pinyin import readings
from bridge.tickets.doubts import MARGIN, MOST_CHOICES, MOST_DOUBTS, Choice, Doubt, doubts, meant
from bridge.tickets.gazetteer import Gazetteer, Place
from bridge.tickets.near import Neighbours
from bridge.tickets.transcript import SpokenWord

PLACES = Gazetteer(
    [
        Place("东昌府区", "county", aliases=("东昌府",)),
        Place("阳谷县", "county"),
        Place("清河路", "road", "阳谷县"),
        Place("青荷路", "road", "临清市"),
        Place("柳园路", "road", "东昌府区"),
        Place("松林镇", "town", "临清市"),
        Place("先锋路", "road", "临清市"),
        Place("先锋路街道", "town", "临清市"),
    ],
    readings,
)
NEAR = Neighbours(PLACES)


def said(text: str) -> tuple[SpokenWord, ...]:
    """Blank-separated words of half a second each."""
    return tuple(SpokenWord(word, n / 2, n / 2 + 0.5, 1.0) for n, word in enumerate(text.split()))


def asked(text: str, *counties: str) -> tuple[Doubt, ...]:
    return doubts(said(text), PLACES, NEAR, counties)


@pytest.mark.parametrize(
    ("text", "words", "names"),
    [
        ("我要 反映 工厂 傅 的 路灯 坏了", "工厂 傅", {"东昌府"}),
        ("我在 先 冯 路 街道 旁边", "先 冯 路 街道", {"先锋路", "先锋路街道"}),  # over the longer one's words
        ("平元路 附近 着火 了", "平元路", {"柳园路"}),
        ("我要 反映 松林 真的 路灯 坏了", "松林 真的", {"松林镇"}),
    ],
)
def test_what_is_asked_and_with_which_names(text: str, words: str, names: set[str]) -> None:
    (doubt,) = asked(text)
    assert doubt.words == words
    assert {choice.name for choice in doubt.choices} == names
    first = text.split().index(words.split(maxsplit=1)[0])
    assert doubt.start == pytest.approx(max(0.0, first / 2 - MARGIN))
    assert doubt.end == pytest.approx((first + len(words.split())) / 2 + MARGIN)


@pytest.mark.parametrize(
    "text",
    [
        "我在 柳园路 二十六号",  # it stands there
        "我家 停电 了",
        "你好 ， 请问",
        "地址 是 请 和 六 。",  # not as the rules read it
        "",
    ],
)
def test_what_is_not_asked(text: str) -> None:
    assert asked(text) == ()


def test_a_word_that_reaches_beyond_the_name_keeps_the_rest() -> None:
    (doubt,) = asked("松林 真的 黑")
    assert [(c.text, c.said) for c in doubt.choices] == [("松林镇的", "松林真")]
    assert doubt.phrases(spelled=False) == ("松林 真的", "松林镇的")
    assert doubt.phrases(spelled=True) == ("松林 真的", "松 林 镇 的")


def test_the_words_as_they_were_heard_are_always_a_choice() -> None:
    (doubt,) = asked("平 元 路 附近")
    assert doubt.phrases(spelled=False)[0] == "平 元 路"


def test_few_questions_and_few_names_in_each() -> None:
    assert len(asked("工厂 傅 看看 松林 真的 看看 平 元 路")) == MOST_DOUBTS
    many = [Place(f"清{char}路", "road") for char in "河荷和合何核盒禾阂曷涸貉阖" * 4]
    places = Gazetteer([Place(f"{p.name}{n}"[:3], "road") for n, p in enumerate(many)], readings)
    for doubt in doubts(said("请和六"), places, Neighbours(places)):
        assert len(doubt.choices) <= MOST_CHOICES


def test_places_of_the_county_that_was_named_come_first() -> None:
    assert asked("请 和 六", "临清市")[0].choices[0].name == "青荷路"
    assert asked("请 和 六", "阳谷县")[0].choices[0].name == "清河路"


def test_words_longer_than_a_place_are_not_asked_about() -> None:
    slow = (SpokenWord("工厂", 0.0, 4.0, 1.0), SpokenWord("傅", 4.0, 8.0, 1.0))
    assert doubts(slow, PLACES, NEAR) == ()


BOTH = Doubt(
    0.0, 1.0, "请 和 六",
    (Choice("清河路", "请和六", "清河路", 0.17), Choice("青荷路", "请和六", "青荷路", 0.17)),
)  # fmt: skip
REST = Doubt(0.0, 1.0, "松林 真的", (Choice("松林镇的", "松林真", "松林镇", 0.0),))


@pytest.mark.parametrize(
    ("doubt", "heard", "counties", "name"),
    [
        (REST, "松林 镇 的", (), "松林镇"),
        (REST, "松林 真的", (), "松林镇"),  # the same sound: it is what the ear can tell
        (REST, "松林", (), None),
        (REST, "", (), None),
        (BOTH, "清河路", (), "清河路"),
        (BOTH, "请和六", (), None),
        (BOTH, "轻合路", (), None),  # two places sound so
        (BOTH, "轻合路", ("阳谷县",), "清河路"),
        (BOTH, "轻合路", ("阳谷县", "临清市"), None),
        (BOTH, "青荷路", ("临清市",), "青荷路"),
        (BOTH, "清河路 清河路", (), None),
    ],
)
def test_what_an_answer_means(doubt: Doubt, heard: str, counties: tuple[str, ...], name: str | None) -> None:
    choice = meant(doubt, heard, PLACES, counties)
    assert (choice.name if choice else None) == name


HEARD = (
    *("东昌", "府", "清", "河路", "工厂", "傅", "请", "和", "六"),
    *("先", "冯", "路", "街道", "松林", "真的", "的", "，", "7"),
)


@given(st.lists(st.sampled_from(HEARD), max_size=20))
def test_a_question_is_about_words_that_were_said(words: list[str]) -> None:
    text = "".join(words)
    for doubt in asked(" ".join(words)):
        assert doubt.words.replace(" ", "") in text
        assert 0 <= doubt.start < doubt.end
        assert doubt.choices
        for choice in doubt.choices:
            assert choice.said in text
            assert PLACES.place(choice.name) is not None
            assert choice.name in choice.text
            assert meant(doubt, choice.text, PLACES) in (None, *doubt.choices)
