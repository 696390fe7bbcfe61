"""Reading a story: right owner, right class, with the words that say so and the utterances they came from;
danger first; each utterance read once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapters.scope_files import load
from bridge.scope.reading import Said, Scope
from bridge.scope.suggestion import Category

SCOPE = load(Path(__file__).parents[2] / "config" / "scope")


def lists(*words: tuple[str, int], urgent: bool = False, hides: tuple[str, ...] = ()) -> Scope:
    return Scope([Category("x", 1, "X", "110", "", words, urgent, hides=hides)])


@pytest.mark.parametrize(
    ("said", "id", "to"),
    [
        ("有两个人打架其中一个人手里拿着刀说要砍人", "a2-crime", "110"),
        ("我家门锁被撬了东西被偷走了", "a2-crime", "110"),
        ("有人冒充公检法让我转账我被骗了三万块钱", "a2-crime", "110"),
        ("几百人聚集在厂门口堵路拉横幅", "a2-mass-incident", "110"),
        ("楼上起火了冒着浓烟", "a2-disaster", "110"),
        ("我母亲有老年痴呆今天早上走失了", "a2-rescue", "110"),
        ("有人掉进河里了快来救人", "a2-rescue", "110"),
        ("厨房闻到很浓的煤气味应该是燃气泄漏", "a2-emergency", "110"),
        ("我要投诉派出所的民警态度恶劣", "a2-police-complaint", "110"),
        ("他扬言要跟我们同归于尽还泼汽油", "a2-other", "110"),
        ("楼下的建筑工地一直在施工噪音太大老人和孩子都睡不着觉", "a3-admin", "12345"),
        ("房东不退押金", "a3-dispute", "12345"),
        ("包工头拖欠工资三个月没发工资了", "a3-dispute", "12345"),
        ("我们小区暖气不热", "a3-livelihood", "12345"),
        ("家里停水两天了", "a3-livelihood", "12345"),
        ("想问一下医保怎么办理", "a3-consult", "12345"),
        ("我想把户口迁过来落户", "a1-12345-police-service", "12345"),
        ("我建议在路口加装红绿灯", "a1-12345-suggestion", "12345"),
    ],
)
def test_stories_of_every_list(said: str, id: str, to: str) -> None:
    found = SCOPE.suggest(said)
    assert found is not None
    assert (found.id, found.to) == (id, to)
    assert found.evidence
    assert all(word in said for word in found.evidence)


@pytest.mark.parametrize("said", ["", "您好", "我想说个事情", "有人吗", "没有人受伤也没有打架", "嗯好的谢谢"])
def test_nothing_is_suggested_without_a_reason(said: str) -> None:
    assert SCOPE.suggest(said) is None


def test_danger_comes_first_whatever_it_began_as() -> None:
    began = "工地施工扰民噪音太大垃圾污水到处都是"
    assert SCOPE.suggest(began) is not None
    assert SCOPE.suggest(began).id == "a3-admin"  # type: ignore[union-attr]
    grown = SCOPE.suggest(began + "，我去说了两句他们就打人")
    assert grown is not None
    assert (grown.to, grown.urgent) == ("110", True)


def test_evidence_is_what_was_said_heaviest_first_and_where() -> None:
    scope = lists(("拿*刀", 5), ("打架", 3), ("打架斗殴", 4))
    (found,) = scope.read([Said("u1", "他们打架斗殴"), Said("u2", "还拿着一把刀")]).ranked
    assert found.evidence == ("拿着一把刀", "打架斗殴")
    assert found.utterances == ("u2", "u1")
    assert found.score == 9


def test_a_word_counts_once_however_often_it_is_said() -> None:
    scope = lists(("打架", 4))
    (found,) = scope.read([Said("1", "打架打架"), Said("2", "又打架")]).ranked
    assert (found.score, found.utterances) == (4, ("1",))


def test_words_one_over_another_count_as_the_heaviest() -> None:
    assert lists(("煤气*漏", 5), ("煤气", 2), ("漏", 2)).ranked("煤气在漏")[0].score == 5


def test_a_word_may_speak_against() -> None:
    scope = lists(("打架", 4), ("演戏", -3))
    assert scope.suggest("他们打架") is not None
    assert scope.suggest("他们打架是在演戏") is None


def test_a_pause_may_fall_in_a_word_with_a_gap() -> None:
    scope = lists(("拿*刀", 5))
    (found,) = scope.read([Said("1", "他手里拿着"), Said("2", "一把刀")]).ranked
    assert found.utterances == ("2",)


def test_a_gap_has_an_end() -> None:
    assert lists(("拿*刀", 5)).suggest("拿了很多很多东西来看剪刀") is None


def test_what_covers_others_stands_behind_them_and_has_their_evidence() -> None:
    ranked = SCOPE.ranked("有人打架")
    assert [item.id for item in ranked[:2]] == ["a2-crime", "a1-110-alarm"]
    assert ranked[0].evidence == ranked[1].evidence


def test_every_class_of_the_lists_is_there() -> None:
    counts = {annex: sum(item.annex == annex for item in SCOPE.categories) for annex in (1, 2, 3)}
    assert counts == {1: 12, 2: 7, 3: 4}
    assert {item.to for item in SCOPE.categories if item.annex == 2} == {"110"}
    assert {item.to for item in SCOPE.categories if item.annex == 3} == {"12345"}
    lines = {item.to for item in SCOPE.categories if item.group == "line"}
    assert lines == {"119", "120", "122", "water", "95598", "gas", "heating", "oil"}
    assert all(item.explain for item in SCOPE.categories if item.to == "none")
    assert all(item.rule for item in SCOPE.categories)


def test_a_long_story_costs_less_than_a_millisecond_for_each_utterance_more() -> None:
    """An hour of talk: what was read before is not read again. CPU time, the best of some."""
    told = [
        Said(str(n), f"第{n}次我跟他说了施工扰民他们也不听还往路上倒垃圾今天又吵了{n}个小时")
        for n in range(600)
    ]
    SCOPE.read(told)
    costs = []
    for n in range(5):
        more = [*told, Said("new", f"他第{n}回拿着刀说要砍人我都录下来了")]
        began = time.process_time()
        SCOPE.read(more)
        costs.append(time.process_time() - began)
    assert min(costs) < 0.001 * 5, "five times what is promised: a busy machine is no reason to fail"


@given(st.lists(st.sampled_from(["打架", "噪音", "停水", "没有", "走失", "你好", "，"]), max_size=12))
def test_more_words_never_weaken_a_class(words: list[str]) -> None:
    text = "".join(words)
    before = {item.id: item.score for item in SCOPE.ranked(text)}
    after = {item.id: item.score for item in SCOPE.ranked(text + "，施工扰民")}
    assert all(after[id] >= score for id, score in before.items())


@given(
    st.lists(
        st.text(st.sampled_from("打架刀没有以前新闻里着火了救命，。 暖气不热abc"), max_size=40), max_size=6
    )
)
def test_any_story_is_ranked_and_said_again_changes_nothing(texts: list[str]) -> None:
    story = [Said(str(n), text) for n, text in enumerate(texts)]
    reading = SCOPE.read(story)
    assert all(item.score > 0 and len(item.evidence) == len(item.utterances) for item in reading.ranked)
    assert SCOPE.read(story) == reading
