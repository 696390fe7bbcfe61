"""Questions to the figures, all added up in the database; making the figures is db_figures'.

Fulfils ports_analysis.AnalysisStore. Topics and places are counted over an index that is in their order, so
that a million tickets need no sorting.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, case, func, or_, select, text

from bridge.adapters.db import Database
from bridge.adapters.db_plans import aside
from bridge.adapters.db_tables_analysis import CALL_HOURS, DAY_FIGURES, DEADLINE_FIGURES, HOUR_FIGURES, TOPICS
from bridge.adapters.db_tables_deadlines import DEADLINES
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS
from bridge.analysis.figures import MEASURES, Sums
from bridge.analysis.periods import Period, hours_of
from bridge.errors import BadRequest
from bridge.ports_analysis import By, Counted, Negotiated, Place, Requests, Wanted

_H: Final = HANDLINGS.c
_LOG: Final = HANDLING_LOG.c
_BY: Final[dict[By, tuple[str, ...]]] = {
    "day": ("day",),
    "category": ("category",),
    "county": ("county",),
    "platform": ("origin", "target"),
}
_NEGOTIATION: Final = ("negotiate", "agree", "dispute")
_RETURNED: Final = "handling_log.deed = 'return' AND handlings.returns > 0"
"""Written out, so that the indexes of exactly these rows are used."""
_CALLS: Final = ("answered", "abandoned", "overflowed", "waited")


class AnalysisTable:
    """zone: on whose clock days begin."""

    def __init__(self, database: Database, zone: tzinfo) -> None:
        self._database, self._zone = database, zone

    async def totals(self, wanted: Wanted) -> Sums:
        """The measures of all of them together."""
        figures = DAY_FIGURES.c
        chosen = _summed(DAY_FIGURES, (), MEASURES).where(*_days(figures.day, wanted), *_of(figures, wanted))
        ((_, sums),) = await self._counted(chosen, 0)
        return sums

    async def grouped(self, wanted: Wanted, by: By) -> Counted:
        """See ports_analysis."""
        figures = DAY_FIGURES.c
        chosen = _summed(DAY_FIGURES, _BY[by], MEASURES)
        chosen = chosen.where(*_days(figures.day, wanted), *_of(figures, wanted))
        return await self._counted(chosen, len(_BY[by]))

    async def hourly(self, wanted: Wanted) -> Counted:
        """See ports_analysis."""
        if wanted.county:
            raise BadRequest("按小时统计时不能选区县")
        figures = HOUR_FIGURES.c
        chosen = _summed(HOUR_FIGURES, ("hour",), MEASURES)
        return await self._counted(chosen.where(*self._hours(figures.hour, wanted), *_of(figures, wanted)), 1)

    async def calls(self, wanted: Wanted) -> Counted:
        """See ports_analysis. They belong to one platform each."""
        calls = CALL_HOURS.c
        chosen = _summed(CALL_HOURS, ("hour", "platform"), _CALLS).where(*self._hours(calls.hour, wanted))
        for platform in wanted.platforms:
            chosen = chosen.where(calls.platform == platform)
        return await self._counted(chosen, 2)

    async def on_time(self, wanted: Wanted, now: datetime) -> Counted:
        """See ports_analysis."""
        over, due = DEADLINE_FIGURES.c, DEADLINES.c
        settled = _summed(DEADLINE_FIGURES, ("partner", "kind"), ("met", "missed"))
        running = (
            select(due.partner, due.kind, func.count().label("overdue"))
            .join_from(DEADLINES, HANDLINGS, due.ticket == _H.ticket)
            # begins with the few that are late, not with the hours of a year
            .where(due.runs.is_(True), due.due < now, *self._hours(aside(_H.hour), wanted))
            .where(*_of(_H, wanted, aside(_H.county)))
            .group_by(due.partner, due.kind)
        )
        done = await self._counted(settled.where(*_days(over.day, wanted), *_of(over, wanted)), 2)
        late = dict(await self._counted(running, 2))
        found = {key: {**sums, **late.pop(key, {})} for key, sums in done}
        return tuple(sorted({**found, **late}.items()))

    async def returns(self, wanted: Wanted) -> Counted:
        """See ports_analysis."""
        chosen = (
            select(_LOG.platform, _LOG.reason, func.count().label("returns"))
            .join_from(HANDLING_LOG, HANDLINGS, _LOG.ticket == _H.ticket)
            .where(
                text("handling_log.deed = 'return' AND handlings.returns > 0"),
                *self._hours(_H.hour, wanted),
                *_of(_H, wanted),
            )
            .group_by(_LOG.platform, _LOG.reason)
        )
        return await self._counted(chosen.order_by(func.count().desc(), _LOG.platform, _LOG.reason), 2)

    async def negotiated(
        self, wanted: Wanted, *, disputed: bool, after: tuple[int, str] | None, most: int
    ) -> tuple[Negotiated, ...]:
        """See ports_analysis."""
        chosen = select(HANDLINGS).where(_H.negotiated, *self._hours(_H.hour, wanted), *_of(_H, wanted))
        if disputed:
            chosen = chosen.where(_H.disputed)
        if after is not None:
            hour, ticket = after
            chosen = chosen.where(or_(_H.hour > hour, and_(_H.hour == hour, _H.ticket > ticket)))
        async with self._database.read() as connection:
            rows = (await connection.execute(chosen.order_by(_H.hour, _H.ticket).limit(most))).all()
            steps = select(_LOG.ticket, _LOG.platform, _LOG.document).where(
                _LOG.ticket.in_([row.ticket for row in rows]),
                _LOG.deed.in_(_NEGOTIATION),
            )
            said = (await connection.execute(steps.order_by(_LOG.seq))).all()
        return tuple(_negotiated(row, said) for row in rows)

    async def frequent(self, wanted: Wanted, most: int) -> tuple[Requests, ...]:
        """See ports_analysis."""
        counted = self._twice(_H.topic, wanted=wanted).where(*_of(_H, wanted, aside(_H.county)))
        counted = counted.where(_H.topic > 0).group_by(_H.topic)
        top = _top(counted, most).subquery()
        chosen = select(TOPICS, top.c.now, top.c.before).join_from(top, TOPICS, top.c.topic == TOPICS.c.id)
        async with self._database.read() as connection:
            rows = await connection.execute(chosen.order_by(top.c.now.desc(), TOPICS.c.id))
            return tuple(Requests(row.category, row.text, row.now, row.before) for row in rows)

    async def places(self, wanted: Wanted, most: int) -> tuple[Place, ...]:
        """See ports_analysis."""
        counted = self._twice(_H.county, _H.spot, wanted=wanted).where(*_of(_H, wanted), _H.spot != "")
        counted = counted.group_by(_H.county, _H.spot)
        top = _top(counted, most).order_by(_H.county, _H.spot)
        async with self._database.read() as connection:
            return tuple(Place(*row) for row in await connection.execute(top))

    def _hours(self, column: ColumnElement[Any], wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
        hours = hours_of(wanted.period, self._zone)
        return column >= hours.start, column < hours.stop

    def _twice(self, *keys: ColumnElement[Any], wanted: Wanted) -> Select[Any]:
        """Counts `now`, of the period, and `before`, of the one before it."""
        now, before = (hours_of(each, self._zone) for each in (wanted.period, wanted.period.before))
        new = func.sum(case((_H.hour >= now.start, 1), else_=0)).label("now")
        old = func.sum(case((_H.hour < now.start, 1), else_=0)).label("before")
        hour = aside(_H.hour)  # in the order of the keys: nothing is sorted, and no ticket's row is read
        return select(*keys, new, old).where(hour >= before.start, hour < now.stop)

    async def _counted(self, chosen: Select[Any], keys: int) -> Counted:
        async with self._database.read() as connection:
            rows = await connection.execute(chosen)
            names = list(rows.keys())[keys:]
            return tuple(
                (tuple(row[:keys]), dict(zip(names, map(_number, row[keys:]), strict=True))) for row in rows
            )


def _top(counted: Select[Any], most: int) -> Select[Any]:
    """Those with the most in the period itself."""
    now = counted.selected_columns["now"]
    return counted.having(func.sum(1) > 0).having(now > 0).order_by(now.desc()).limit(most)


def _summed(table: FromClause, keys: Sequence[str], measures: Sequence[str]) -> Select[Any]:
    columns = [table.c[key] for key in keys]
    added = [func.coalesce(func.sum(table.c[name]), 0).label(name) for name in measures]
    return select(*columns, *added).group_by(*columns).order_by(*columns)


def _days(column: ColumnElement[Any], wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    period: Period = wanted.period
    return (column.between(period.first, period.last),)


def _of(columns: Any, wanted: Wanted, county: ColumnElement[Any] | None = None) -> list[ColumnElement[bool]]:
    """What else is wanted, of a table that has these columns. county: how that one is written."""
    found = [columns.path.contains(f"|{each}|", autoescape=True) for each in wanted.platforms]
    if wanted.category:
        found.append(columns.category == wanted.category)
    if wanted.county:
        found.append((columns.county if county is None else county) == wanted.county)
    return found


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else float(value or 0)


def _negotiated(row: Row[Any], log: Sequence[Any]) -> Negotiated:
    same = ("ticket", "incident", "opened_at", "origin", "target", "holder", "state", "urgency", "county")
    steps = [each for each in log if each.ticket == row.ticket]
    said = [(each.platform, json.loads(each.document)["deed"]["reason"]) for each in steps]
    return Negotiated(
        **{name: getattr(row, name) for name in same},
        category=row.category or "",
        disputed=row.disputed,
        said=tuple((platform, str(words)) for platform, words in said),
    )
