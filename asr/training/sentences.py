"""What is said: the corpora drawn from the grammar, and the sentences kept out of them.

Pure but for reading data files. Everything is drawn from a seeded random source, so that two builds train
on the same sentences and a test can prove that no held-out sentence is among them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from typing import Final

from asr.training.grammar import PAUSE, Grammar, tidy
from asr.training.speech import prompts, scenes
from asr.training.synth import Order
from asr.training.text import DATA, data_lines, written
from asr.training.voices import TRAINING, draw_prosody

LANGUAGE_SENTENCES: Final = 60_000
"""Sentences for the language model; more made the graph bigger, not better."""

SENTENCES_PER_VOICE: Final = 80
"""About five minutes of speech a voice."""

LONGEST_SPOKEN: Final = 48
"""Characters of an utterance in acoustic training: about 12 s; longer ones teach nothing new."""

_LANGUAGE_SEED: Final = 12345
_ACOUSTIC_SEED: Final = 110
_HELD_OUT_SEED: Final = 119

_CALLER: Final = ("police_", "hotline_")
_SINGLE: Final = 0.7
"""Share of single sentences; the rest are told as a story (opening, matter, who and where)."""

_SYLLABLES: Final = 0.12
"""Share of utterances of random characters: they teach every syllable, also those the sentences never use."""

_FIRST_LEVEL: Final = range(0xB0A1, 0xD7FA)
"""GB 2312 level 1, the 3 755 everyday ideographs, as the bytes of that encoding."""


@cache
def everyday_characters() -> tuple[str, ...]:
    """The 3 755 ideographs of GB 2312's first level."""
    codes = (code.to_bytes(2, "big") for code in _FIRST_LEVEL if code & 0xFF >= 0xA1 and code & 0xFF <= 0xFE)
    decoded = (code.decode("gb2312", "ignore") for code in codes)
    return tuple(character for character in decoded if character)


def draw(grammar: Grammar, source: random.Random) -> list[str]:
    """One utterance as words and pauses: a single sentence, or a caller's story of several."""
    names = list(grammar.sections)
    weights = [grammar.sections[name].weight for name in names]
    section = source.choices(names, weights)[0]
    if source.random() < _SINGLE or not section.startswith(_CALLER):
        return grammar.sentence(section, source)
    return _story(grammar, section, source)


def _story(grammar: Grammar, section: str, source: random.Random) -> list[str]:
    before = source.choice((["opening"], ["opening"], [], ["identity"]))
    after = source.choices(("identity", "answer", "answer"), k=source.randint(0, 2))
    told: list[str] = []
    for name in (*before, section, *after):
        told += [PAUSE, *grammar.sentence(name, source)]
    return tidy(told)


def held_out_by_hand() -> list[str]:
    """Sentences written by a person, with punctuation."""
    return data_lines(DATA / "held_out.txt")


def held_out_drawn(grammar: Grammar, count: int = 400) -> list[str]:
    """Sentences of the same grammar that training is not allowed to use; they have at least four
    characters."""
    source = random.Random(_HELD_OUT_SEED)  # noqa: S311 - a corpus, not a secret
    found: dict[str, None] = {}
    while len(found) < count:
        text = "".join(draw(grammar, source))
        if 4 <= len(written(text)) <= LONGEST_SPOKEN:  # shorter ones ("好的") are anyone's words
            found[text] = None
    return list(found)


def forbidden(grammar: Grammar) -> frozenset[str]:
    """Every text that must stay out of training, without punctuation."""
    spoken = [line.text for line in (*scenes(), *prompts())]
    return frozenset(map(written, (*held_out_by_hand(), *held_out_drawn(grammar), *spoken)))


def language_corpus(grammar: Grammar, count: int = LANGUAGE_SENTENCES) -> list[list[str]]:
    """Sentences as words (no pauses) for the language model; a long pause may end one, as it does in a
    call."""
    source = random.Random(_LANGUAGE_SEED)  # noqa: S311 - a corpus, not a secret
    kept_out = forbidden(grammar)
    corpus: list[list[str]] = []
    while len(corpus) < count:
        for part in _breaths(draw(grammar, source), source):
            if written("".join(part)) not in kept_out:
                corpus.append(part)
    return corpus


def _breaths(tokens: list[str], source: random.Random) -> Iterator[list[str]]:
    """The utterance cut at some of its pauses: a recogniser starts anew after each long one."""
    part: list[str] = []
    for token in tokens:
        if token != PAUSE:
            part.append(token)
        elif source.random() < 0.2:  # most pauses are shorter than the end-pointing rules' half second
            yield part
            part = []
    yield part


def acoustic_corpus(grammar: Grammar, per_voice: int = SENTENCES_PER_VOICE) -> dict[str, list[Order]]:
    """What each training voice says, and how."""
    kept_out = forbidden(grammar)
    return {voice: _orders_of(voice, grammar, kept_out, per_voice) for voice in TRAINING}


def _orders_of(voice: str, grammar: Grammar, kept_out: frozenset[str], count: int) -> list[Order]:
    source = random.Random(f"{_ACOUSTIC_SEED} {voice}")  # noqa: S311 - a corpus, not a secret
    orders: list[Order] = []
    while len(orders) < count:
        text = _syllables(source) if source.random() < _SYLLABLES else "".join(draw(grammar, source))
        if written(text) not in kept_out and len(text) <= LONGEST_SPOKEN:
            orders.append(Order(text, draw_prosody(source)))
    return orders


def _syllables(source: random.Random) -> str:
    return "".join(source.choices(everyday_characters(), k=source.randint(6, 20)))
