"""What is said and yet does not count: denied, long ago, on television, only supposed, or another word.

Pure. Everything here is data (config/scope/context.yaml): phrases that hide a word inside them (炸鸡, 水枪),
and frames, marks before or after a word that say what kind of talk it stands in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

PAUSE: Final = "，"
"""Stands between utterances and for every punctuation mark a recogniser may write."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Words within `reach` characters after one of `before`, or before one of `after`, do not count, unless
    one of `until` stands between. only: the classes it is about (none: all); spares: those it is not."""

    id: str
    name: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    reach: int = 0
    only: frozenset[str] = frozenset()
    spares: frozenset[str] = frozenset()

    def about(self, owner: str) -> bool:
        """Whether it has a say over words of that class or danger."""
        return owner not in self.spares and (not self.only or owner in self.only)


class Mark(NamedTuple):
    """A frame's sign where it stands; side: before, after, until."""

    start: int
    end: int
    frame: Frame
    side: str


class Hide(NamedTuple):
    """A phrase that hides the words it covers; owner "": of every class."""

    start: int
    end: int
    owner: str


def hidden(start: int, end: int, owner: str, hides: Iterable[Hide]) -> bool:
    """Whether the word's beginning or end lies in a phrase that means something else."""
    return any(
        hide.owner in ("", owner)
        and (hide.start <= start < hide.end or hide.start < end <= hide.end)
        and (hide.start, hide.end) != (start, end)
        for hide in hides
    )


def framed(text: str, start: int, end: int, owner: str, marks: Sequence[Mark]) -> str:
    """The id of the frame the word text[start:end] stands in, or "". A frame ends with its utterance."""
    for mark in marks:
        frame = mark.frame
        if not frame.about(owner):
            continue
        if mark.side == "before" and 0 <= start - mark.end <= frame.reach:
            between = (mark.end, start)
        elif mark.side == "after" and 0 <= mark.start - end <= frame.reach:
            between = (end, mark.start)
        else:
            continue
        if PAUSE not in text[slice(*between)] and not any(_lifts(other, frame, between) for other in marks):
            return frame.id
    return ""


def _lifts(mark: Mark, frame: Frame, between: tuple[int, int]) -> bool:
    return (
        mark.side == "until" and mark.frame is frame and between[0] <= mark.start and mark.end <= between[1]
    )
