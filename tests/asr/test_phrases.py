"""A phrase list in a lexicon's words: as written, cut anew, or left out whole; never half of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.phrases import UNKNOWN, cut, spelled

LEXICON = frozenset({"柳园", "柳", "园", "南路", "南", "路", "二", "干路"})


@pytest.mark.parametrize(
    ("phrases", "found", "unknown"),
    [
        (["柳园 南路"], ["柳园 南路"], 0),
        (["柳 园 南 路"], ["柳 园 南 路"], 0),  # a client's own words are left as they are
        (["柳园南路"], ["柳园 南路"], 0),
        (["柳园 南冢"], [], 1),
        (["柳园路", "鳌头矶", "柳园 路"], ["柳园 路"], 1),
        (["", "   "], [], 0),
        ([], [], 0),
    ],
)
def test_phrases(phrases: list[str], found: list[str], unknown: int) -> None:
    assert spelled(phrases, LEXICON.__contains__) == (found, unknown)


def test_what_is_no_phrase_has_a_way_out_where_the_lexicon_has_one() -> None:
    knows = (LEXICON | {UNKNOWN}).__contains__
    assert spelled(["二干路"], knows) == (["二 干路", UNKNOWN], 0)
    assert spelled(["冢"], knows) == ([], 1), "a grammar of nothing but [unk] would hear nothing"


@given(st.text("柳园南路二干冢", max_size=12))
def test_what_is_cut_says_the_same_in_words_of_the_lexicon(text: str) -> None:
    words = cut(text, LEXICON.__contains__)
    if words is not None:
        assert "".join(words) == text
        assert set(words) <= LEXICON
    else:
        assert set(text) & {"冢", "干"}, "every other character is a word"
