"""Recordings in the database: which file holds which call. Knows the table, and no file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from bridge.adapters.db import Database, insert_into
from bridge.adapters.db_concerns import recordings_of
from bridge.adapters.db_tables import RECORDINGS
from bridge.clock import Clock
from bridge.media.takes import Kept

_R = RECORDINGS.c


@dataclass(frozen=True, slots=True)
class Recording:
    """One row; see `db_tables.RECORDINGS`. legs: leg, channel (0 left, 1 right), speaker of each."""

    file: str
    call: str
    started_at: datetime
    began: float
    zero: float | None
    seconds: float
    octets: int
    sha256: str
    path: str
    sealed: bool
    ended: str
    missing: float
    legs: list[dict[str, Any]]
    deleted_at: datetime | None

    @property
    def offset(self) -> float | None:
        """Seconds since the call began, as in its transcript, of the first sample; None: nobody said."""
        return None if self.zero is None else self.began - self.zero


class RecordingTable:
    """The table."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def keep(self, kept: Kept) -> None:
        """A finished file's row; told twice it is one row. On disk on return."""
        async with self._database.write() as connection:
            row = insert_into(connection, RECORDINGS).values(_columns(kept))
            await connection.execute(row.on_conflict_do_nothing())

    async def get(self, file: str) -> Recording | None:
        """One of them."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(RECORDINGS).where(_R.file == file))).first()
        return None if row is None else _recording(row)

    async def find(
        self,
        call: str | None,
        since: datetime | None,
        until: datetime | None,
        most: int,
        platform: str = "",
    ) -> list[Recording]:
        """The newest first; of one call, of a time, at most `most`; platform: only what concerns it, "" for
        all."""
        chosen = select(RECORDINGS).order_by(_R.started_at.desc(), _R.file).limit(most)
        for wanted in (
            None if call is None else _R.call == call,
            None if since is None else _R.started_at >= since,
            None if until is None else _R.started_at < until,
            recordings_of(platform) if platform else None,
        ):
            chosen = chosen if wanted is None else chosen.where(wanted)
        async with self._database.read() as connection:
            return [_recording(row) for row in await connection.execute(chosen)]

    async def older(self, than: datetime, most: int) -> list[Recording]:
        """Those begun before a time whose files are still there, the oldest first."""
        old = (_R.started_at < than, _R.deleted_at.is_(None))
        chosen = select(RECORDINGS).where(*old).order_by(_R.started_at).limit(most)
        async with self._database.read() as connection:
            return [_recording(row) for row in await connection.execute(chosen)]

    async def deleted(self, files: Sequence[str]) -> None:
        """Their files are gone; the rows stay as evidence."""
        changed = update(RECORDINGS).where(_R.file.in_(files)).values(deleted_at=self._clock.wall())
        async with self._database.write() as connection:
            await connection.execute(changed)


def _columns(kept: Kept) -> dict[str, Any]:
    return {
        "file": kept.file,
        "take": kept.take,
        "call": kept.call,
        "started_at": datetime.fromisoformat(kept.started_at),
        "began": kept.began,
        "zero": kept.zero,
        "seconds": kept.seconds,
        "octets": kept.octets,
        "sha256": kept.sha256,
        "path": kept.path,
        "sealed": kept.sealed,
        "ended": kept.end,
        "missing": kept.missing,
        "legs": json.dumps([asdict(leg) for leg in kept.legs], ensure_ascii=False),
    }


def _recording(row: Row[Any]) -> Recording:
    fields = {name: getattr(row, name) for name in Recording.__dataclass_fields__}
    return Recording(**{**fields, "legs": json.loads(row.legs)})
