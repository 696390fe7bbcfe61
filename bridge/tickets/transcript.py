"""What was said, by whom, when: one call's transcript as a frozen value.

Pure. It merges what the recogniser says of each leg (interim results that still change, final ones that do
not) into one list in the order of speaking. It knows no recogniser, no ticket and no clock: times are
seconds since the call began, given by whoever hears.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

CALLER: Final = "caller"
"""The speaker label of 诉求人; the others are the platforms' names ("12345", "110", …)."""
SUPERVISOR: Final = "supervisor"
"""A supervisor (班长) of ours who has come into the conversation."""

MAX_UTTERANCES: Final = 5000
"""Finals kept per call: seven hours of steady talk. Past it new ones are left out; `truncated` says so."""

MAX_TEXT: Final = 2000
"""Characters kept of one utterance: a recogniser that never ends a sentence must not fill the ticket."""


_BY_KEY: Final = re.compile(r"（按键 .：[^）]*）")


def said_by_key(key: str, word: str) -> str:
    """How an answer by a telephone's key stands in a transcript."""
    return f"（按键 {key}：{word}）"


def by_key(text: str) -> bool:
    """Whether this is such an answer, and no words."""
    return bool(_BY_KEY.fullmatch(text))


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word of an utterance; start, end: seconds since the call began, on the recording's clock; conf: how
    sure the recogniser is, 0..1."""

    text: str
    start: float
    end: float
    conf: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech between two pauses 语句.

    speaker: "caller" or a platform's name. leg: the call leg it was heard on. start, end: seconds since the
    call began, start <= end. final: False while the recogniser may still change the text. id: the same from
    the first interim result to the final one, unique in the incident. words: those of the text with their
    times; none of an interim result, nor of one that had to stand as final.
    """

    speaker: str
    leg: str
    start: float
    end: float
    text: str
    final: bool = True
    id: str = ""
    words: tuple[SpokenWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """`finals` in the order of speaking; `interims` holds at most one unfinished utterance per leg."""

    finals: tuple[Utterance, ...] = ()
    interims: tuple[Utterance, ...] = ()
    truncated: bool = False

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """Finals and interims together in the order of speaking."""
        return tuple(sorted((*self.finals, *self.interims), key=_order))

    def hear(self, utterance: Utterance) -> Transcript:
        """The transcript with this utterance in it; the very same object if it says nothing new.

        A final takes the place of its leg's interim. An empty final keeps the interim's words: a recogniser
        that is cut off mid-sentence answers with an empty final, and what the caller said so far is all
        there is.
        """
        utterance = _tidy(utterance)
        if not utterance.final:
            return self._interim(utterance)
        waiting = self.interim(utterance.leg)
        if waiting is not None and waiting.id and utterance.id not in ("", waiting.id):
            waiting = None  # something else on this leg, as a key that was pressed: the words still come
        rest = tuple(item for item in self.interims if item is not waiting)
        if utterance.text:
            return self._append(utterance, rest)
        return self if waiting is None else self._append(_settled(waiting, utterance.end), rest)

    def settle(self) -> Transcript:
        """Every unfinished utterance made final as it stands: the call is over and no more will be heard."""
        result = self
        for waiting in self.interims:
            result = result.hear(_settled(waiting, waiting.end))
        return result

    def interim(self, leg: str) -> Utterance | None:
        """The unfinished utterance of that leg, if there is one."""
        return next((item for item in self.interims if item.leg == leg), None)

    def said_by(self, speaker: str) -> tuple[str, ...]:
        """That speaker's texts in the order of speaking, unfinished ones included."""
        return tuple(item.text for item in self.utterances if item.speaker == speaker)

    def _interim(self, utterance: Utterance) -> Transcript:
        # Recognisers send empty partials in silence; they must not wipe words that wait for their final.
        if not utterance.text or utterance == self.interim(utterance.leg):
            return self
        others = tuple(item for item in self.interims if item.leg != utterance.leg)
        return replace(self, interims=(*others, utterance))

    def _append(self, utterance: Utterance, interims: tuple[Utterance, ...]) -> Transcript:
        at = bisect_right(self.finals, _order(utterance), key=_order)
        if utterance in self.finals[bisect_left(self.finals, _order(utterance), key=_order) : at]:
            return self if interims == self.interims else replace(self, interims=interims)
        if len(self.finals) >= MAX_UTTERANCES:
            return replace(self, interims=interims, truncated=True)
        return replace(self, finals=(*self.finals[:at], utterance, *self.finals[at:]), interims=interims)


def transcript_of(utterances: Iterable[Utterance]) -> Transcript:
    """All of them heard in turn."""
    result = Transcript()
    for utterance in utterances:
        result = result.hear(utterance)
    return result


def _order(utterance: Utterance) -> tuple[float, float]:
    return (utterance.start, utterance.end)


def _settled(waiting: Utterance, end: float) -> Utterance:
    return replace(waiting, final=True, end=max(waiting.end, end))


def _tidy(utterance: Utterance) -> Utterance:
    text = " ".join(utterance.text.split())[:MAX_TEXT]
    words = utterance.words[:MAX_TEXT]
    return replace(utterance, text=text, end=max(utterance.start, utterance.end), words=words)
