"""The exchange of tickets, built: handlings, their desk, and what an acknowledged letter means for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, Final

import structlog

from bridge.adapters.db import Database
from bridge.adapters.db_handlings import HandlingTable
from bridge.adapters.db_outbox import Letter
from bridge.adapters.db_overview import OverviewTable
from bridge.adapters.push_lane import Delivered
from bridge.api.exchange_letters import Seal
from bridge.api.parts import ExchangeParts
from bridge.app import deadlines
from bridge.app.house import Tables
from bridge.clock import Clock
from bridge.handling.kin import DAY, Found
from bridge.handling.words import Deed, Handling
from bridge.ports import Feed
from bridge.post.signing import Key, verify
from bridge.scope.reading import Scope
from bridge.services.handling_desk import HandlingDesk
from bridge.services.kin_desk import KinDesk
from bridge.services.overview_desk import OverviewDesk
from bridge.settings import Settings, tables_deadlines
from bridge.settings.tables_exchange import parties

_LOG = structlog.get_logger(__name__)

Rows = tuple[tuple[str, str, str], ...]

REMEMBERED: Final = 1000
"""Tickets of the last day that are read at a start, the newest: a second's work."""


class ExchangeSide:
    """The parts, public: `wiring` starts them. pushed: something new is in the outbox."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, feed: Feed, pushed: Callable[[str], None]
    ) -> None:
        self._clock, self.parties = clock, parties(settings)
        self.timetable = tables_deadlines.timetable(settings)
        self._seals = _seals(settings, clock)
        self._categories: Rows = ()
        self.store = HandlingTable(database, clock, pushed, self.timetable)
        self.desk = HandlingDesk(
            store=self.store,
            clock=clock,
            feed=feed,
            parties=self.parties,
            heard=self._heard,
            timetable=self.timetable,
            came=self._came,
        )
        self.arrived: Callable[[dict[str, Any], datetime], None] = lambda document, at: None
        """Told papers from elsewhere, for a call that comes with them."""
        self.kin = KinDesk(self._kin_found)
        self.deadlines = deadlines.desk(
            settings,
            database=database,
            timetable=self.timetable,
            parties=self.parties,
            pushed=pushed,
            urge=self.desk.do,
            clock=clock,
            feed=feed,
        )
        self._noting: set[asyncio.Task[None]] = set()

    def _came(self, document: dict[str, Any], at: datetime) -> None:
        self.kin.look(document, at)
        self.arrived(document, at)

    def renew(self, before: Tables, after: Tables) -> None:
        """Other platforms, keys, deadlines, classes."""
        settings = after.settings
        self.parties, self.timetable = parties(settings), tables_deadlines.timetable(settings)
        self.desk.renew(self.parties, self.timetable)
        self.store.timetable = self.timetable
        deadlines.renew(self.deadlines, settings, self.timetable, self.parties)
        self._seals.clear()
        self._seals.update(_seals(settings, self._clock))
        self._categories = rows(after.scope)

    def _heard(self, handling: Handling, deed: Deed | None) -> None:
        self.deadlines.heard(handling, deed)

    async def start(self) -> None:
        """Begin to write; and note the deliveries whose noting an earlier process did not live to see."""
        await self.store.start()
        for ticket in await self.store.delivered_drafts():
            await self.desk.delivered(ticket)
        await self.deadlines.start()
        await self._remember()

    async def stop(self) -> None:
        """Note what has been acknowledged, then end."""
        await self.deadlines.stop()
        await asyncio.gather(*self._noting)
        await self.store.stop()

    def acknowledged(self, done: Delivered) -> None:
        """A platform has taken a version. Returns at once."""
        if done.kind != "opened":
            return
        self._note(done.ticket, self.desk.delivered(done.ticket))

    def overruled(self, letter: Letter, said: Mapping[str, Any]) -> None:
        """A platform has refused a deed, and says how the ticket stands there. Returns at once."""
        self._note(letter.ticket, self.desk.overruled(letter.ticket, letter.platform, said))

    def _kin_found(self, ticket: str, found: Found) -> None:
        self._note(ticket, self.desk.link(ticket, found.kin, found.ticket))

    def _note(self, ticket: str, noting: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._noted(ticket, noting), name=f"note {ticket}")
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _noted(self, ticket: str, noting: Coroutine[Any, Any, None]) -> None:
        try:
            await noting
        except Exception:  # the database; deliveries are noted at the next start, a link is only a hint
            _LOG.exception("not noted", ticket=ticket)

    async def _remember(self) -> None:
        """The last day's tickets, to compare new ones with."""
        since = self._clock.wall() - DAY
        for ticket, at in await self.store.opened_since(since, REMEMBERED):
            papers = await self.store.papers(ticket)
            if papers is not None:
                self.kin.remember(papers, at)

    def overview(self, database: Database) -> OverviewDesk:
        """Tickets as a supervisor looks through them."""
        own, home = self.parties.own, self.parties.home
        return OverviewDesk(OverviewTable(database), self.timetable, self._clock, own, home)

    def reception(self, scope: Scope, opened: Callable[[str, str], Awaitable[None]]) -> ExchangeParts:
        """What reception needs of it. opened: told incident and platform when a partner looks at a ticket."""
        self._categories = rows(scope)
        return ExchangeParts(
            desk=self.desk,
            store=self.store,
            seals=self._seals,
            categories=lambda: self._categories,
            opened=opened,
        )


def rows(scope: Scope) -> Rows:
    """The classes of the lists: id, name, to whom."""
    return tuple((each.id, each.name, each.to) for each in scope.categories)


def _seals(settings: Settings, clock: Clock) -> dict[str, Seal]:
    """Partner -> how its letters' signatures are checked: by the keys of its own ticket door."""
    return {
        name: _seal(platform.tickets.signing_keys(), clock)
        for name, platform in settings.platforms.items()
        if platform.tickets is not None and platform.tickets.by == "api"
    }


def _seal(keys: tuple[Key, ...], clock: Clock) -> Seal:
    return lambda headers, body: verify(headers, body, keys, clock.wall()).id
