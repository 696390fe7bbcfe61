"""The books of one leg's stream to the recogniser: what waits, what was sent, what was answered, and when it
was said.

No I/O, no clock: `asr_client` carries. Two promises are kept here. *Bounded*: live voice waits 10 s at most,
then the oldest goes, and when it was said is told, for the recording. *Word times stay true*: every piece
keeps the CLOCK_MONOTONIC time of its first sample, so a dropped piece, a lost tap or a new connection moves
no word. After a lost connection the voice since the last final is said again to the next one; only if that is
no longer whole, the partial last shown is kept as a final instead. Never both: nothing lost that was shown,
nothing twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from asr.words import Speech, Word
from bridge.media.pcm import Upsampler

RATE: Final = 8000
"""Hz of what is fed; a telephone's."""
WAITING_BYTES: Final = 10 * RATE * 2
"""10 s: a caption later than that helps nobody in the call; the recording is transcribed afterwards."""
AGAIN_BYTES: Final = 20 * RATE * 2
"""20 s: Vosk ends an utterance by itself after 20 s (endpoint rule 5), so an unfinished one is seldom
longer."""
MESSAGE_LEAST: Final = RATE * 2 // 10
MESSAGE_MOST: Final = 4 * MESSAGE_LEAST
"""0.1 s, as small as Vosk's captions get quicker by; 0.4 s when behind, so that a backlog goes faster."""
SLIP: Final = 0.03
"""Seconds by which a piece's own time may differ from the count of samples before it is a gap: above a tap's
jitter,
below a syllable."""
LOSSES: Final = 3
"""Connections lost over the same voice before it is given up: it may be what kills the server."""
SETTLED: Final = 2.0
"""Seconds of stream behind which a word of a later final can no longer begin, once a final has come."""


@dataclass(frozen=True, slots=True)
class Piece:
    """s16le samples and the CLOCK_MONOTONIC seconds of the first."""

    at: float
    pcm: bytes

    @property
    def end(self) -> float:
        """When the sample after the last one is due."""
        return self.at + len(self.pcm) / 2 / RATE

    def without(self, size: int) -> Piece:
        """The piece less its first `size` bytes."""
        return Piece(self.at + size / 2 / RATE, self.pcm[size:])


Span = tuple[float, float]
"""A stretch of voice, CLOCK_MONOTONIC seconds of its first sample and of the one after its last."""


def spans(pieces: Iterable[Piece]) -> list[Span]:
    """When these pieces were said; those that follow on each other are one stretch."""
    found: list[Span] = []
    for piece in pieces:
        if found and abs(piece.at - found[-1][1]) <= SLIP:
            found[-1] = (found[-1][0], piece.end)
        else:
            found.append((piece.at, piece.end))
    return found


class Shelf:
    """A queue of pieces with a limit in bytes; what no longer fits goes oldest first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: deque[Piece] = deque()
        self.size = 0

    def put(self, piece: Piece) -> list[Piece]:
        """Adds at the end; returns what had to go at the front."""
        self._pieces.append(piece)
        self.size += len(piece.pcm)
        gone: list[Piece] = []
        while self.size > self._limit:
            gone.append(self._cut(self.size - self._limit))
        return gone

    def take(self) -> Piece:
        """The oldest piece. Raises IndexError on an empty shelf."""
        piece = self._pieces.popleft()
        self.size -= len(piece.pcm)
        return piece

    def clear(self) -> list[Piece]:
        """Empties the shelf and returns what was on it."""
        pieces = list(self._pieces)
        self._pieces.clear()
        self.size = 0
        return pieces

    def _cut(self, size: int) -> Piece:
        """Takes at most `size` bytes off the front."""
        piece = self.take()
        if len(piece.pcm) <= size:
            return piece
        rest = piece.without(size)
        self._pieces.appendleft(rest)
        self.size += len(rest.pcm)
        return Piece(piece.at, piece.pcm[:size])


class Ruler:
    """Where on the clock each sample of one connection was: marks (sample number, time), one for each gap."""

    def __init__(self) -> None:
        self._marks: list[tuple[int, float]] = []
        self.samples = 0

    def add(self, piece: Piece) -> None:
        """The piece follows what was sent before."""
        if not self._marks or abs(self.time(self.samples) - piece.at) > SLIP:
            self._marks.append((self.samples, piece.at))
        self.samples += len(piece.pcm) // 2

    def time(self, sample: float) -> float:
        """The clock's time of a sample; before anything was sent: 0."""
        if not self._marks:
            return 0.0
        place = bisect_right(self._marks, sample, key=lambda mark: mark[0])
        number, at = self._marks[max(0, place - 1)]
        return at + (sample - number) / RATE

    def forget(self, sample: float) -> None:
        """No sample before this one will be asked for again: keeps the list short over hours."""
        while len(self._marks) > 1 and self._marks[1][0] <= sample:
            del self._marks[0]


