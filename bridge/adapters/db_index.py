"""Everything that can be found, filed anew: what is older than the search, or than its key."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import select

from bridge.adapters.db import Database
from bridge.adapters.db_filing import Filed, file
from bridge.adapters.db_tables import TICKETS, TRANSCRIPTS
from bridge.adapters.db_tables_handling import PAPERS
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.tickets.search_text import of_papers

AT_ONCE: Final = 200
"""Things of one transaction."""


async def index(database: Database, transcripts: TranscriptTable) -> int:
    """How many things were filed, tickets in the order of their calls first."""
    async with database.read() as connection:
        tickets = (
            (await connection.execute(select(TICKETS.c.id).order_by(TICKETS.c.pressed_at))).scalars().all()
        )
        papers = (await connection.execute(select(PAPERS.c.ticket).order_by(PAPERS.c.at))).scalars().all()
        over = (
            select(TRANSCRIPTS.c.call).where(TRANSCRIPTS.c.state != "live").order_by(TRANSCRIPTS.c.started_at)
        )
        calls = (await connection.execute(over)).scalars().all()
    for begin in range(0, len(tickets), AT_ONCE):
        await _tickets(database, tickets[begin : begin + AT_ONCE])
    for begin in range(0, len(papers), AT_ONCE):
        await _papers(database, papers[begin : begin + AT_ONCE])
    for begin in range(0, len(calls), AT_ONCE):
        await transcripts.file(calls[begin : begin + AT_ONCE])
    return len(tickets) + len(papers) + len(calls)


async def _tickets(database: Database, ids: Any) -> None:
    chosen = select(TICKETS).where(TICKETS.c.id.in_(ids)).order_by(TICKETS.c.pressed_at)
    async with database.write() as connection:
        for row in (await connection.execute(chosen)).all():
            tokens = of_papers(json.loads(row.document), speech=row.state == "final")
            await file(connection, Filed("ticket", row.id, row.incident, row.pressed_at, tokens))


async def _papers(database: Database, ids: Any) -> None:
    chosen = select(PAPERS).where(PAPERS.c.ticket.in_(ids)).order_by(PAPERS.c.at)
    async with database.write() as connection:
        for row in (await connection.execute(chosen)).all():
            document = json.loads(row.document)
            tokens = of_papers(document, speech=True)
            await file(connection, Filed("ticket", row.ticket, str(document["incident"]), row.at, tokens))
