"""Tickets of our own calls in the database. `save` writes a ticket, its handling and its outbox row in one
transaction: all or none.

Fulfils ports_tickets.TicketStore. Knows tables and the ticket's JSON, nothing of how the outbox is emptied.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import HANDLINGS_TURN, Database, alone, insert_into
from bridge.adapters.db_filing import Filed, file
from bridge.adapters.db_handling_rows import follow_facts, handling_of, write_steps
from bridge.adapters.db_letters import put
from bridge.adapters.db_tables import TICKETS
from bridge.clock import Clock
from bridge.handling.papers import facts_of, first_handling, retargeted
from bridge.handling.timetable import NO_DEADLINES, Timetable
from bridge.handling.words import Deed, Handling
from bridge.ports_handling import Post
from bridge.tickets.search_text import of_papers
from bridge.tickets.ticket import Ticket, decode, encode, webhook_body

Way = Callable[[str, str], tuple[str, ...]]
Changed = tuple[Handling, Deed | None, bool]

_NOBODYS: Final = frozenset({"draft", "delivered", "returned"})
"""States in which nobody has taken it: the key may still turn it to another platform."""


class TicketTable:
    """`pushed` is told the platform after each commit that put something into the outbox for it; it must
    return at once. way: the path from one platform to another, both ends included. own: platforms that read
    our own database. saved: told each version that is on disk, and when the key was pressed; handled: a
    handling that this changed, the deed that did (None: none did), and whether it is new."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        pushed: Callable[[str], None] = lambda platform: None,
        way: Way = lambda origin, target: (origin, target),
        own: Collection[str] = (),
        timetable: Timetable = NO_DEADLINES,
        saved: Callable[[dict[str, Any], datetime], None] = lambda document, at: None,
        handled: Callable[[Handling, Deed | None, bool], None] = lambda handling, deed, new: None,
    ) -> None:
        self._database, self._clock, self._pushed, self._saved = database, clock, pushed, saved
        self.way, self.own, self.timetable, self._handled = way, own, timetable, handled

    async def save(self, ticket: Ticket, *, push: bool) -> None:
        """The ticket and, if `push`, its outbox row; on disk on return. An older version changes nothing."""
        now, following = self._clock.wall(), self.way(ticket.from_platform, ticket.to_platform)[1]
        push = push and following not in self.own
        document: dict[str, Any] = {}
        changed: Changed | None = None
        async with self._database.write() as connection:
            await alone(connection, HANDLINGS_TURN)
            written = await _store(connection, ticket)
            if written:
                document = encode(ticket)
                changed = await self._handle(connection, ticket, document, now)
                tokens = of_papers(document, speech=ticket.state == "final")
                filed = Filed("ticket", ticket.id, ticket.incident, ticket.facts.pressed_at, tokens)
                await file(connection, filed)
            if written and push:
                post = Post(following, ticket.kind, ticket.version, webhook_body(ticket, now))
                await put(
                    connection, post, id=f"msg_{uuid4().hex}", ticket=ticket.id,
                    incident=ticket.incident, now=now,
                )  # fmt: skip
        if written:
            self._saved(document, ticket.facts.pressed_at)
        if changed is not None:
            self._handled(*changed)
        if written and push:
            self._pushed(following)

    async def unfinished(self) -> tuple[Ticket, ...]:
        """Tickets whose call had not ended, oldest first."""
        chosen = select(TICKETS.c.document).where(TICKETS.c.state != "final").order_by(TICKETS.c.pressed_at)
        async with self._database.read() as connection:
            return tuple(_read(row) for row in await connection.execute(chosen))

    async def ticket_of(self, incident: str) -> Ticket | None:
        """The newest version of that incident's ticket."""
        chosen = select(TICKETS.c.document).where(TICKETS.c.incident == incident)
        async with self._database.read() as connection:
            row = (await connection.execute(chosen)).first()
        return None if row is None else _read(row)

    async def _handle(
        self, connection: AsyncConnection, ticket: Ticket, document: dict[str, Any], now: datetime
    ) -> Changed | None:
        """Its handling opens with the first version, turns to another platform with the key, and follows what
        the papers say. None: it stays as it was."""
        facts, handling = facts_of(document), await handling_of(connection, ticket.id)
        path = self.way(ticket.from_platform, ticket.to_platform)
        if handling is None:
            first = first_handling(document, now, path)
            return await write_steps(connection, ((first, None),), facts, now, new=True), None, True
        if handling.target != ticket.to_platform and handling.state in _NOBODYS:
            turned, deed = retargeted(handling, path, now)
            steps = ((self.timetable.follow(turned), deed),)
            return await write_steps(connection, steps, facts, now, new=False), deed, False
        after = await follow_facts(connection, handling, facts, now, self.timetable)
        return None if after == handling else (after, None, False)


async def _store(connection: AsyncConnection, ticket: Ticket) -> bool:
    """Insert or replace by a newer version, in one statement; whether it was newer."""
    values = _columns(ticket)
    row = insert_into(connection, TICKETS).values(values)
    newer = TICKETS.c.version < row.excluded.version
    done = await connection.execute(
        row.on_conflict_do_update(index_elements=[TICKETS.c.id], set_=values, where=newer)
    )
    return done.rowcount == 1


def _columns(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "incident": ticket.incident,
        "call": ticket.facts.call,
        "version": ticket.version,
        "state": ticket.state,
        "from_platform": ticket.from_platform,
        "to_platform": ticket.to_platform,
        "pressed_at": ticket.facts.pressed_at,
        "document": json.dumps(encode(ticket), ensure_ascii=False),
    }


def _read(row: Row[Any]) -> Ticket:
    return decode(json.loads(row.document))
