"""Words to search by: the same whichever way they are written, nothing a database would have to quote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.tickets.search_words import MOST_ASKED, asked, asked_number, filed, label, personal


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("人民路", (("人民", "民路"),)),
        ("路", (("路",),)),
        ("人民路 打架", (("人民", "民路"), ("打架",))),
        ("Wi-Fi", (("wwi",), ("wfi",))),
        ("１２３４５热线", (("n12345",), ("热线",))),
        ("+86 138 0635 1234", (("n13806351234",),)),
        ("0635-8211234", (("n06358211234",),)),
        ("二十六号楼", (("d26",), ("号楼",))),
        ("电话幺三八零六三五一二三四", (("电话",), ("n13806351234",))),
        (" ，。！_-'\"&|!():*", ()),
    ],
)
def test_what_is_asked(text: str, phrases: tuple[tuple[str, ...], ...]) -> None:
    assert asked(text) == phrases


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("柳园南路", True), ("柳园", True), ("园", True), ("26号", True), ("二十六号", True),
        ("1380635 1234", True), ("ABC", True), ("柳南", False), ("6号", False), ("139", False),
    ],
)  # fmt: skip
def test_what_was_filed_is_found_by_what_is_asked(question: str, found: bool) -> None:
    tokens = filed("东昌府区柳园南路26号，电话138-0635-1234，在abc超市门口")
    text = f" {' '.join(tokens)} "
    assert all(f" {' '.join(phrase)} " in text for phrase in asked(question)) is found


def test_a_number_is_asked_for_whole_or_by_its_end() -> None:
    there = filed("电话是一三八零六三五一二三四")
    for number, found in (("138 0635-1234", True), ("1234", True), ("１２３４", True), ("0635", False)):
        assert all(phrase[0] in there for phrase in asked_number(number)) is found, number
    assert asked_number("") == asked_number(" - ") == ()


def test_numbers_that_may_be_somebodys() -> None:
    assert personal(asked("查 13806351234"))
    assert personal(asked("62220"))
    assert not personal(asked("柳园南路26号 1234"))


@given(st.text(max_size=300))
def test_any_text_is_letters_and_digits_and_bounded(text: str) -> None:
    for token in (*filed(text, label("p", text)), *(each for phrase in asked(text) for each in phrase)):
        assert token.isalnum()
        assert len(token) <= MOST_ASKED


@given(st.text(alphabet="路口打架人民广场1a ，", min_size=1, max_size=30))
def test_every_text_is_found_by_itself(text: str) -> None:
    tokens = f" {' '.join(filed(text))} "
    assert all(f" {' '.join(phrase)} " in tokens for phrase in asked(text))
