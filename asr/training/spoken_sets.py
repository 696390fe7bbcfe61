"""Says sentences that training never saw and writes them as lists for `python -m asr evaluate`.

Runs espeak-ng; needs neither PyTorch nor Kaldi nor Vosk. How wrong a model hears them is not counted here.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

import numpy as np

from asr.audio import Clip, wav_bytes
from asr.samples import TELEPHONE_RATE, FloatSamples, set_peak, through_alaw
from asr.training.grammar import Grammar
from asr.training.sentences import held_out_by_hand, held_out_drawn
from asr.training.speech import PEAK_DBFS, telephone, telephone_clip
from asr.training.synth import Order, say
from asr.training.text import written
from asr.training.voices import HELD_OUT, TRAINING, draw_prosody

NOBODY: Final = "无人说话 nobody speaks"
_EDGE: Final = np.zeros(TELEPHONE_RATE * 4 // 10, np.float32)
_SEED: Final = 2023
_SMALL: Final = 12
_SMALL_CHARACTERS: Final = range(10, 19)
_SMALL_SILENCES: Final = ("white noise", "busy 450 Hz", "A-law idle")
_SMALL_SECONDS: Final = 2
"""The committed set: a dozen sentences, and three lines with nobody on them; less than 1 MB."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence said by one voice, clean, 8 kHz, with the edges of silence that a call has."""

    voice: str
    text: str
    samples: FloatSamples

    @property
    def clip(self) -> Clip:
        """As a recording, peak -6 dBFS."""
        return telephone_clip(set_peak(np.concatenate((_EDGE, self.samples, _EDGE)), PEAK_DBFS))


def speak(voices: Sequence[str], sentences: Sequence[str], per_voice: int, seed: int = _SEED) -> list[Spoken]:
    """`per_voice` of the sentences by each voice, in varying manners; what espeak-ng cannot say is left
    out."""
    source = random.Random(seed)  # noqa: S311 - a sample, not a secret
    drawn = [(voice, source.sample(list(sentences), per_voice)) for voice in voices]
    return [spoken for voice, texts in drawn for spoken in _say(voice, texts, source)]


def _say(voice: str, texts: Sequence[str], source: random.Random) -> Iterator[Spoken]:
    orders = [Order(text, draw_prosody(source)) for text in texts]
    for order, utterance in zip(orders, say(voice, orders), strict=True):
        if utterance is not None:
            yield Spoken(voice, written(order.text), telephone(utterance))


def nobody_speaks(seed: int = _SEED) -> Iterator[tuple[str, FloatSamples]]:
    """Named sounds of 5 s on a line without a speaker, in A-law; the right text for each is none."""
    chance = np.random.default_rng(seed)
    time = np.arange(5 * TELEPHONE_RATE) / TELEPHONE_RATE
    tone = np.sin(2 * np.pi * 450 * time)
    keys = np.sin(2 * np.pi * 770 * time) + np.sin(2 * np.pi * 1336 * time)
    sounds = {
        "silence": time * 0,
        "white noise": chance.standard_normal(len(time)) * 0.2,
        "quiet noise": chance.standard_normal(len(time)) * 0.01,
        "ring-back 450 Hz": tone * (time % 5 < 1),
        "busy 450 Hz": tone * (time % 0.7 < 0.35),
        "dial tone 450 Hz": tone,
        "DTMF": keys * (time % 0.2 < 0.1) / 2,
    }
    for name, sound in sounds.items():
        samples = (sound * 0.3).astype(np.float32)
        yield name, samples if name == "silence" else through_alaw(samples)
    yield "A-law idle", through_alaw(np.zeros(len(time), np.float32))


def write_large(folder: Path, grammar: Grammar, per_voice: int) -> Path:
    """The set behind the model card's large table, as `held-out-large.tsv` in the folder; returns the list.

    Training voices and strangers get about as many sentences, though there are four times as many of the
    former.
    """
    texts = {"同一语法 same grammar": held_out_drawn(grammar), "手写句子 by hand": held_out_by_hand()}
    voices = {"训练用的嗓音 training": TRAINING[::2], "没听过的嗓音 held out": HELD_OUT}
    rows: list[tuple[str, Clip, str, str]] = []
    for matter, sentences in texts.items():
        for who, names in voices.items():
            each = min(len(sentences), per_voice * len(TRAINING[::2]) // len(names))
            group = f"{matter}，{len(names)} 种{who}"
            for spoken in speak(names, sentences, each):
                rows.append((spoken.voice or "plain", spoken.clip, spoken.text, group))
    rows += [(name, telephone_clip(samples), "", NOBODY) for name, samples in nobody_speaks()]
    return _write(folder, "held-out-large", rows)


def write_small(folder: Path) -> Path:
    """The set that is committed and measured by the tests, `held-out.tsv` in the folder; returns the list."""
    fitting = [text for text in held_out_by_hand() if len(written(text)) in _SMALL_CHARACTERS]
    source = random.Random(_SEED)  # noqa: S311 - a sample, not a secret
    chosen = zip(cycle(HELD_OUT), source.sample(fitting, _SMALL), strict=False)
    rows = [
        (spoken.voice, spoken.clip, spoken.text, "手写句子 by hand")
        for voice, text in chosen
        for spoken in _say(voice, [text], source)
    ]
    short = _SMALL_SECONDS * TELEPHONE_RATE
    rows += [
        (name, telephone_clip(samples[:short]), "", NOBODY)
        for name, samples in nobody_speaks()
        if name in _SMALL_SILENCES
    ]
    return _write(folder, "held-out", rows)


def _write(folder: Path, name: str, rows: Iterable[tuple[str, Clip, str, str]]) -> Path:
    """WAV files numbered in order, and the list that names them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["# 文件\t说的话\t分组：由 python -m asr.training sets 合成"]
    for number, (who, clip, text, group) in enumerate(rows):
        file = f"{number:04}-{who.replace(' ', '-')}.wav"
        (folder / file).write_bytes(wav_bytes(clip))
        lines.append(f"{file}\t{text}\t{group}")
    path = folder / f"{name}.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
