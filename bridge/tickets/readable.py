"""What was said as people read it: sentences with their marks, digits as digits, fillers where they are
wanted.

Pure. A recogniser writes one run of Hanzi for each utterance; here that run gets punctuation by rule and the
pauses between its words, and numbers are written as a Chinese reader expects them. No Hanzi that is not part
of a number or (if they are unwanted) of a filler is lost, changed or moved. Readable text stays as it is. The
words that count in evidence are always the recogniser's; this is how they are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from bridge.tickets.numerals import numerals
from bridge.tickets.readable_digits import in_digits
from bridge.tickets.readable_fillers import without_fillers
from bridge.tickets.readable_marks import MARKS, marked
from bridge.tickets.transcript import SpokenWord

COMMA_PAUSE: Final = 0.4
"""Seconds of silence between two words that a reader sees as a comma."""
STOP_PAUSE: Final = 0.9
"""Seconds from which it is the end of a sentence."""


LONGEST: Final = 600
"""Characters that are read as sentences: two minutes of talk without a breath. More is no sentence, and is
shown as it came."""
REMEMBERED: Final = 4096
"""Texts at hand as they read, for the next page that opens."""


def readable(text: str, words: tuple[SpokenWord, ...] = (), *, fillers: bool = True) -> str:
    """The text of one utterance, ready to be read. words: its words with their times, where there are any;
    fillers: keep 嗯, 啊, 那个, 就是说."""
    if len(text) > LONGEST:
        return text
    return _sentences(_paused(text, words) if words else text, fillers)


@lru_cache(maxsize=REMEMBERED)
def _sentences(paused: str, fillers: bool) -> str:
    return marked(in_digits(paused if fillers else without_fillers(paused)))


def _paused(text: str, words: Sequence[SpokenWord]) -> str:
    """The text with a mark at every pause, but for those within a number, which is read out in groups."""
    places = word_places(text, words)
    pauses = [
        (place, mark)
        for place, (word, following) in zip(places[1:], pairwise(words), strict=False)
        if (mark := _mark(following.start - word.end))
    ]
    inside = {at for each in numerals(text) for at in range(each.start + 1, each.end)} if pauses else set()
    shown, last = list[str](), 0
    for place, mark in pauses:
        if place not in inside and text[place - 1] not in MARKS and text[place] not in MARKS:
            shown += [text[last:place], mark]
            last = place
    return "".join([*shown, text[last:]])


def word_places(text: str, words: Sequence[SpokenWord]) -> list[int]:
    """Where each word begins in the text; nothing if they are not this text's words."""
    places, at = list[int](), 0
    for word in words:
        found = text.find(word.text, at)
        if found < 0 or text[at:found].strip():
            return []
        places.append(found)
        at = found + len(word.text)
    return places


def _mark(pause: float) -> str:
    return "。" if pause >= STOP_PAUSE else "，" if pause >= COMMA_PAUSE else ""
