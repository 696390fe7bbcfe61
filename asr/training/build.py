"""From nothing to a Vosk model folder, step by step, telling each step and its time on stderr."""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from asr.training import export, graph, lexicon, network, trigram
from asr.training.features import MFCC_CONF, Labels, material
from asr.training.grammar import Grammar, load
from asr.training.lexicon import Lexicon
from asr.training.sentences import acoustic_corpus, everyday_characters, language_corpus

JOBS: Final = 2
"""Processes for speech and features; more than two help little beside the training that follows."""

MODEL_CONF: Final = """--min-active=200
--max-active=3000
--beam=12.0
--lattice-beam=5.0
--acoustic-scale=1.0
--frame-subsampling-factor=3
--frames-per-chunk=30
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""
"""conf/model.conf. Subsampling must be 3: Vosk's word times count on it. An utterance ends after half a
second to a second of silence, the surer the decoder is the sooner."""

_UNSEEN_WORD: Final = 0.5
_CHARACTER: Final = 0.05
_RARE_CHARACTER: Final = 0.01
"""Unigram counts for what the drawn sentences happen not to contain: vocabulary words, single characters that
occur inside words, other everyday characters."""


def build(out: Path) -> None:
    """Builds the model into `out` (replaced only at the end, and only the parts this writes; the card stays).

    Raises RuntimeError when espeak-ng or fstconvert fail, OSError when libespeak-ng is missing.
    """
    grammar = load()
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    with _step("lexicon"):
        words = lexicon.build(vocabulary(grammar))
        corpus = acoustic_corpus(grammar)
    with _step("speech and features"):
        speech = material(corpus, words.classes(), JOBS)
    with _step("network"):
        trained = network.train(speech, len(words.classes()))
        export.write_model(trained, fresh / "am" / "final.mdl")
    with _step("language model and graph"):
        write_language(fresh, grammar, words, mean_lengths(speech.labels, len(words.classes())))
    out.mkdir(parents=True, exist_ok=True)
    for part in ("am", "graph", "conf"):
        shutil.rmtree(out / part, ignore_errors=True)
        (fresh / part).rename(out / part)
    fresh.rmdir()


def write_language(out: Path, grammar: Grammar, words: Lexicon, durations: Sequence[float]) -> None:
    """Writes graph/ and conf/ under `out`; durations as in graph.write_graph."""
    sentences = language_corpus(grammar)
    model = trigram.estimate(sentences, unseen_counts(sentences, words))
    graph.write_graph(out / "graph", words, model, durations)
    (out / "conf").mkdir(parents=True, exist_ok=True)
    (out / "conf" / "mfcc.conf").write_text(MFCC_CONF)
    (out / "conf" / "model.conf").write_text(MODEL_CONF)


def vocabulary(grammar: Grammar) -> list[str]:
    """The grammar's words, their characters, and every other everyday character."""
    words = grammar.words()
    return sorted({*words, *"".join(words), *everyday_characters()})


def unseen_counts(sentences: Sequence[Sequence[str]], words: Lexicon) -> dict[str, float]:
    """A small count for every word of the lexicon, larger for characters that are common inside words."""
    common = Counter(character for sentence in sentences for word in sentence for character in word)
    counts = {}
    for word in words.pronunciations:
        if len(word) > 1:
            counts[word] = _UNSEEN_WORD
        elif word in common:
            counts[word] = _CHARACTER * (1 + math.log1p(common[word]))
        else:
            counts[word] = _RARE_CHARACTER
    return counts


def mean_lengths(labels: Labels, classes: int) -> list[float]:
    """Mean length of each class's runs, in output frames; a class that never occurs counts as 3 frames."""
    starts = np.append(True, labels[1:] != labels[:-1])
    runs = np.bincount(labels[starts], minlength=classes)
    frames = np.bincount(labels, minlength=classes)
    return [float(f / r) if r else 3.0 for f, r in zip(frames, runs, strict=True)]


@contextmanager
def _step(name: str) -> Iterator[None]:
    sys.stderr.write(f"{name} ...\n")
    start = time.monotonic()
    yield
    sys.stderr.write(f"{name}: {time.monotonic() - start:.0f} s\n")
