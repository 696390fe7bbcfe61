"""The sentence notation, and that every class of the 附件 lists has sentences."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from asr.training.grammar import PAUSE, Grammar, load, parse, tidy

CLASSES = {
    "附件2 一": "police_crime",
    "附件1 道路交通": "police_traffic",
    "附件2 二": "police_crowd",
    "附件2 三": "police_disaster",
    "附件2 四 走失": "police_lost",
    "附件2 四 救助": "police_rescue",
    "附件2 五": "police_utility",
    "附件2 六": "police_complaint",
    "附件2 七": "police_threat",
    "附件3 一": "hotline_admin",
    "附件3 二": "hotline_dispute",
    "附件3 三": "hotline_livelihood",
    "附件3 四": "hotline_consult",
}


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return load()


@pytest.mark.parametrize(
    ("rule", "sentences"),
    [
        ("我 在 家", {"我 在 家"}),
        ("(我|你) 来", {"我 来", "你 来"}),
        ("(我|) 来", {"我 来", "来"}),
        ("来 | 走", {"来", "走"}),
        ("(，|) 来 ， (走|)", {"来", "来 ， 走"}),
        ("((一|二) 号|店) 见", {"一 号 见", "二 号 见", "店 见"}),
    ],
)
def test_a_rule_yields_exactly_its_sentences(rule: str, sentences: set[str]) -> None:
    empty = Grammar({}, {})
    source = random.Random(1)
    drawn = {" ".join(tidy(empty.draw(parse(rule), source))) for _ in range(200)}
    assert drawn == sentences


@pytest.mark.parametrize("rule", ["(我 来", "我) 来", "((我)"])
def test_unbalanced_brackets_are_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="bracket"):
        parse(rule)


def test_a_slot_without_a_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("[a 1]\n我 在 {nowhere}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="nowhere"):
        load(tmp_path)


def test_a_sentence_without_a_section_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("我 在 家\n", encoding="utf-8")
    with pytest.raises(ValueError, match="section"):
        load(tmp_path)


@pytest.mark.parametrize("section", CLASSES.values(), ids=CLASSES.keys())
def test_every_class_of_the_document_has_many_sentences(grammar: Grammar, section: str) -> None:
    source = random.Random(2)
    drawn = {"".join(grammar.sentence(section, source)) for _ in range(60)}
    assert len(drawn) >= 30


def test_the_vocabulary_is_wide_and_speaks_of_liaocheng(grammar: Grammar) -> None:
    words = grammar.words()
    assert len(words) >= 1200
    assert PAUSE not in words
    counties = {
        "东昌府区",
        "茌平区",
        "临清市",
        "阳谷县",
        "莘县",
        "冠县",
        "东阿县",
        "高唐县",
        "高新区",
        "度假区",
    }
    assert counties | {"冷", "暖气", "太", "台风", "幺", "凌晨"} <= set(words)


def test_every_word_is_hanzi_only(grammar: Grammar) -> None:
    assert all("\u3400" <= character <= "\u9fff" for word in grammar.words() for character in word)
