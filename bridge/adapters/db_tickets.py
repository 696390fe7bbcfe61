"""Tickets in the database. `save` writes a ticket and its outbox row in one transaction: both or neither.

Fulfils ports_tickets.TicketStore. Knows tables and the ticket's JSON, nothing of how the outbox is emptied.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database
from bridge.adapters.db_tables import OUTBOX, TICKETS
from bridge.clock import Clock
from bridge.tickets.ticket import Ticket, decode, encode, webhook_body


class TicketTable:
    """`pushed` is called after each commit that put something into the outbox; it must return at once."""

    def __init__(self, database: Database, clock: Clock, pushed: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._clock = clock
        self._pushed = pushed

    async def save(self, ticket: Ticket, *, push: bool) -> None:
        """The ticket and, if `push`, its outbox row; on disk on return. An older version changes nothing."""
        async with self._database.write() as connection:
            written = await _store(connection, ticket)
            if written and push:
                await _post(connection, ticket, self._clock.wall())
        if written and push:
            self._pushed()

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


async def _store(connection: AsyncConnection, ticket: Ticket) -> bool:
    """Insert or replace by a newer version; whether it was newer."""
    known = (
        await connection.execute(select(TICKETS.c.version).where(TICKETS.c.id == ticket.id).with_for_update())
    ).scalar()
    if known is None:
        await connection.execute(insert(TICKETS).values(_columns(ticket)))
    elif known < ticket.version:
        await connection.execute(update(TICKETS).where(TICKETS.c.id == ticket.id).values(_columns(ticket)))
    else:
        return False
    return True


async def _post(connection: AsyncConnection, ticket: Ticket, now: datetime) -> None:
    """The outbox row. It takes the place of updates that still wait, and their patience with them: an outage
    must not be knocked at anew with every word that is said."""
    waiting = (OUTBOX.c.ticket == ticket.id, OUTBOX.c.state == "waiting", OUTBOX.c.kind == "update")
    chosen = select(OUTBOX.c.due, OUTBOX.c.attempts).where(*waiting).order_by(OUTBOX.c.number.desc()).limit(1)
    before = (await connection.execute(chosen)).first()
    due, attempts = (before.due, before.attempts) if before is not None else (now, 0)
    if before is not None:
        gone = {"state": "superseded", "body": "", "settled_at": now}
        await connection.execute(update(OUTBOX).where(*waiting).values(gone))
    await connection.execute(
        insert(OUTBOX).values(
            id=f"msg_{uuid4().hex}",
            ticket=ticket.id,
            incident=ticket.incident,
            version=ticket.version,
            kind=ticket.kind,
            platform=ticket.to_platform,
            body=webhook_body(ticket, now),
            state="waiting",
            attempts=attempts,
            due=max(due, now),
            trouble="",
            created_at=now,
        )
    )


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
