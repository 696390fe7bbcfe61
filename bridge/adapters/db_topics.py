"""What requests are about, found out when their day is counted and kept in the database (analysis.topics)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db_tables_analysis import TOPICS
from bridge.adapters.db_tables_handling import HANDLINGS
from bridge.analysis.topics import Topic, Topics

_H: Final = HANDLINGS.c
NO_TOPIC: Final = 0
"""Of a request that says too little."""


async def find_topics(connection: AsyncConnection, within: ColumnElement[bool], day: int) -> None:
    """What those requests of a day (`within` its hours) are about of which that is not known."""
    new = (within, _H.stale == 1, _H.topic.is_(None), _H.request != "")
    chosen = select(_H.ticket, func.coalesce(_H.category, "").label("category"), _H.request).where(*new)
    rows = list(await connection.execute(chosen.order_by(_H.opened_at, _H.ticket)))
    if not rows:
        return
    topics = await _topics(connection, sorted({row.category for row in rows}))
    number = (await connection.execute(select(func.coalesce(func.max(TOPICS.c.id), 0)))).scalar_one()
    found: list[dict[str, Any]] = []
    for row in rows:
        topic = topics[row.category].of(row.request, number + 1) or NO_TOPIC
        number += topic == number + 1
        found.append({"asked": row.ticket, "found": topic})
    await _keep_topics(connection, topics.values(), {row["found"] for row in found}, day)
    of_ticket = update(HANDLINGS).where(_H.ticket == bindparam("asked")).values(topic=bindparam("found"))
    await connection.execute(of_ticket, found)


async def _topics(connection: AsyncConnection, categories: Sequence[str]) -> dict[str, Topics]:
    """What is known of these, the longest without a request first."""
    chosen = select(TOPICS).where(TOPICS.c.category.in_(categories)).order_by(TOPICS.c.last_day, TOPICS.c.id)
    known: dict[str, list[Topic]] = {category: [] for category in categories}
    for row in await connection.execute(chosen):
        known[row.category].append(Topic(row.id, row.category, row.text))
    return {category: Topics(category, there) for category, there in known.items()}


async def _keep_topics(
    connection: AsyncConnection, topics: Iterable[Topics], seen: Iterable[int], day: int
) -> None:
    new = [topic for each in topics for topic in each.new]
    gone = [id for each in topics for id in each.gone]
    if new:
        rows = [{"id": each.id, "category": each.category, "text": each.text} for each in new]
        await connection.execute(insert(TOPICS), [{**row, "last_day": day} for row in rows])
    later = update(TOPICS).where(TOPICS.c.id == bindparam("seen"), TOPICS.c.last_day < day)
    await connection.execute(later.values(last_day=day), [{"seen": id} for id in sorted(seen)])
    if gone:
        await connection.execute(delete(TOPICS).where(TOPICS.c.id.in_(gone)))


async def forget_request(connection: AsyncConnection, ticket: str) -> None:
    """Where this ticket's words stand for a topic, they stand there no more; what is counted stays."""
    chosen = select(_H.request, TOPICS.c.id, TOPICS.c.text).join(TOPICS, TOPICS.c.id == _H.topic)
    row = (await connection.execute(chosen.where(_H.ticket == ticket))).first()
    if row is not None and row.text == row.request:
        await connection.execute(update(TOPICS).where(TOPICS.c.id == row.id).values(text=""))
