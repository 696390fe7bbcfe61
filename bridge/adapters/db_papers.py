"""Papers in the database, wherever they began: of calls of ours in `tickets`, of others in `papers`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import merged
from bridge.adapters.db_filing import Filed, file_all
from bridge.adapters.db_json import written
from bridge.adapters.db_tables import TICKETS
from bridge.adapters.db_tables_handling import PAPERS
from bridge.tickets.search_text import of_papers


async def papers_of(connection: AsyncConnection, ticket: str) -> dict[str, Any] | None:
    """The newest papers: of a call of ours, of another platform, or of the web channel."""
    for chosen in (
        select(TICKETS.c.document).where(TICKETS.c.id == ticket),
        select(PAPERS.c.document).where(PAPERS.c.ticket == ticket),
    ):
        text = (await connection.execute(chosen)).scalar()
        if text is not None:
            document: dict[str, Any] = json.loads(text)
            return document
    return None


async def keep_all(connection: AsyncConnection, papers: Mapping[str, dict[str, Any]], now: datetime) -> None:
    """Papers from elsewhere, in the place of older ones; they can be found from now on. By their ticket."""
    if not papers:
        return
    values = [
        {
            "ticket": ticket,
            "version": document["version"],
            "at": now,
            "document": written(document),
        }
        for ticket, document in papers.items()
    ]
    put = merged(connection.dialect.name, PAPERS, ("ticket",), ("version", "at", "document"))
    await connection.execute(put, values)
    await file_all(
        connection,
        [
            Filed("ticket", ticket, str(document["incident"]), now, of_papers(document, speech=True))
            for ticket, document in papers.items()
        ],
    )
