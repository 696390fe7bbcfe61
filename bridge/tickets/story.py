"""A call's words ready for the rules: the caller's as one normal text, each piece traced to its utterance,
and who answered what.

Pure. It knows turns, not elements: which question an answer belongs to, what an agent read back and the
caller agreed to. Keys pressed for yes and no (calls.silence) are answers, but no words of a story."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bridge.tickets.spoken import PAUSE, normal
from bridge.tickets.transcript import CALLER, Transcript, Utterance, by_key

MAX_READ: Final = 1500
"""Characters of the caller's words the rules read, from the start: five minutes of talk. Keeps the key
quick.
"""

MAX_TURNS: Final = 400
"""Turns of both sides that are read: as many as those five minutes can have."""

_YES: Final = re.compile(
    rf"(?:[{PAUSE}嗯哦啊唉哎]|对+|是+的?|没错|好的?|行|可以|就是|就这个|就那|正确|是这个|是这里|是这儿|是那|没问题|"
    r"对着?呢|的|了|这里|这儿|这个|那里|那儿|那个|我|您?说得?对|号码?)+"
)
_NO: Final = re.compile(rf"[{PAUSE}嗯啊哦]*(?:不对|不是|错了|不不|没有|不在|不叫|说错了|我说错了|弄错了)")
_SOUND: Final = 1.0
"""What a recogniser that tells no confidence is taken to mean."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance in normal form. start: where it begins in the story's text, -1 of everybody else's; conf:
    0..1 for each character; settled: the recogniser won't change it any more."""

    caller: bool
    text: str
    id: str
    conf: tuple[float, ...]
    settled: bool
    start: int = -1

    @property
    def end(self) -> int:
        """Where it ends in the story's text."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Story:
    """text: the caller's words with a PAUSE between two utterances; turns: everybody's, in the order of
    speaking."""

    text: str
    turns: tuple[Turn, ...]

    def sources(self, start: int, end: int) -> tuple[tuple[str, ...], float]:
        """The ids of the utterances text[start:end] comes from, and how well it was heard, 0..1."""
        parts = [turn for turn in self.turns if turn.caller and turn.start < end and start < turn.end]
        heard = [
            conf * (1.0 if turn.settled else _UNSETTLED)
            for turn in parts
            for conf in turn.conf[max(0, start - turn.start) : end - turn.start]
        ]
        ids = tuple(dict.fromkeys(turn.id for turn in parts if turn.id))
        return ids, sum(heard) / len(heard) if heard else _SOUND

    def answers(self, question: re.Pattern[str]) -> tuple[tuple[int, int], ...]:
        """Where in the text the caller answers what an agent asked so: his turns up to the agent's next."""
        found: list[tuple[int, int]] = []
        asked = False
        for turn in self.turns:
            if not turn.caller:
                asked = bool(question.search(turn.text))
            elif asked:
                found.append((turn.start, turn.end))
        return tuple(found)

    def read_back(self) -> tuple[tuple[Turn, Turn, bool], ...]:
        """(what an agent said, the caller's answer, whether it agrees) for every turn answered by yes or
        no."""
        found = []
        for asked, answer in zip(self.turns, self.turns[1:], strict=False):
            if not asked.caller and answer.caller:
                verdict = _verdict(answer.text)
                if verdict is not None:
                    found.append((asked, answer, verdict))
        return tuple(found)


_UNSETTLED: Final = 0.8
"""What an unfinished utterance is worth: the recogniser may still change it."""


def tell(transcript: Transcript) -> Story:
    """The transcript as a story, from its start, up to MAX_READ characters of the caller's and MAX_TURNS."""
    turns: list[Turn] = []
    text = ""
    for utterance in transcript.utterances[:MAX_TURNS]:
        if by_key(utterance.text):
            continue
        words, conf = _words(utterance)
        if not words:
            continue
        caller = utterance.speaker == CALLER
        if caller:
            text += PAUSE if text else ""
            start = len(text)
            words = words[: max(0, MAX_READ - start)]
            text += words
        turns.append(Turn(caller, words, utterance.id, conf, utterance.final, start if caller else -1))
        if len(text) >= MAX_READ:
            break
    return Story(text[:MAX_READ], tuple(turns))


def _verdict(answer: str) -> bool | None:
    """Whether the caller says yes, no, or something else."""
    if _NO.match(answer):
        return False
    first = answer.partition(PAUSE)[0]
    return True if _YES.fullmatch(first) else None


def _words(utterance: Utterance) -> tuple[str, tuple[float, ...]]:
    """The normal text and a confidence for each of its characters."""
    text = _normal(utterance.text)
    spoken = [(char, word.conf) for word in utterance.words for char in word.text]
    if "".join(char for char, _ in spoken) == text:
        return text, tuple(conf for _, conf in spoken)
    mean = sum(word.conf for word in utterance.words) / len(utterance.words) if utterance.words else _SOUND
    return text, (mean,) * len(text)


@lru_cache(maxsize=2048)
def _normal(text: str) -> str:
    return normal([text])
