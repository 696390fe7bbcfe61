"""Recordings on the disk as control needs them: opened for listeners, deleted when their time is over. Every
touch of the disk is on a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from bridge.adapters.db_recordings import Recording, RecordingTable
from bridge.adapters.metrics import RECORDING_DELETED
from bridge.clock import Clock
from bridge.errors import NoSuchThing
from bridge.media.peaks import CHANNELS, Peaks
from bridge.media.plan import Codec
from bridge.media.recording import Recording as Reader
from bridge.media.wav import HEADER_SIZE

log = structlog.get_logger(__name__)

PIECE: Final = 256 * 1024
"""Octets read at once for a listener: 16 s of a conversation."""
EVERY: Final = 600.0
"""Seconds between two looks for recordings whose time is over."""
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Playable:
    """An open recording that looks like a WAV of `size` octets."""

    size: int
    _file: BinaryIO
    _reader: Reader

    @property
    def law(self) -> Codec:
        """How its samples are written."""
        return self._reader.law

    async def read(self, begin: int, end: int) -> AsyncIterator[bytes]:
        """The octets [begin:end], piece by piece; closes the file at the end. Raises UnusableRecording where
        it was tampered with."""
        try:
            for at in range(begin, end, PIECE):
                yield await asyncio.to_thread(self._reader.read, at, min(end, at + PIECE))
        finally:
            self._file.close()

    def close(self) -> None:
        """Nobody reads it."""
        self._file.close()


class RecordingShelf:
    """folder: the recordings'; key: theirs, or None; keep: how long, None for ever."""

    def __init__(
        self, table: RecordingTable, folder: Path, key: bytes | None, keep: timedelta | None, clock: Clock
    ) -> None:
        self.table = table
        self._folder, self._key, self._keep, self._clock = folder, key, keep, clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to look for recordings whose time is over."""
        if self._keep is not None:
            self._task = asyncio.create_task(self._watch(self._keep), name="recordings' time")

    async def stop(self) -> None:
        """Stops looking."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def open(self, recording: Recording) -> Playable:
        """For a listener. Raises NoSuchThing when the file is gone, UnusableRecording when it cannot be
        read."""
        return await asyncio.to_thread(self._open, recording)

    def _open(self, recording: Recording) -> Playable:
        try:
            file = (self._folder / recording.path).open("rb")
        except OSError:
            raise NoSuchThing("录音文件不在了") from None
        try:
            reader = Reader(file, self._key)
        except BaseException:
            file.close()
            raise
        return Playable(reader.size, file, reader)

    async def peaks(self, recording: Recording, points: int) -> list[list[float]]:
        """How loud each moment is, 0 to 1, left and right. Raises as `open`."""
        playable = await self.open(recording)
        made = Peaks(playable.law, (playable.size - HEADER_SIZE) // CHANNELS, points)
        async for piece in playable.read(HEADER_SIZE, playable.size):
            await asyncio.to_thread(made.take, piece[: len(piece) // CHANNELS * CHANNELS])
        return made.channels()

    async def _watch(self, keep: timedelta) -> None:
        while True:
            try:
                while await self.delete_old(keep):
                    pass
            except Exception:
                log.exception("recordings not deleted")
            await asyncio.sleep(EVERY)

    async def delete_old(self, keep: timedelta) -> int:
        """Deletes some of the files whose time is over; how many."""
        old = await self.table.older(self._clock.wall() - keep, AT_ONCE)
        gone = [each.file for each in old if await asyncio.to_thread(self._delete, each)]
        if gone:
            await self.table.deleted(gone)
            RECORDING_DELETED.inc(len(gone))
            log.info("recordings.deleted", count=len(gone), keep_days=keep.days)
        return len(gone)

    def _delete(self, recording: Recording) -> bool:
        try:
            (self._folder / recording.path).unlink(missing_ok=True)
        except OSError as error:
            log.error("recording.not_deleted", file=recording.file, errno=error.errno)  # noqa: TRY400
            return False
        return True
