"""The smallest words: tokens, quoted strings, parameters, lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedSip
from bridge.sip.tokens import find_param, is_token, quote, read_params, split_commas, unquote, write_params


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ("", []),
        ("  ", []),
        ("a", ["a"]),
        ("a, b ,c", ["a", "b", "c"]),
        ("a,,b", ["a", "", "b"]),
        ('"a,b" <sip:a,b@c>, d', ['"a,b" <sip:a,b@c>', "d"]),
        ('"a\\",b", c', ['"a\\",b"', "c"]),
        ('"a, b', ['"a', "b"]),
        ("<a, b", ["<a", "b"]),
    ],
)
def test_commas_split_but_not_in_quotes_or_brackets(value: str, elements: list[str]) -> None:
    assert split_commas(value) == elements


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_quoted_text_holds_one_line_and_comes_back(text: str) -> None:
    assert "\r" not in quote(text)
    assert "\n" not in quote(text)
    assert len(unquote(quote(text))) == len(text)


@given(st.text(max_size=40) | st.text('",<>\\ \ta', max_size=40))
def test_splitting_loses_nothing_but_space(text: str) -> None:
    bare = str.maketrans("", "", " \t")
    assert ",".join(split_commas(text)).translate(bare) == text.translate(bare)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INVITE", True),
        ("a-.!%*_+`'~9", True),
        ("", False),
        ("a b", False),
        ("a:", False),
        ("é", False),
        ("a\n", False),
    ],
)
def test_tokens(text: str, expected: bool) -> None:
    assert is_token(text) is expected


def test_what_cannot_stand_in_quotes_becomes_a_space() -> None:
    assert quote("a\r\nb\0\tc\x7f") == '"a  b \tc "'


def test_parameters() -> None:
    params = read_params(';A=1 ; b = "x;y" ;c', "via")
    assert params == (("a", "1"), ("b", '"x;y"'), ("c", None))
    assert [find_param(params, name) for name in "abcd"] == ["1", '"x;y"', "", None]
    assert write_params(params) == ';a=1;b="x;y";c'


@pytest.mark.parametrize(
    "text", [";", ";;", "a", ";=1", ";a=", ";a=1;A=2", ";a=1,", ';a="', ";a b", ";a=1 2"]
)
def test_bad_parameters_bear_the_label_of_their_header(text: str) -> None:
    with pytest.raises(MalformedSip) as refusal:
        read_params(text, "via")
    assert refusal.value.part == "via"
