"""What control asks of the recorder, and what the recorder tells: pure values and their JSON lines.

Declarative like call plans: a `TakePlan` is the whole wish for one recording and replaces the one before it,
so that a new recorder (or a new control) is brought up to date by sending every plan once more. A take that
was kept is told again and again, also to the next control, until it is `Stored` in the database.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from bridge.media.plan import Codec

LEFT, RIGHT = 0, 1
"""The caller is left, everybody else is right; several at a time on the right are mixed."""
MAX_ID: Final = 64
"""Octets of a take's id; it is part of a file's name."""
End = Literal["whole", "cut", "full", "failed"]
"""How a recording ended: as it was asked to; by the death of a process or of control; because the disk was
full; because the disk would not take it."""
Why = Literal["disk-full", "quota", "write-failed", "slow-disk", "recorder-gone"]
"""What keeps recordings from being made."""


@dataclass(frozen=True, slots=True)
class TakeLeg:
    """A leg that is (or was) part of a take. channel: LEFT or RIGHT; speaker: the transcript's label."""

    leg: str
    channel: int
    speaker: str


@dataclass(frozen=True, slots=True)
class TakePlan:
    """Control -> recorder: keep what these legs say in one file; ended: no more of it; zero: CLOCK_MONOTONIC
    seconds that are 0 in the call's transcript."""

    take: str
    call: str
    legs: tuple[TakeLeg, ...] = ()
    ended: bool = False
    zero: float | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """Control -> recorder: the database has this file's row."""

    file: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Recorder -> control: a file is finished.

    file: its id (the take's, and the milliseconds of its beginning on the machine's clock); path: relative to
    the recordings' folder; began: CLOCK_MONOTONIC seconds of its first sample, on the clock of words;
    started_at: the same moment, ISO 8601 UTC; seconds: its length; octets, sha256: of the file as it is on
    disk; missing: seconds of voice that were lost on the way; zero: the plan's.
    """

    file: str
    take: str
    call: str
    legs: tuple[TakeLeg, ...]
    path: str
    began: float
    started_at: str
    law: Codec
    sealed: bool
    seconds: float = 0.0
    octets: int = 0
    sha256: str = ""
    end: End = "whole"
    missing: float = 0.0
    zero: float | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Recorder -> control: recordings are not made for now, or again (`over`)."""

    why: Why
    over: bool = False
    detail: str = field(default="", compare=False)


Wish = TakePlan | Stored
News = Kept | Trouble
_WISHES: Final[dict[str, type[Wish]]] = {"TakePlan": TakePlan, "Stored": Stored}
_NEWS: Final[dict[str, type[News]]] = {"Kept": Kept, "Trouble": Trouble}


def encode(value: Wish | News) -> bytes:
    """One JSON line."""
    body = {"kind": type(value).__name__, **asdict(value)}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def decode_wish(line: bytes) -> Wish:
    """A wish in one JSON line. Raises ValueError, KeyError or TypeError on anything else."""
    wish: Wish = _decode(line, _WISHES)
    name = wish.take if isinstance(wish, TakePlan) else wish.file
    if not isinstance(name, str) or not name or len(name) > MAX_ID or not _harmless(name):
        raise ValueError("a take's id is 1 to 64 letters, digits and '-'")
    return wish


def decode_news(line: bytes) -> News:
    """News in one JSON line. Raises ValueError, KeyError or TypeError on anything else."""
    news: News = _decode(line, _NEWS)
    return news


def _decode(line: bytes, kinds: Any) -> Any:
    body = json.loads(line)
    if not isinstance(body, dict):
        raise TypeError("a line is an object")
    kind = kinds[body.pop("kind")]
    if "legs" in body:
        body["legs"] = tuple(TakeLeg(**leg) for leg in body["legs"])
    return kind(**body)


def _harmless(name: str) -> bool:
    """It becomes part of a path."""
    return name.isascii() and name.replace("-", "").isalnum()
