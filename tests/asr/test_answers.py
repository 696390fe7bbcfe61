"""Vosk's answers, moved and joined."""

from __future__ import annotations

import json

import pytest

from asr.answers import joined, moved, read
from asr.words import parse_speech

ONE = '{"result": [{"conf": 0.5, "end": 1.2, "start": 0.9, "word": "一"}], "text": "一"}'
TWO = '{"result": [{"conf": 1.0, "end": 3.0, "start": 2.0, "word": "二"}], "text": "二"}'
EMPTY = '{"text": ""}'


def test_all_times_move_and_nothing_else() -> None:
    words = parse_speech(moved(ONE, 3600.0)).words
    assert [(word.text, word.start, word.end, word.conf) for word in words] == [("一", 3600.9, 3601.2, 0.5)]


@pytest.mark.parametrize("message", ['{"partial": "start"}', EMPTY, '{"start" nonsense'])
def test_what_has_no_times_stays_as_it_is(message: str) -> None:
    assert moved(message, 5.0) == message


def test_nothing_to_move() -> None:
    assert moved(ONE, 0.0) is ONE


def test_alternatives_move_too() -> None:
    best = moved(json.dumps({"alternatives": [{"confidence": 1.0, **json.loads(ONE)}]}), 1.0)
    assert json.loads(best)["alternatives"][0]["result"][0]["start"] == pytest.approx(1.9)


def test_an_endless_confidence_is_the_surest() -> None:
    (word,) = parse_speech(moved(ONE.replace("0.5", "inf"), 1.0)).words
    assert (word.start, word.conf) == (pytest.approx(1.9), 1.0)


def test_two_utterances_in_one_message_are_one_answer() -> None:
    both = parse_speech(joined([ONE, EMPTY, TWO]))
    assert both.text == "一二"
    assert [word.text for word in both.words] == ["一", "二"]


@pytest.mark.parametrize(
    ("results", "one"), [([ONE], ONE), ([EMPTY, ONE], ONE), ([ONE, EMPTY], ONE), ([EMPTY, EMPTY], EMPTY)]
)
def test_one_that_says_something_is_the_answer(results: list[str], one: str) -> None:
    assert joined(results) is one


def test_without_words_only_the_text() -> None:
    assert json.loads(joined(['{"text": "a"}', '{"text": "b"}'])) == {"text": "a b"}


@pytest.mark.parametrize("bad", ["[]", "1", "nonsense"])
def test_what_is_no_answer(bad: str) -> None:
    with pytest.raises(ValueError):
        read(bad)
