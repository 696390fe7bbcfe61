"""The pattern language: gaps, choices, what is refused; and the finder against a search without an index."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.scope.patterns import GAP, Finder, fault, spellings


def test_choices_are_spelled_out() -> None:
    assert spellings("(我|他)要(打|)") == ("我要打", "我要", "他要打", "他要")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (3, "文字"), ("", "空着"), ("打 架", "空格"), ("打架，", "标点"), ("*刀", "前后都要有字"),
        ("拿**刀", "前后都要有字"), ("拿*大*菜*刀", "最多 2 个"),
        ("(打|骂", "括号"), ("((打|骂)|杀)", "括号"),
        ("(甲|)", "前后都要有字"),
        ("(一|二|三|四|五|六|七|八)" * 5, "最多 3000"),
    ],
)  # fmt: skip
def test_what_is_no_pattern(pattern: object, words: str) -> None:
    assert words in fault(pattern)


PATTERNS = st.text(st.sampled_from("甲乙丙"), min_size=1, max_size=3)


@given(
    st.lists(st.tuples(PATTERNS, st.none() | PATTERNS), min_size=1, max_size=5),
    st.text(st.sampled_from("甲乙丙丁"), max_size=30),
)
def test_the_finder_finds_what_a_plain_search_finds(made: list[tuple[str, str | None]], text: str) -> None:
    patterns = list({f"{head}*{tail}" if tail else head for head, tail in made})
    found = {(item.start, item.end, item.value) for item in Finder((p, p) for p in patterns).find(text)}
    plain = set()
    for pattern in patterns:
        written = re.compile(re.escape(pattern).replace(r"\*", f".{{0,{GAP}}}?"))
        for at in range(len(text)):
            match = written.match(text, at)
            if match:
                plain.add((at, match.end(), pattern))
    assert found == plain
