"""A hand-written engine for tests: the sound itself says what is "said".

Samples of ±1000..±9000 (signs by chance: a noise) are the word 一..九 for as long as they last; 0 is silence,
and half a second of it ends an utterance. Word times are exact to the sample, so a test can tell what was
dropped, doubled or moved.
"""

from __future__ import annotations

import json
import random
import threading
from array import array

from asr.options import Options
from asr.ports import Recogniser

DIGITS = "零一二三四五六七八九"
ENDPOINT_SECONDS = 0.5
LOUD = 1000
POISON = 30_000
"""A sample value that makes the recogniser fail."""


def spoken(text: str, rate: int = 8000, *, word: float = 0.2, pause: float = 0.1) -> bytes:
    """PCM that the fake engine hears as `text`; a blank in it is 0.6 s of silence (an utterance's end)."""
    samples, chance = array("h"), random.Random(text)
    for char in text:
        if char == " ":
            samples.extend([0] * int(0.6 * rate))
        else:
            loud = LOUD * DIGITS.index(char)
            samples.extend(chance.choice((loud, -loud)) for _ in range(int(word * rate)))
            samples.extend([0] * int(pause * rate))
    return samples.tobytes()


def poison(rate: int = 8000) -> bytes:
    """Half a second that breaks the recogniser."""
    chance = random.Random(POISON)
    return array("h", [chance.choice((POISON, -POISON)) for _ in range(rate // 2)]).tobytes()


class FakeRecogniser:
    """Hears runs of equal samples."""

    def __init__(self, engine: FakeEngine, options: Options, at: int) -> None:
        self.engine, self.options = engine, options
        self.position = at
        self.value, self.begun = 0, at
        self.words: list[dict[str, object]] = []

    def accept(self, pcm: bytes) -> str:
        self.engine.note(len(pcm))
        for sample in array("h", pcm):
            value = abs(sample) // LOUD
            if value == POISON // LOUD:
                raise RuntimeError("poison")
            if value != self.value:
                self._end_run()
                self.value, self.begun = value, self.position
            self.position += 1
        quiet = (self.position - self.begun) / self.options.sample_rate if self.value == 0 else 0.0
        if self.words and quiet >= ENDPOINT_SECONDS:
            return self._result()
        return ""

    def partial(self) -> str:
        return json.dumps({"partial": self._text(now=True)})

    def finish(self) -> str:
        self._end_run()
        self.value, self.begun = 0, self.position
        return self._result()

    def _end_run(self) -> None:
        if 0 < self.value <= 9:
            rate = self.options.sample_rate
            self.words.append(
                {
                    "word": DIGITS[self.value],
                    "start": self.begun / rate,
                    "end": self.position / rate,
                    "conf": 1.0,
                }
            )

    def _text(self, *, now: bool = False) -> str:
        running = [DIGITS[self.value]] if now and 0 < self.value <= 9 else []
        return " ".join([str(word["word"]) for word in self.words] + running)

    def _result(self) -> str:
        text, words, self.words = self._text(), self.words, []
        if self.engine.forgetful:
            return json.dumps({"text": ""})
        return json.dumps({**({"result": words} if words and self.options.words else {}), "text": text})


class FakeEngine:
    """`gate` closed: decoding waits; `forgetful`: finals come empty; `threads`, `largest`: what was seen."""

    name = "fake-model"
    sha256 = "f" * 64
    software = "fake 1"

    def __init__(self, rate: int = 8000, *, forgetful: bool = False, phrases: bool = False) -> None:
        self.rate = rate
        self.phrases = phrases
        self.forgetful = forgetful
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.made: list[Options] = []
        self.threads: set[str] = set()
        self.bytes = 0
        self.given_back = 0

    def recogniser(self, options: Options, at: int = 0) -> FakeRecogniser:
        self.made.append(options)
        return FakeRecogniser(self, options, at)

    def give_back(self, recogniser: Recogniser) -> None:
        self.given_back += 1

    def note(self, size: int) -> None:
        self.threads.add(threading.current_thread().name)
        if not self.gate.is_set():
            self.waiting.set()
            assert self.gate.wait(10)
        self.bytes += size
