"""Letters on their way into the outbox, in the transaction of what they tell of.

Updates of papers that still wait are replaced by newer ones; deeds never are, each is told.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db_tables import OUTBOX
from bridge.ports_handling import Post


async def put(
    connection: AsyncConnection, post: Post, *, id: str, ticket: str, incident: str, now: datetime
) -> None:
    """One more row. Papers take the place of updates that still wait for the same platform, and their
    patience with them: an outage must not be knocked at anew with every word that is said."""
    due, attempts = now, 0
    if post.kind != "deed":
        due, attempts = await _in_their_place(connection, ticket, post.platform, now)
    await connection.execute(
        insert(OUTBOX).values(
            id=id,
            ticket=ticket,
            incident=incident,
            version=post.version,
            kind=post.kind,
            platform=post.platform,
            body=post.body,
            state="waiting",
            attempts=attempts,
            due=due,
            trouble="",
            created_at=now,
        )
    )


async def _in_their_place(
    connection: AsyncConnection, ticket: str, platform: str, now: datetime
) -> tuple[datetime, int]:
    """When the newest of the replaced was due, and how often it was tried; now and never, if there are
    none."""
    waiting = (
        OUTBOX.c.ticket == ticket,
        OUTBOX.c.platform == platform,
        OUTBOX.c.state == "waiting",
        OUTBOX.c.kind == "update",
    )
    chosen = select(OUTBOX.c.due, OUTBOX.c.attempts).where(*waiting).order_by(OUTBOX.c.number.desc()).limit(1)
    before = (await connection.execute(chosen)).first()
    if before is None:
        return now, 0
    gone = {"state": "superseded", "body": "", "settled_at": now}
    await connection.execute(update(OUTBOX).where(*waiting).values(gone))
    return max(before.due, now), before.attempts
