"""The ways to partners that can't call us, built as configured: middle databases and their readers.

asyncpg is loaded only where a middle database is configured: most installations have none.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bridge.adapters.db import Database
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.push import PushWorker, Way
from bridge.api.exchange_letters import Letters, Opened
from bridge.app.batch_folders import BatchFolders
from bridge.app.exchange import ExchangeSide
from bridge.clock import Clock
from bridge.settings import Settings
from bridge.settings.partners import Tickets

if TYPE_CHECKING:
    from bridge.adapters.middle_tables import MiddleDoor


def ways(settings: Settings) -> dict[str, Way]:
    """Platform -> how its letters get there, for those that are not posted to."""
    found: dict[str, Way] = {}
    for name, tickets in _doors(settings, "database").items():
        from bridge.adapters.middle_carrier import MiddleCarrier

        found[name] = Way(MiddleCarrier(middle_door(name, tickets)), timedelta(hours=tickets.ttl_hours))
    return found


def middle_door(name: str, tickets: Tickets) -> MiddleDoor:
    """The middle database that stands between us and that platform. Raises LookupError where it has none."""
    from bridge.adapters.middle_tables import MiddleDoor

    database = tickets.database
    if database is None:
        raise LookupError(name)
    return MiddleDoor(
        platform=name,
        dsn=database.dsn,
        schema=database.db_schema,
        ours=database.tables == "ours",
        poll_s=database.poll_seconds,
        keys=tickets.signing_keys() if tickets.signed else (),
        ttl=timedelta(hours=tickets.ttl_hours),
    )


class Incoming:
    """Whoever fetches what partners have laid down, started and stopped together."""

    def __init__(
        self,
        settings: Settings,
        *,
        opened: Opened,
        outbox: Outbox,
        push: PushWorker,
        clock: Clock,
        database: Database,
        exchange: ExchangeSide,
    ) -> None:
        self._parts: list[Any] = []
        letters = Letters(exchange.desk, {}, opened)

        async def sent_back(id: str, body: str, trouble: str) -> None:
            if await outbox.sent_back(id, body, trouble):
                push.wake()

        for name, tickets in _doors(settings, "database").items():
            from bridge.adapters.middle_reader import Hands, MiddleReader

            hands = Hands(letters.accept, opened, sent_back)
            self._parts.append(MiddleReader(middle_door(name, tickets), hands, clock))
        for name, tickets in _doors(settings, "files").items():
            if tickets.files is not None and tickets.files.incoming is not None:
                files = tickets.files
                self._parts.append(BatchFolders(settings, name, files, database=database, side=exchange))

    async def start(self) -> None:
        """Begin to fetch."""
        for part in self._parts:
            await part.start()

    async def stop(self) -> None:
        """No more; what was not fetched is fetched after the next start."""
        for part in reversed(self._parts):
            await part.stop()


def _doors(settings: Settings, by: str) -> dict[str, Tickets]:
    return {
        name: platform.tickets
        for name, platform in settings.platforms.items()
        if platform.tickets is not None and platform.tickets.by == by
    }
