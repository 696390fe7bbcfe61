"""Tickets as a supervisor looks through them: lists by what is the matter with them, and one with all that is
kept of it.

Fulfils ports_overview.OverviewStore. What is rare (late, disputed, dead letters) is found by its own index,
so that a million tickets are not looked at for ten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database
from bridge.adapters.db_deliveries import FIELDS, posted
from bridge.adapters.db_papers import papers_of
from bridge.adapters.db_tables import OPENINGS, OUTBOX
from bridge.adapters.db_tables_deadlines import DEADLINES
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS
from bridge.handling.codec import decode
from bridge.handling.words import ENDED, STATE_NAMES
from bridge.ports_overview import Asked, Folder, Line
from bridge.post.delivery import DEAD

_H: Final = HANDLINGS.c
_D: Final = DEADLINES.c
_L: Final = HANDLING_LOG.c
_O: Final = OUTBOX.c
_WAITING: Final = frozenset({"waiting", "carried"})
_OPEN: Final = tuple(state for state in STATE_NAMES if state not in ENDED)


class OverviewTable:
    """Over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lines(self, asked: Asked, now: datetime) -> tuple[Line, ...]:
        """See ports_overview."""
        chosen = _longest_late(asked, now) if asked.only == "overdue" else _newest(asked, now)
        async with self._database.read() as connection:
            rows = (await connection.execute(chosen)).all()
            letters = await _letters(connection, [row.ticket for row in rows])
        return tuple(_line(row, letters) for row in rows)

    async def counts(self, viewer: str, now: datetime) -> Mapping[str, int]:
        """See ports_overview."""
        by_state = select(_H.state, func.count()).where(_H.state.in_(_OPEN), *_on_path(viewer))
        async with self._database.read() as connection:
            rows = await connection.execute(by_state.group_by(_H.state))
            found = dict.fromkeys(map(str, _OPEN), 0) | {str(state): int(count) for state, count in rows}
            for only in ("overdue", "disputed", "dead"):
                some = select(func.count()).where(*_which(only, now), *_on_path(viewer))
                found[only] = int((await connection.execute(some.select_from(HANDLINGS))).scalar() or 0)
        return found

    async def folder(self, ticket: str) -> Folder | None:
        """One ticket."""
        log = select(_L.written_at, _L.document).where(_L.ticket == ticket).order_by(_L.seq)
        async with self._database.read() as connection:
            row = (await connection.execute(select(_H.document).where(_H.ticket == ticket))).first()
            if row is None:
                return None
            handling = decode(json.loads(row.document))
            steps = (await connection.execute(log)).all()
            letters = select(*FIELDS).where(_O.incident == handling.incident, _O.ticket == ticket)
            sent = (await connection.execute(letters.order_by(_O.number))).all()
            looked = select(OPENINGS.c.platform, OPENINGS.c.at).where(
                OPENINGS.c.incident == handling.incident
            )
            opened = {each.platform: each.at for each in await connection.execute(looked)}
            papers = await papers_of(connection, ticket)
        came = steps[0].written_at if steps else handling.opened_at
        entries = tuple(json.loads(step.document) for step in steps)
        return Folder(handling, came, entries, tuple(map(posted, sent)), opened, papers)


def _newest(asked: Asked, now: datetime) -> Select[Any]:
    place = _H.opened_at.label("place")
    chosen = select(_H.ticket, _H.county, _H.request, _H.document, place).where(*_wanted(asked, now))
    if asked.after is not None:
        at, ticket = asked.after
        chosen = chosen.where(or_(_H.opened_at < at, and_(_H.opened_at == at, _H.ticket < ticket)))
    return chosen.order_by(_H.opened_at.desc(), _H.ticket.desc()).limit(asked.most)


def _longest_late(asked: Asked, now: datetime) -> Select[Any]:
    """By the deadline that was passed first."""
    late = select(_D.ticket, func.min(_D.due, type_=_D.due.type).label("due")).where(
        *_late(asked.partner, now)
    )
    first = late.group_by(_D.ticket).subquery()
    chosen = select(_H.ticket, _H.county, _H.request, _H.document, first.c.due.label("place"))
    chosen = chosen.join(first, first.c.ticket == _H.ticket).where(*_wanted(asked, now))
    if asked.after is not None:
        due, ticket = asked.after
        chosen = chosen.where(or_(first.c.due > due, and_(first.c.due == due, _H.ticket > ticket)))
    return chosen.order_by(first.c.due, _H.ticket).limit(asked.most)


def _late(partner: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (_D.runs.is_(True), _D.due < now, *((_D.partner == partner,) if partner else ()))


def _wanted(asked: Asked, now: datetime) -> list[ColumnElement[bool]]:
    only = "" if asked.only == "overdue" else asked.only  # those are joined to
    found = [*_which(only, now), *_on_path(asked.viewer), *_on_path(asked.platform)]
    same = {_H.state: asked.state, _H.category: asked.category, _H.county: asked.county}
    if asked.only != "overdue":
        same[_H.holder] = asked.partner
    return [*found, *(column == value for column, value in same.items() if value)]


def _which(only: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    if only == "open":
        return (_H.state.in_(_OPEN),)
    if only == "disputed":
        return (_H.negotiated, _H.disputed)  # the first has an index of its own
    if only == "overdue":
        return (_H.ticket.in_(select(_D.ticket).where(*_late("", now))),)
    if only == "dead":
        return (_H.ticket.in_(select(_O.ticket).where(_O.state.in_(DEAD))),)
    return ()


def _on_path(platform: str) -> tuple[ColumnElement[bool], ...]:
    return (_H.path.contains(f"|{platform}|", autoescape=True),) if platform else ()


async def _letters(connection: AsyncConnection, tickets: Sequence[str]) -> dict[tuple[str, str], int]:
    """(ticket, state) -> how many, of letters that wait or are dead."""
    states = _O.state.in_((*_WAITING, *DEAD))
    chosen = select(_O.ticket, _O.state, func.count()).where(states, _O.ticket.in_(tickets))
    rows = await connection.execute(chosen.group_by(_O.ticket, _O.state))
    return {(str(ticket), str(state)): int(count) for ticket, state, count in rows}


def _line(row: Any, letters: Mapping[tuple[str, str], int]) -> Line:
    def count(states: frozenset[str]) -> int:
        return sum(letters.get((row.ticket, state), 0) for state in states)

    handling = decode(json.loads(row.document))
    return Line(handling, row.county, row.request, count(_WAITING), count(DEAD), row.place)
