"""Control's part in recording, built: the shelf of what was kept, and where anything is recorded the desk and
its line to the recorder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from bridge.adapters.db import Database
from bridge.adapters.db_recordings import RecordingTable
from bridge.adapters.recorder_client import RecorderClient
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.clock import Clock
from bridge.media.takes import Kept
from bridge.ports import Feed
from bridge.services.recording_desk import RecordingDesk
from bridge.services.records import Records
from bridge.settings import Settings


class Tapes:
    """recorder: where the recorder listens, None where nothing is recorded: old recordings can still be
    heard, and go when their time is over. recorded: told of each finished one."""

    def __init__(
        self,
        settings: Settings,
        recorder: Path | None,
        *,
        database: Database,
        clock: Clock,
        feed: Feed,
        records: Records,
        new_id: Callable[[], str],
        recorded: Callable[[Kept], Awaitable[None]],
    ) -> None:
        wanted, table = settings.recording, RecordingTable(database, clock)
        keep = timedelta(days=wanted.keep_days) if wanted.keep_days is not None else None
        self.shelf = RecordingShelf(table, wanted.folder, wanted.key, keep, clock)
        self.desk: RecordingDesk | None = None
        self._client: RecorderClient | None = None

        async def keep_and_tell(made: Kept) -> None:
            await table.keep(made)
            await recorded(made)

        if recorder is not None:
            self._client = RecorderClient(
                recorder,
                store=keep_and_tell,
                on_trouble=lambda troubles: self.desk.troubled(troubles) if self.desk else None,
            )
            self.desk = RecordingDesk(self._client, feed, new_id, records)

    async def start(self, stack: AsyncExitStack) -> None:
        """Leaves what must be stopped on the stack."""
        for part in (self.shelf, self._client):
            if part is not None:
                await part.start()
                stack.push_async_callback(part.stop)

    def status(self) -> dict[str, Any]:
        """For the page's head."""
        return {
            "recording": self.desk.state if self.desk else False,
            "recordings": self.desk.open if self.desk else 0,
        }
