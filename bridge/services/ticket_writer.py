"""Brings tickets to the store, behind the ticket desk: whatever the store does, the desk never waits.

Holds each ticket's versions that are not on disk yet. Versions between the first and the last are folded
into the newest while they wait, so a store that is gone for an hour costs one ticket's worth of memory for
each ticket.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from typing import Final

import structlog

from bridge.ports_tickets import TicketStore
from bridge.tickets.ticket import Ticket

_LOG = structlog.get_logger(__name__)

MAX_UNWRITTEN: Final = 5000
"""Tickets that may wait for the store, about 100 MB. Past it a new one lives in memory only, and is told
loudly: the call goes on, the oldest papers are kept.
"""

RETRY_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Pauses after every waiting ticket has failed; the last one for ever. A new ticket ends the pause."""

LAST_WRITES_S: Final = 5.0
"""How long `stop` waits for the store."""


class TicketWriter:
    """One task that saves what it is handed, in order for each ticket, for as long as it takes."""

    def __init__(self, store: TicketStore) -> None:
        self._store = store
        self._unwritten: OrderedDict[str, list[Ticket]] = OrderedDict()
        self._failed: set[str] = set()
        self._rounds = 0
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="ticket writer")

    async def stop(self) -> None:
        """Write what is left, then end. Twice is harmless."""
        task, self._task = self._task, None
        if task is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), LAST_WRITES_S)
        if self._unwritten:
            _LOG.critical("tickets not written at the end", incidents=list(self._unwritten))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def holds(self, incident: str) -> bool:
        """A version of that ticket is not on disk yet."""
        return incident in self._unwritten

    def put(self, ticket: Ticket) -> None:
        """Have this version written and pushed; returns at once."""
        waiting = self._unwritten.get(ticket.incident)
        if waiting is None:
            if len(self._unwritten) >= MAX_UNWRITTEN:
                _LOG.critical("ticket kept in memory only: the database is gone", incident=ticket.incident)
                return
            self._unwritten[ticket.incident] = [ticket]
        elif waiting[-1].kind != "opened":
            waiting[-1] = ticket
        else:
            waiting.append(ticket)
        self._idle.clear()
        self._work.set()

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._unwritten:
                await self._write_one()
                if self._failed and self._failed >= self._unwritten.keys():
                    await self._pause()
            self._idle.set()

    async def _write_one(self) -> None:
        """The oldest waiting version of the ticket that waits longest; one that fails goes to the end."""
        incident, waiting = next(iter(self._unwritten.items()))
        ticket = waiting[0]
        try:
            await self._store.save(ticket, push=True)
        except Exception as wrong:  # any store, any error: the ticket is kept and tried again
            _LOG.error("ticket not written yet", incident=incident, error=type(wrong).__name__)
            self._unwritten.move_to_end(incident)
            self._failed.add(incident)
            return
        self._failed.discard(incident)
        self._rounds = 0
        # While it was written a newer version may have taken its place.
        if waiting[0] is ticket:
            del waiting[0]
        if not waiting:
            del self._unwritten[incident]

    async def _pause(self) -> None:
        """All that waits has failed: give the store time, unless something new comes."""
        pause = RETRY_S[min(self._rounds, len(RETRY_S) - 1)]
        self._rounds += 1
        self._failed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._work.wait(), pause)
        self._work.clear()
