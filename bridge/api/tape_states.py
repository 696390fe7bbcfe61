"""How the recordings of one call stand for a viewer: to be heard, gone, not to be opened, or not theirs to
hear. So that a page can say which, before anybody presses play."""

from __future__ import annotations

from typing import Any, Literal

from bridge.access.principal import Principal
from bridge.adapters.db_recordings import Recording
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.errors import BridgeError, NoSuchThing

State = Literal["there", "deleted", "missing", "locked", "forbidden"]
"""deleted: its time was over; missing: the file is gone; locked: sealed, and the key is not at hand or the
file was changed; forbidden: the viewer may not listen."""

MOST = 50
"""Recordings of one call that are looked at."""


class TapeStates:
    """shelf: None where nothing is ever recorded."""

    def __init__(self, shelf: RecordingShelf | None) -> None:
        self._shelf = shelf

    async def of(self, call: str, who: Principal) -> list[dict[str, Any]]:
        """In the order of time."""
        if self._shelf is None:
            return []
        rows = await self._shelf.table.find(call, None, None, MOST, who.platform)
        allowed = who.has("listen")
        return [_view(row, await self._state(row) if allowed else "forbidden") for row in reversed(rows)]

    async def _state(self, row: Recording) -> State:
        if self._shelf is None or row.deleted_at is not None:
            return "deleted"
        try:
            (await self._shelf.open(row)).close()
        except NoSuchThing:
            return "missing"
        except BridgeError:
            return "locked"
        return "there"


def _view(row: Recording, state: State) -> dict[str, Any]:
    return {
        "id": row.file,
        "state": state,
        "started_at": row.started_at.isoformat(),
        "offset_seconds": None if row.offset is None else round(row.offset, 3),
        "seconds": round(row.seconds, 3),
        "sealed": row.sealed,
        "ended": row.ended,
        "missing_seconds": round(row.missing, 3),
        "legs": row.legs,
    }
