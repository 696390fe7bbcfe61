"""How good a model is: says sentences it never heard, sends them through a telephone line, counts wrong
characters.

Runs espeak-ng and Vosk; needs neither PyTorch nor Kaldi, so the tests measure the committed model with it
too.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from asr.training import augment
from asr.training.audio import (
    TELEPHONE_RATE,
    FloatSamples,
    set_peak,
    through_alaw,
    through_ulaw,
    to_int16,
)
from asr.training.grammar import Grammar
from asr.training.sentences import held_out_by_hand, held_out_drawn
from asr.training.speech import telephone
from asr.training.synth import Order, say
from asr.training.text import edit_distance, written
from asr.training.voices import HELD_OUT, TRAINING, draw_prosody

Line = Callable[[FloatSamples, np.random.Generator], FloatSamples]
"""What happens to clean 8 kHz speech on its way."""

_CHUNK: Final = TELEPHONE_RATE // 10
_EDGE: Final = np.zeros(TELEPHONE_RATE * 4 // 10, np.float32)
_SEED: Final = 2023


@dataclass(frozen=True, slots=True)
class Score:
    """Characters said, and how many had to be inserted, deleted or replaced."""

    characters: int = 0
    errors: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.characters + other.characters, self.errors + other.errors)

    @property
    def rate(self) -> float:
        """Character error rate, 0 = all right."""
        return self.errors / self.characters if self.characters else 0.0

    def __str__(self) -> str:
        return f"{self.rate:.2%} ({self.errors}/{self.characters})"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence said by one voice, clean, 8 kHz."""

    voice: str
    text: str
    samples: FloatSamples


def clean_alaw(samples: FloatSamples, chance: np.random.Generator) -> FloatSamples:
    """A good line with A-law."""
    return through_alaw(set_peak(samples, -6.0))


def clean_ulaw(samples: FloatSamples, chance: np.random.Generator) -> FloatSamples:
    """A good line with µ-law."""
    return through_ulaw(set_peak(samples, -6.0))


def noisy_alaw(samples: FloatSamples, chance: np.random.Generator) -> FloatSamples:
    """White, pink, hum or bursty noise at 8..45 dB, a level of -28..-1 dBFS, A-law."""
    loud = augment.add_noise(samples, chance.uniform(*augment.SNR_DB), chance)
    return through_alaw(set_peak(loud, chance.uniform(*augment.PEAK_DBFS)))


LINES: Final[dict[str, Line]] = {"A-law": clean_alaw, "µ-law": clean_ulaw, "A-law + noise": noisy_alaw}


def speak(voices: Sequence[str], sentences: Sequence[str], per_voice: int, seed: int = _SEED) -> list[Spoken]:
    """`per_voice` of the sentences by each voice, in varying manners; what espeak-ng cannot say is left
    out."""
    source = random.Random(seed)  # noqa: S311 - a sample, not a secret
    spoken = []
    for voice in voices:
        orders = [Order(text, draw_prosody(source)) for text in source.sample(list(sentences), per_voice)]
        for order, utterance in zip(orders, say(voice, orders), strict=True):
            if utterance is not None:
                spoken.append(Spoken(voice, written(order.text), telephone(utterance)))
    return spoken


def recognise(model: Any, samples: FloatSamples, rate: int = TELEPHONE_RATE) -> str:
    """The recogniser's text of the whole audio, without blanks, fed as a call would feed it."""
    import vosk  # noqa: PLC0415 - loading the native library is slow, and most of this package does without

    recogniser = vosk.KaldiRecognizer(model, rate)
    pcm = to_int16(samples)
    heard = []
    for start in range(0, len(pcm), _CHUNK):
        if recogniser.AcceptWaveform(pcm[start : start + _CHUNK].tobytes()):
            heard.append(json.loads(recogniser.Result())["text"])
    heard.append(json.loads(recogniser.FinalResult())["text"])
    return "".join(heard).replace(" ", "")


def score(
    model: Any,
    spoken: Sequence[Spoken],
    line: Line,
    wrong: Callable[[Spoken, str], None] = lambda _s, _h: None,
) -> dict[str, Score]:
    """Score per voice; `wrong` hears each sentence that was not understood exactly."""
    chance = np.random.default_rng(_SEED)
    scores: dict[str, Score] = {}
    for sentence in spoken:
        samples = line(np.concatenate((_EDGE, sentence.samples, _EDGE)), chance)
        heard = recognise(model, samples)
        errors = edit_distance(sentence.text, heard)
        scores[sentence.voice] = scores.get(sentence.voice, Score()) + Score(len(sentence.text), errors)
        if errors:
            wrong(sentence, heard)
    return scores


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


def report(model_folder: Path, grammar: Grammar, per_voice: int = 12, show: bool = False) -> str:
    """The model card's tables (Markdown); with `show`, scores by voice and the misheard sentences too."""
    import vosk  # noqa: PLC0415 - see recognise

    vosk.SetLogLevel(-1)
    model = vosk.Model(str(model_folder))
    texts = {"same grammar": held_out_drawn(grammar), "by hand": held_out_by_hand()}
    groups = {"training": TRAINING[::2], "held out": HELD_OUT}
    rows = ["| sentences (none in training) | voices | " + " | ".join(LINES) + " |", "|---" * 5 + "|"]
    details: list[str] = []
    for name, sentences in texts.items():
        for group, voices in groups.items():
            # Both groups get about as many sentences, though there are four times as many training voices.
            spoken = speak(voices, sentences, per_voice * len(TRAINING[::2]) // len(voices))
            scores = {line: score(model, spoken, way, _noting(details)) for line, way in LINES.items()}
            cells = [str(sum(by_voice.values(), Score())) for by_voice in scores.values()]
            rows.append(f"| {name} | {len(voices)} {group} | " + " | ".join(cells) + " |")
            details += [
                f"{line}: {voice or '-'} {s}" for line, by in scores.items() for voice, s in by.items()
            ]
    silent = [f"| {name} | {recognise(model, sound) or 'empty'} |" for name, sound in nobody_speaks()]
    table = "\n".join([*rows, "", "| nobody speaks | text |", "|---|---|", *silent])
    return table + ("\n\n" + "\n".join(details) if show else "")


def _noting(details: list[str]) -> Callable[[Spoken, str], None]:
    return lambda said, heard: details.append(f"{said.voice or '-'}\n  {said.text}\n  {heard}")
