"""Each day's and hour's figures, made anew in the database from the handlings that were opened then.

Whoever writes a handling marks it stale in the same statement; a day with stale ones is counted again as a
whole, in one transaction in which nobody else writes handlings. So figures are exact, cost the writer
nothing, and can always be made again. What requests are about is found out on the way.
"""

from __future__ import annotations

import json
from datetime import tzinfo
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import HANDLINGS_TURN, Database, alone
from bridge.adapters.db_handling_rows import told
from bridge.adapters.db_papers import papers_of
from bridge.adapters.db_tables_analysis import (
    DAY_FIGURES,
    DEADLINE_FIGURES,
    HOUR_FIGURES,
    THINNED_HOURS,
    TOPICS,
)
from bridge.adapters.db_tables_deadlines import DEADLINES
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS
from bridge.adapters.db_topics import find_topics
from bridge.analysis.figures import MEASURES
from bridge.analysis.periods import Period, day_of_hour, hours_of
from bridge.analysis.reasons import reason_class
from bridge.handling.papers import facts_of

_H: Final = HANDLINGS.c
AT_ONCE: Final = 500
"""Handlings of one transaction when their papers are read anew."""

Span = tuple[int, int]
"""The first hour, and the one after the last."""


class FigureTable:
    """zone: on whose clock days begin."""

    def __init__(self, database: Database, zone: tzinfo) -> None:
        self._database, self._zone = database, zone

    async def stale_days(self, most: int) -> tuple[int, ...]:
        """Days whose figures are not right any more, the newest first; at most so many."""
        hours = select(_H.hour).where(_H.stale == 1)
        found: list[int] = []
        async with self._database.read() as connection:
            last = (await connection.execute(hours.order_by(_H.hour.desc()).limit(1))).scalar()
            while last is not None and len(found) < most:
                found.append(day_of_hour(last, self._zone))
                begin = self._span(found[-1])[0]
                older = hours.where(_H.hour < begin).order_by(_H.hour.desc()).limit(1)
                last = (await connection.execute(older)).scalar()
        return tuple(found)

    async def count(self, day: int) -> None:
        """That day's figures, anew; on disk on return."""
        span = self._span(day)
        async with self._database.write() as connection:
            await alone(connection, HANDLINGS_TURN)
            await find_topics(connection, _within(span), day)
            counted = update(HANDLINGS).where(_within(span), _H.stale == 1).values(stale=0)
            await connection.execute(counted)
            if not await _thinned(connection, span):
                await _count(connection, span, day)

    async def rebuild(self) -> None:
        """Everything anew: read the papers again, forget all topics, and the figures of every day that has
        all its tickets still. `count` the stale days then; until all of them are counted, figures are too
        low."""
        last: str | None = ""
        while last is not None:
            async with self._database.write() as connection:
                await alone(connection, HANDLINGS_TURN)
                last = await _reread(connection, last)
        async with self._database.write() as connection:
            await alone(connection, HANDLINGS_TURN)
            await connection.execute(delete(TOPICS))
            await self._forget_figures(connection)
            await _reclassify(connection)

    async def _forget_figures(self, connection: AsyncConnection) -> None:
        hours = (await connection.execute(select(THINNED_HOURS.c.hour))).scalars()
        days = sorted({day_of_hour(hour, self._zone) for hour in hours})
        for table in (DAY_FIGURES, DEADLINE_FIGURES):
            await connection.execute(delete(table).where(table.c.day.not_in(days)))
        hour = HOUR_FIGURES.c.hour
        begin = 0
        for day in days:
            first, end = self._span(day)
            await connection.execute(delete(HOUR_FIGURES).where(hour >= begin, hour < first))
            begin = end
        await connection.execute(delete(HOUR_FIGURES).where(hour >= begin))

    def _span(self, day: int) -> Span:
        hours = hours_of(Period(day, day), self._zone)
        return hours.start, hours.stop


async def _thinned(connection: AsyncConnection, span: Span) -> bool:
    """Tickets of that time have been deleted."""
    hour = THINNED_HOURS.c.hour
    chosen = select(hour).where(hour.between(span[0], span[1] - 1)).limit(1)
    return (await connection.execute(chosen)).scalar() is not None


def _within(span: Span) -> ColumnElement[bool]:
    return _H.hour.between(span[0], span[1] - 1)


