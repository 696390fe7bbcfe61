"""What second hearing asks of the world outside: recordings, a recogniser that has time, a book of debts.

Protocols only; `adapters` fulfil them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from asr.words import Speech
from bridge.tickets.doubts import Doubt
from bridge.tickets.missed import Owed


@dataclass(frozen=True, slots=True)
class Tape:
    """One recording of a call. began, ended: CLOCK_MONOTONIC seconds; channels: leg -> its side."""

    file: str
    began: float
    ended: float
    channels: Mapping[str, int]


class Tapes(Protocol):
    """Finished recordings."""

    async def of(self, call: str) -> Sequence[Tape]:
        """Those of a call whose files are there, in the order they were begun. Raises what the database
        raises."""

    async def voice(self, tape: Tape, channel: int, start: float, end: float) -> bytes:
        """One side from `start` to `end` (CLOCK_MONOTONIC seconds, cut to what there is), s16le 8 kHz. Raises
        UnusableRecording, NoSuchThing, OSError."""


class SecondEars(Protocol):
    """The recognisers, when the calls in progress leave them time."""

    async def hear(self, pcm: bytes) -> Sequence[Speech]:
        """The finals of s16le 8 kHz voice, word times from its first sample. Raises NobodyHears."""


NameOutcome = Literal["asked", "confirmed", "changed", "kept", "skipped", "failed"]


class Voice(Protocol):
    """The voice of one final."""

    def between(self, since: float, until: float) -> bytes:
        """s16le 8 kHz from `since` to `until`, CLOCK_MONOTONIC seconds, cut to what there is."""


class NameEars(Protocol):
    """A recogniser that is asked about a few words only."""

    @property
    def ready(self) -> bool:
        """Whether anybody can be asked now: one whose model takes names, while captions keep up."""

    async def hear(self, pcm: bytes, doubt: Doubt) -> str:
        """What s16le 8 kHz voice is, of what the doubt leaves open. Raises NobodyHears."""


class NameMeter(Protocol):
    """The figures of names, for Prometheus."""

    def came(self, outcome: NameOutcome) -> None:
        """What became of a doubtful place."""


class OwedStore(Protocol):
    """The book that outlives us. Raises whatever the database raises."""

    async def put(self, owed: Owed) -> None:
        """Write it, in the place of what was written of the same call."""

    async def all(self) -> Sequence[Owed]:
        """Everything owed, oldest first."""

    async def paid(self, call: str) -> None:
        """Nothing more is to be heard of it."""
