"""The voice of a final, by the clock: for whoever wants some of its words heard once more."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.adapters.asr_stream import RATE, Piece


@dataclass(frozen=True, slots=True)
class Said:
    """Pieces in the order of speaking."""

    pieces: tuple[Piece, ...]

    def between(self, since: float, until: float) -> bytes:
        """s16le 8 kHz from `since` to `until`, CLOCK_MONOTONIC seconds; what lies in a gap is left out."""
        return b"".join(_part(piece, since, until) for piece in self.pieces)


def _part(piece: Piece, since: float, until: float) -> bytes:
    first, last = (2 * max(0, round((at - piece.at) * RATE)) for at in (since, until))
    return piece.pcm[first:last]
