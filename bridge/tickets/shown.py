"""What somebody is shown of what was said: whole or with personal numbers covered, and how it reads.

Pure. The one place where covering and reading meet: what is covered is covered in the recogniser's words
first, and only then made readable, so no form of the text shows what another hides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.tickets.masking import Line, mask_lines
from bridge.tickets.readable import readable, word_places
from bridge.tickets.transcript import SpokenWord, Utterance


@dataclass(frozen=True, slots=True)
class Shown:
    """An utterance as it is shown. text: the recogniser's words; readable: the same for people; words: with
    their times."""

    text: str
    readable: str
    words: tuple[SpokenWord, ...]


def show_last(before: Sequence[Utterance], said: Utterance, *, covered: bool, fillers: bool) -> Shown:
    """An utterance that has just been heard, after those before it: a number may have begun there."""
    text = _covered([*before, said], live=True)[-1] if covered else said.text
    return _shown(said, text, fillers)


def show(
    utterances: Sequence[Utterance], *, covered: bool, fillers: bool, live: bool = False
) -> tuple[Shown, ...]:
    """Each of them, in the same order. live: more may be said, so that a number at the end of what a leg said
    last may go on; what still changes is always taken so."""
    texts = _covered(utterances, live) if covered else [each.text for each in utterances]
    return tuple(_shown(each, text, fillers) for each, text in zip(utterances, texts, strict=True))


def _shown(utterance: Utterance, text: str, fillers: bool) -> Shown:
    words = utterance.words if text == utterance.text else _words(utterance, text)
    reads = readable(text, words, fillers=fillers) if utterance.final else text
    return Shown(text, reads, words)


def _covered(utterances: Sequence[Utterance], live: bool) -> Sequence[str]:
    last = {utterance.leg: number for number, utterance in enumerate(utterances)}
    return mask_lines(
        [
            Line(each.leg, each.text, open=not each.final or (live and last[each.leg] == number))
            for number, each in enumerate(utterances)
        ]
    )


def _words(utterance: Utterance, text: str) -> tuple[SpokenWord, ...]:
    """The words of a text that was covered, as long as it was; none if nobody knows which are which."""
    places = word_places(utterance.text, utterance.words)
    return tuple(
        replace(word, text=text[place : place + len(word.text)])
        for place, word in zip(places, utterance.words, strict=False)
    )