def sums() -> dict[str, ColumnElement[Any]]:
    """The measures of a set of handlings."""

    def when(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((condition, 1), else_=0))

    made: dict[str, ColumnElement[Any]] = {
        "tickets": func.count(),
        "urgent": when(_H.urgency == "urgent"),
        "danger": when(_H.urgency == "danger"),
        "phone": when(_H.channel == "phone"),
        "transferred": when(_H.outcome == "transferred"),
        "failed": when(_H.outcome == "failed"),
        "left": when(_H.outcome == "abandoned"),
        "answered": func.count(_H.waited),
        "answer_seconds": func.coalesce(func.sum(_H.waited), 0.0),
        "answered_15": when(_H.waited <= 15),
        "accepted": when(_H.accepted_at.is_not(None)),
        "fed_back": when(_H.fed_back_at.is_not(None)),
        "closed": when(_H.state == "closed"),
        "withdrawn": when(_H.state == "withdrawn"),
        "returned": when(_H.returns > 0),
        "returns": func.sum(_H.returns),
        "reopened": when(_H.reopened > 0),
        "negotiated": when(_H.negotiated),
        "disputed": when(_H.disputed),
    }
    return {name: made[name] for name in MEASURES}


async def _count(connection: AsyncConnection, span: Span, day: int) -> None:
    category = func.coalesce(_H.category, "")
    where: dict[str, Any] = {"origin": _H.origin, "target": _H.target, "path": _H.path, "category": category}
    await connection.execute(delete(DAY_FIGURES).where(DAY_FIGURES.c.day == day))
    hour = HOUR_FIGURES.c.hour
    await connection.execute(delete(HOUR_FIGURES).where(hour >= span[0], hour < span[1]))
    await connection.execute(delete(DEADLINE_FIGURES).where(DEADLINE_FIGURES.c.day == day))
    by_day = {"day": literal(day, Integer), **where, "county": _H.county, **sums()}
    chosen = select(*by_day.values()).where(_within(span)).group_by(*where.values(), _H.county)
    await connection.execute(insert(DAY_FIGURES).from_select(list(by_day), chosen))
    by_hour = {"hour": _H.hour, **where, **sums()}
    chosen = select(*by_hour.values()).where(_within(span)).group_by(_H.hour, *where.values())
    await connection.execute(insert(HOUR_FIGURES).from_select(list(by_hour), chosen))
    columns, chosen = _deadlines(span, day)
    await connection.execute(insert(DEADLINE_FIGURES).from_select(columns, chosen))


def _deadlines(span: Span, day: int) -> tuple[list[str], Select[Any]]:
    due = DEADLINES.c
    by: dict[str, Any] = {
        "path": _H.path, "category": func.coalesce(_H.category, ""), "county": _H.county,
        "partner": due.partner, "kind": due.kind,
    }  # fmt: skip
    over = {name: func.sum(case((due.state == name, 1), else_=0)) for name in ("met", "missed")}
    made = {"day": literal(day, Integer), **by, **over}
    joined = select(*made.values()).join_from(HANDLINGS, DEADLINES, due.ticket == _H.ticket)
    return list(made), joined.where(_within(span), due.state != "open").group_by(*by.values())


async def _reread(connection: AsyncConnection, last: str) -> str | None:
    """What the papers of some handlings say, read again; the last one's ticket, None: there are no more."""
    chosen = select(_H.ticket).where(_H.ticket > last).order_by(_H.ticket).limit(AT_ONCE)
    tickets = (await connection.execute(chosen)).scalars().all()
    for ticket in tickets:
        document = await papers_of(connection, ticket)
        if document is not None:
            await connection.execute(
                update(HANDLINGS).where(_H.ticket == ticket).values(told(facts_of(document)))
            )
    marked = update(HANDLINGS).where(_H.ticket.in_(tickets)).values(stale=1, topic=None)
    if tickets:
        await connection.execute(marked)
    return tickets[-1] if tickets else None


async def _reclassify(connection: AsyncConnection) -> None:
    """Returns are sorted by today's words."""
    log = HANDLING_LOG.c
    rows = (await connection.execute(select(log.seq, log.document).where(log.deed == "return"))).all()
    for seq, document in rows:
        reason = reason_class(str(json.loads(document)["deed"]["reason"]))
        await connection.execute(update(HANDLING_LOG).where(log.seq == seq).values(reason=reason))
