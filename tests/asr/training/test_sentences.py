"""What is kept out of training really is: voices, hand-written sentences, drawn ones, the demo's own
calls."""

from __future__ import annotations

import pytest

from asr.training.grammar import PAUSE, Grammar, load
from asr.training.sentences import (
    acoustic_corpus,
    everyday_characters,
    forbidden,
    held_out_by_hand,
    held_out_drawn,
    language_corpus,
)
from asr.training.speech import prompts, scenes
from asr.training.synth import Order
from asr.training.text import written
from asr.training.voices import HELD_OUT, TRAINING


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return load()


@pytest.fixture(scope="module")
def acoustic(grammar: Grammar) -> dict[str, list[Order]]:
    return acoustic_corpus(grammar)


@pytest.fixture(scope="module")
def language(grammar: Grammar) -> set[str]:
    return {"".join(sentence) for sentence in language_corpus(grammar)}


def test_the_held_out_voices_say_nothing_in_training(acoustic: dict[str, list[Order]]) -> None:
    assert {"f5", "m8", "Annie", "edward", "max", "Alicia", "Michael", "steph"} == set(HELD_OUT)
    assert not set(acoustic) & set(HELD_OUT)
    assert set(acoustic) == set(TRAINING)


def test_no_held_out_sentence_is_said_in_training(grammar: Grammar, acoustic: dict[str, list[Order]]) -> None:
    said = {written(order.text) for orders in acoustic.values() for order in orders}
    assert len(said) > 3000
    assert not said & forbidden(grammar)


def test_no_held_out_sentence_is_in_the_language_model(grammar: Grammar, language: set[str]) -> None:
    assert len(language) > 20_000
    assert not language & forbidden(grammar)


def test_forbidden_means_hand_written_drawn_and_the_demos_own(grammar: Grammar) -> None:
    spoken = [line.text for line in (*scenes(), *prompts())]
    texts = {written(text) for text in (*held_out_by_hand(), *held_out_drawn(grammar), *spoken)}
    assert len(held_out_by_hand()) >= 50
    assert texts == forbidden(grammar)


def test_the_demo_speaks_with_held_out_voices_only() -> None:
    assert {line.voice for line in (*scenes(), *prompts())} <= set(HELD_OUT) - {"Alicia"}


def test_drawing_twice_gives_the_same(grammar: Grammar, acoustic: dict[str, list[Order]]) -> None:
    assert acoustic_corpus(grammar) == acoustic
    assert held_out_drawn(grammar) == held_out_drawn(grammar)


def test_no_sentence_of_the_language_model_holds_a_pause(grammar: Grammar) -> None:
    assert all(PAUSE not in sentence and sentence for sentence in language_corpus(grammar, 500))


def test_the_everyday_characters_are_gb_2312_level_one() -> None:
    characters = everyday_characters()
    assert (len(characters), characters[0], characters[-1]) == (3755, "啊", "座")
