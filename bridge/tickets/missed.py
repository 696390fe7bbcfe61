"""What no recogniser heard in time: kept as stretches, heard again from the recording after the call, and
mended into the transcript by time and name.

Pure. `Missed` and `Portion` are in CLOCK_MONOTONIC seconds, the clock of recordings; a transcript's times are
seconds since its call began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

from asr.words import join_chinese
from bridge.frozen import replace
from bridge.tickets.transcript import SpokenWord, Transcript, Utterance

JOIN: Final = 0.5
"""Seconds: stretches of one leg that are closer together are heard again as one."""
LONGEST: Final = 120.0
"""Seconds of voice heard again in one go: so much is lost when a server dies over it."""
LEAST: Final = 0.05
"""Seconds: shorter ones hold no sound a language has."""

Reason = Literal["", "not-recorded", "recogniser-gone", "recording-unreadable", "interrupted"]
"""Why a transcript stays incomplete: nobody recorded that part; no recogniser was to be had for hours after;
the recording cannot be read (its key is another, it was deleted, the disk lost it); the control process ended
in the middle of the call."""


@dataclass(frozen=True, slots=True)
class Missed:
    """One stretch of one leg's voice. call: whose recording has it."""

    call: str
    leg: str
    speaker: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Owed:
    """A finished call of whose voice something is still to be heard. began: CLOCK_MONOTONIC seconds of its
    transcript's zero; incidents: whose tickets wait for it; tries: how often it was tried in vain."""

    call: str
    began: float
    incidents: tuple[str, ...]
    missed: tuple[Missed, ...]
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Portion:
    """What is heard again in one go: one side of a recording for a while. missed: those whose voice it is;
    several where they spoke at once on one side, for then nobody can tell them apart."""

    channel: int
    start: float
    end: float
    missed: tuple[Missed, ...] = field(default=())

    @property
    def speaker(self) -> str:
        """The transcript's label."""
        return "/".join(dict.fromkeys(each.speaker for each in self.missed))

    @property
    def legs(self) -> frozenset[str]:
        """Whose voice it may be."""
        return frozenset(each.leg for each in self.missed)


def add(known: tuple[Missed, ...], more: Iterable[Missed]) -> tuple[Missed, ...]:
    """All of them by leg and time; those of a leg that touch or nearly do are one."""
    joined: list[Missed] = []
    for item in sorted((*known, *more), key=lambda each: (each.call, each.leg, each.start)):
        last = joined[-1] if joined else None
        if (
            last is not None
            and (last.call, last.leg) == (item.call, item.leg)
            and item.start <= last.end + JOIN
        ):
            joined[-1] = replace(last, end=max(last.end, item.end))
        else:
            joined.append(item)
    return tuple(joined)


def seconds(missed: Iterable[Missed]) -> float:
    """Of voice, over all legs."""
    return sum(each.end - each.start for each in missed)


def portions(
    missed: Iterable[Missed], channels: Mapping[str, int], began: float, ended: float
) -> list[Portion]:
    """What of it a recording has that holds `began` to `ended`, in the order of speaking. channels: leg ->
    its side."""
    inside = [
        replace(each, start=max(each.start, began), end=min(each.end, ended))
        for each in missed
        if each.leg in channels and each.end > began and each.start < ended
    ]
    found: list[Portion] = []
    for channel in sorted(set(channels.values())):
        here = [each for each in inside if channels[each.leg] == channel]
        found += _cut(channel, here)
    return sorted(found, key=lambda each: (each.start, each.channel))


def _cut(channel: int, missed: list[Missed]) -> list[Portion]:
    """Pieces in each of which the same legs were missed, none longer than LONGEST."""
    edges = sorted({edge for each in missed for edge in (each.start, each.end)})
    found: list[Portion] = []
    for start, end in pairwise(edges):
        whose = tuple(each for each in missed if each.start < end and each.end > start)
        count = max(1, round((end - start) / LONGEST + 0.5))
        step = (end - start) / count
        if whose and end - start >= LEAST:
            found += [Portion(channel, start + n * step, start + (n + 1) * step, whose) for n in range(count)]
    return found


def uncovered(missed: Iterable[Missed], heard: Iterable[Portion]) -> float:
    """Seconds of what was missed that none of the portions hold."""
    held = list(heard)
    return sum(
        each.end
        - each.start
        - sum(max(0.0, min(each.end, p.end) - max(each.start, p.start)) for p in held if each.leg in p.legs)
        for each in missed
    )


def mend(transcript: Transcript, portion: Portion, began: float, said: Iterable[Utterance]) -> Transcript:
    """The transcript with what a portion turned out to hold. began: the transcript's zero, CLOCK_MONOTONIC;
    said: utterances of the portion in the transcript's time, perhaps with words from before and after it.

    A word counts where its middle is: in the portion, and not where a word of the same leg is known. What was
    kept of an unfinished utterance there (it has no words' times) gives its place and its name to what was
    heard now. The same portion mended in twice changes nothing.
    """
    start, end = portion.start - began, portion.end - began
    known = [word for u in transcript.finals if u.leg in portion.legs for word in u.words]
    fresh = [cut for item in said if (cut := _within(item, start, end, known)) is not None]
    stale = [
        u for u in transcript.finals if u.leg in portion.legs and _kept(u) and u.start < end and u.end > start
    ]
    if not fresh:
        return transcript
    names = [u.id for u in stale]
    result = replace(transcript, finals=tuple(u for u in transcript.finals if u not in stale))
    for number, item in enumerate(fresh):
        name = names[number] if number < len(names) else item.id
        result = result.hear(replace(item, id=name))
    return result


def _kept(utterance: Utterance) -> bool:
    """Whether it is an interim result that had to stand as final; one without length is a key that was
    pressed."""
    return not utterance.words and utterance.end > utterance.start


def _within(item: Utterance, start: float, end: float, known: list[SpokenWord]) -> Utterance | None:
    words = tuple(word for word in item.words if _counts(word, start, end, known))
    if words == item.words:
        return item if item.text else None
    if not words:
        return None
    text = join_chinese(" ".join(word.text for word in words))
    return replace(item, text=text, words=words, start=words[0].start, end=words[-1].end)


def _counts(word: SpokenWord, start: float, end: float, known: list[SpokenWord]) -> bool:
    middle = (word.start + word.end) / 2
    return start <= middle < end and not any(other.start <= middle < other.end for other in known)