class AsrStream:
    """One leg's books over all its connections; `rate` in Hz is what the server is told (8000 or 16000)."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._waiting = Shelf(WAITING_BYTES)
        self._again = Shelf(AGAIN_BYTES)
        self._said = Shelf(AGAIN_BYTES)
        self._whole = True
        self._losses = 0
        self._flight: list[Piece] = []
        self._shown = ""
        self.begin: float | None = None
        """CLOCK_MONOTONIC seconds of the first sample ever fed: the zero of every word's time."""
        self.final: tuple[Piece, ...] = ()
        """The voice of the last final, for whoever is told of it; empty it then."""
        self.heard = 0.0
        """CLOCK_MONOTONIC seconds up to which the recogniser has answered."""
        self.connected()

    def connected(self) -> None:
        """A new connection: the server counts samples from zero."""
        self._ruler = Ruler()
        self._upsampler = Upsampler() if self._rate != RATE else None

    def feed(self, piece: Piece) -> list[Span]:
        """Voice to be sent; returns the older voice that had to go for it."""
        piece = replace(piece, pcm=piece.pcm[: len(piece.pcm) & ~1])
        if not piece.pcm:
            return []
        if self.begin is None:
            self.begin = piece.at
        return spans(self._waiting.put(piece))

    @property
    def idle(self) -> bool:
        """Nothing waits and nothing is owed: ending here loses no word."""
        return not (self._waiting.size or self._again.size or self._said.size or self._shown)

    @property
    def settled(self) -> bool:
        """All that had to be said again is answered."""
        return not (self._again.size or self._flight)

    def take(self, *, rest: bool) -> bytes:
        """The next message's PCM at the server's rate, or b"" when less than 0.1 s waits (`rest`: take that
        too)."""
        size = self._again.size + self._waiting.size
        if not size or (size < MESSAGE_LEAST and not rest):
            return b""
        pcm = bytearray()
        while size and len(pcm) < MESSAGE_MOST:
            piece = (self._again if self._again.size else self._waiting).take()
            self._send(piece)
            pcm += piece.pcm
            size -= len(piece.pcm)
        return self._upsampler.feed(bytes(pcm)) if self._upsampler else bytes(pcm)

    def _send(self, piece: Piece) -> None:
        self._ruler.add(piece)
        self._flight.append(piece)
        if self._said.put(piece):
            self._whole = False

    def answered(self, speech: Speech) -> Speech | None:
        """The server's answer to the last message, as it is to be told (None: a final of silence)."""
        if self._flight:
            self.heard = self._flight[-1].end
            self._flight.clear()
        if self.settled:
            self._losses = 0
        if speech.kind == "partial":
            self._shown = speech.text
            return speech
        shown, self._shown = self._shown, ""
        self.final = tuple(self._said.clear())
        self._whole = True
        told = replace(speech, words=tuple(map(self._on_our_clock, speech.words)))
        self._ruler.forget(self._ruler.samples - SETTLED * RATE)
        if speech.text:
            return told
        return Speech("final", shown) if shown else None

    def _on_our_clock(self, word: Word) -> Word:
        """The word's times in seconds from `begin` instead of from the connection's first sample."""
        # A time past what was sent is nonsense of the server's: the word was said by now.
        places = (min(at * RATE, self._ruler.samples) for at in (word.start, word.end))
        start, end = (self._ruler.time(place) - (self.begin or 0.0) for place in places)
        return replace(word, start=start, end=max(start, end))

    def lost(self) -> tuple[Speech | None, list[Span]]:
        """The connection is gone: what to keep as a final, and the voice that will not be said again."""
        said, flight, again = self._said.clear(), list(self._flight), self._again.clear()
        self._losses += bool(flight)
        self._flight.clear()
        if self._losses >= LOSSES:
            return self._abandon([*said, *again])
        kept = None
        if not self._whole and self._shown:
            kept, self._shown = Speech("final", self._shown), ""
            said = flight
        self._whole = True
        return kept, spans(gone for piece in [*said, *again] for gone in self._again.put(piece))

    def _abandon(self, pieces: list[Piece]) -> tuple[Speech | None, list[Span]]:
        """These pieces will not be recognised: the partial last shown as a final, and when they were said."""
        kept = Speech("final", self._shown) if self._shown else None
        self._shown, self._whole, self._losses = "", True, 0
        return kept, spans(pieces)

    def give_up(self) -> tuple[Speech | None, list[Span]]:
        """No server will hear the rest: the partial last shown as a final, and the voice it had no final for
        (what was answered with an empty partial was silence)."""
        said, flight, self._flight = self._said.clear(), self._flight, []
        return self._abandon(
            [*(said if self._shown else flight), *self._again.clear(), *self._waiting.clear()]
        )
