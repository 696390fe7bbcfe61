"""The language model: a word trigram with interpolated absolute discounting, made small by pruning.

Pure. Sentences as words in, for each history a table word -> probability and the weight of backing off out.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

START: Final = "<s>"
END: Final = "</s>"

_DISCOUNT: Final = {2: 0.6, 3: 0.7}
_GAIN: Final = {2: 1.0, 3: 4.0}
"""An n-gram is kept if it tells this much more than the shorter history: count * log(p / p_shorter), in
nats."""

History = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What may follow a history: kept words with their probability, and the weight of the shorter history."""

    words: dict[str, float]
    back_off: float


Model = dict[History, Entry]
"""() is the unigram; an n-gram not in its history's entry is reached by backing off."""


def estimate(sentences: Sequence[Sequence[str]], extra: Mapping[str, float]) -> Model:
    """The model of these sentences; `extra` adds words with (fractional) unigram counts."""
    counts = _counts(sentences)
    unigram: Counter[str] = Counter(counts[1][()])
    del unigram[START]
    for word, count in extra.items():
        unigram[word] += count  # type: ignore[assignment]
    total = sum(unigram.values())
    model: Model = {(): Entry({word: count / total for word, count in unigram.items()}, 0.0)}
    for order in (2, 3):
        for history, followers in counts[order].items():
            if entry := _entry(model, history, followers, order):
                model[history] = entry
    return model


def probability(model: Model, history: History, word: str) -> float:
    """P(word | history), backing off as far as needed."""
    weight = 1.0
    while True:
        entry = model.get(history)
        if entry is not None and word in entry.words:
            return weight * entry.words[word]
        if not history:
            return 0.0
        weight *= entry.back_off if entry is not None else 1.0
        history = history[1:]


def perplexity(model: Model, sentences: Iterable[Sequence[str]]) -> float:
    """Per word, sentence ends counted; every word must be one the model has."""
    log_sum, count = 0.0, 0
    for sentence in sentences:
        history: History = (START,)
        for word in (*sentence, END):
            log_sum -= math.log(probability(model, history[-2:], word))
            history = (*history, word)
            count += 1
    return math.exp(log_sum / count)


def _counts(sentences: Sequence[Sequence[str]]) -> dict[int, dict[History, Counter[str]]]:
    counts: dict[int, dict[History, Counter[str]]] = {n: defaultdict(Counter) for n in (1, 2, 3)}
    for sentence in sentences:
        words = (START, *sentence, END)
        for index in range(1, len(words)):
            for order in (1, 2, 3):
                if index - order + 1 >= 0:
                    counts[order][words[index - order + 1 : index]][words[index]] += 1
    return counts


def _entry(model: Model, history: History, followers: Counter[str], order: int) -> Entry | None:
    total = followers.total()
    mass = _DISCOUNT[order] * len(followers) / total
    kept: dict[str, float] = {}
    shorter_mass = 0.0
    for word, count in followers.items():
        shorter = probability(model, history[1:], word)
        likely = (count - _DISCOUNT[order]) / total + mass * shorter
        if likely > shorter and count * math.log(likely / shorter) > _GAIN[order]:
            kept[word] = likely
            shorter_mass += shorter
    if not kept:
        return None
    return Entry(kept, max(1e-9, 1 - sum(kept.values())) / max(1e-9, 1 - shorter_mass))
