"""Recordings as second hearing wants them: one side, from here to there, as linear samples.

Knows the table of recordings and the shelf; every touch of the disk is on a thread.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.adapters.db_recordings import Recording
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.media import g711
from bridge.media.g711 import RATE
from bridge.media.plan import Codec
from bridge.media.wav import HEADER_SIZE, ULAW
from bridge.ports_hearing import Tape

MOST: Final = 200
"""Parts of one call that are looked at: a new one begins only when a disk was full."""


class RecordedVoice:
    """The Tapes port."""

    def __init__(self, shelf: RecordingShelf) -> None:
        self._shelf = shelf

    async def of(self, call: str) -> list[Tape]:
        """The call's recordings whose files are there, in the order they were begun."""
        rows = await self._shelf.table.find(call, None, None, MOST)
        tapes = [_tape(row) for row in rows if row.deleted_at is None]
        return sorted(tapes, key=lambda tape: tape.began)

    async def voice(self, tape: Tape, channel: int, start: float, end: float) -> bytes:
        """One side from `start` to `end` (CLOCK_MONOTONIC seconds), s16le 8 kHz. Raises UnusableRecording,
        NoSuchThing, OSError."""
        row = await self._shelf.table.get(tape.file)
        if row is None:
            return b""
        playable = await self._shelf.open(row)
        first, last = (max(0, round((at - tape.began) * RATE)) for at in (start, end))
        begin, until = (min(HEADER_SIZE + 2 * place, playable.size) for place in (first, last))
        header = b"".join([piece async for piece in playable.read(0, HEADER_SIZE)])
        playable = await self._shelf.open(row)
        octets = b"".join([piece async for piece in playable.read(begin, until)])
        law: Codec = "PCMU" if header[20] == ULAW else "PCMA"
        side = np.frombuffer(octets, dtype=np.uint8)[channel::2].tobytes()
        return g711.decode(law, side).astype("<i2", copy=False).tobytes()


def _tape(row: Recording) -> Tape:
    channels = {leg["leg"]: leg["channel"] for leg in row.legs}
    return Tape(row.file, row.began, row.began + row.seconds, channels)
