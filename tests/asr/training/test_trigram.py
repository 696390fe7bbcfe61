"""The language model is a probability, knows its extra words, and prefers what it has seen."""

from __future__ import annotations

import pytest

from asr.training.trigram import END, START, Model, estimate, perplexity, probability

SENTENCES = (
    [["我", "要", "报警"]] * 40
    + [["我", "要", "咨询"]] * 20
    + [["他", "在", "家"]] * 10
    + [["家", "在", "东"]]
)


@pytest.fixture(scope="module")
def model() -> Model:
    return estimate(SENTENCES, {"生": 0.05, "我": 0.05})


@pytest.mark.parametrize(
    "history", [(), (START,), (START, "我"), ("我", "要"), ("在",), ("生", "生"), ("要", "报警")]
)
def test_what_may_follow_sums_to_one(model: Model, history: tuple[str, ...]) -> None:
    words = model[()].words
    assert sum(probability(model, history, word) for word in words) == pytest.approx(1, abs=1e-6)


def test_the_seen_is_likelier_than_the_unseen(model: Model) -> None:
    assert probability(model, ("我", "要"), "报警") > probability(model, ("我", "要"), "咨询") > 0.1
    assert probability(model, ("我", "要"), "生") < 0.01
    assert probability(model, ("要", "报警"), END) > 0.9


def test_a_word_of_nowhere_is_impossible(model: Model) -> None:
    assert probability(model, (), "无") == 0


def test_familiar_sentences_surprise_less(model: Model) -> None:
    assert perplexity(model, [["我", "要", "报警"]]) < perplexity(model, [["东", "家", "他"]])
