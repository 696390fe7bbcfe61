"""What is said and does not count: denied, past, told, supposed, another word; each by data, each with the
sentence that does count beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.adapters.scope_files import load
from bridge.scope.context import Frame
from bridge.scope.reading import Lists, Said, Scope
from bridge.scope.suggestion import Category

SCOPE = load(Path(__file__).parents[2] / "config" / "scope")


@pytest.mark.parametrize(
    ("idle", "earnest"),
    [
        ("没有打架", "有打架的"),
        ("没人受伤也没着火", "有人受伤着火了"),
        ("我以前打过架", "我以前打过架现在又打架了"),
        ("前年我家着火那次", "我家着火了"),
        ("新闻里说有个地方爆炸了", "新闻里说的那个厂就在我家门口现在又爆炸了"),
        ("电视剧里演的绑架", "有人绑架"),
        ("单位搞火灾演练", "火灾"),
        ("楼道堆着东西万一着火跑都跑不了", "楼道堆的东西着火了"),
        ("打架斗殴会判几年", "有人打架斗殴"),
        ("学校门口那家炸鸡店", "他说要去炸学校"),
        ("给孩子买个水枪", "他手里有枪"),
        ("衣服跳楼价", "他要跳楼"),
        ("是不是爆炸头", "是不是爆炸了"),
        ("我家灶打不着火", "我家灶着火了"),
    ],
)
def test_idle_talk_and_earnest(idle: str, earnest: str) -> None:
    assert not (found := SCOPE.suggest(idle)) or not found.urgent, found
    found = SCOPE.suggest(earnest)
    assert found is not None
    assert found.urgent


def test_what_did_not_count_is_told_with_its_reason() -> None:
    passed = SCOPE.read([Said("", "没有打架就是炸鸡店门口")]).passed
    assert ("a2-crime", "打架", "denied") in passed


WORD = Category("x", 1, "X", "110", "", (("打架", 4),))
OTHER = Category("y", 1, "Y", "110", "", (("打架", 4),))


def says(text: str, frame: Frame) -> set[str]:
    return {item.id for item in Scope(Lists((WORD, OTHER), frames=(frame,))).ranked(text)}


def test_a_frame_reaches_so_far_and_is_lifted() -> None:
    frame = Frame("f", "", before=("以前",), until=("现在",), reach=4)
    assert says("以前常打架", frame) == set()
    assert says("以前他们在学校打架", frame) == {"x", "y"}
    assert says("以前现在打架", frame) == {"x", "y"}
    assert says("以前，打架", frame) == {"x", "y"}, "a frame ends with its utterance"


def test_a_frame_may_stand_behind_and_be_about_some_classes_only() -> None:
    assert says("打架演练", Frame("f", "", after=("演练",))) == set()
    assert says("打架演练", Frame("f", "", after=("演练",), only=frozenset({"x"}))) == {"y"}
    assert says("打架演练", Frame("f", "", after=("演练",), spares=frozenset({"x"}))) == {"x"}


def test_a_phrase_hides_the_word_in_it_for_all_or_for_one_class() -> None:
    assert Scope(Lists((WORD,), hides=("打架子鼓",))).ranked("他会打架子鼓") == ()
    one = Category("x", 1, "X", "110", "", (("打架", 4),), hides=("打架子鼓",))
    assert [item.id for item in Scope([one, OTHER]).ranked("他会打架子鼓")] == ["y"]
