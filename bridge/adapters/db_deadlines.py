"""Deadlines in the database: filed with the handling they belong to, looked at by the desk.

Fulfils ports_deadlines.DeadlineStore. Knows tables, nothing of when somebody is to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Row, Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters import db_json
from bridge.adapters.db import Database
from bridge.adapters.db_letters import put
from bridge.adapters.db_tables_deadlines import DEADLINES
from bridge.adapters.db_tables_handling import HANDLINGS
from bridge.clock import Clock
from bridge.handling.codec import decode
from bridge.handling.deadlines import Deadline
from bridge.handling.words import Handling
from bridge.ports_deadlines import Look, Watched

_D: Final = DEADLINES.c


class DeadlineTable:
    """`pushed` is told each platform after a commit that put something into the outbox for it; it must return
    at once."""

    def __init__(self, database: Database, clock: Clock, pushed: Callable[[str], None]) -> None:
        self._database, self._clock, self._pushed = database, clock, pushed

    async def to_look_at(self, now: datetime, most: int) -> tuple[Watched, ...]:
        """Those whose time to be looked at has come, the longest waiting first."""
        return await self._watched(_joined().where(_D.look_at <= now).order_by(_D.look_at).limit(most))

    async def looked(self, looks: tuple[Look, ...]) -> tuple[Look, ...]:
        """Keep what the looks came to. See ports_deadlines."""
        async with self._database.write() as connection:
            await _keep_silent(connection, [look for look in looks if look.silent])
            counted = tuple([look for look in looks if look.silent or await self._keep(connection, look)])
        for platform in {post.platform for look in counted for post in look.letters}:
            self._pushed(platform)
        return counted

    async def next_look(self) -> datetime | None:
        """When the next one is to be looked at; None: nothing runs."""
        async with self._database.read() as connection:
            found: datetime | None = (await connection.execute(select(func.min(_D.look_at)))).scalar()
        return found

    async def overdue(
        self, now: datetime, *, partner: str, platform: str, after: tuple[datetime, str] | None, most: int
    ) -> tuple[Watched, ...]:
        """What runs past its time, the longest first. See ports_deadlines."""
        chosen = _joined().where(_D.runs.is_(True), _D.due < now)
        if partner:
            chosen = chosen.where(_D.partner == partner)
        if platform:
            chosen = chosen.where(HANDLINGS.c.path.contains(f"|{platform}|", autoescape=True))
        if after is not None:
            due, ticket = after
            chosen = chosen.where(or_(_D.due > due, and_(_D.due == due, _D.ticket > ticket)))
        return await self._watched(chosen.order_by(_D.due, _D.ticket).limit(most))

    async def counts(self, now: datetime) -> dict[tuple[str, str], int]:
        """How many are overdue, for each partner and kind."""
        chosen = select(_D.partner, _D.kind, func.count()).where(_D.runs.is_(True), _D.due < now)
        async with self._database.read() as connection:
            rows = await connection.execute(chosen.group_by(_D.partner, _D.kind))
            return {(str(partner), str(kind)): int(count) for partner, kind, count in rows}

    async def _watched(self, chosen: Select[Any]) -> tuple[Watched, ...]:
        async with self._database.read() as connection:
            return tuple(found for row in await connection.execute(chosen) if (found := _read(row)))

    async def _keep(self, connection: AsyncConnection, look: Look) -> bool:
        handling = look.watched.handling
        if (await connection.execute(_LOOKED, _looked(look))).rowcount != 1:
            return False
        for post in look.letters:
            await put(
                connection, post, id=f"msg_{uuid4().hex}", ticket=handling.ticket,
                incident=handling.incident, now=self._clock.wall(),
            )  # fmt: skip
        return True


_LOOKED: Final = (
    update(DEADLINES)
    .where(
        _D.ticket == bindparam("of"), _D.kind == bindparam("what"), _D.since == bindparam("begun"),
        _D.stage == bindparam("before"), _D.due == bindparam("end"), _D.runs.is_(True),
    )
    .values(stage=bindparam("after"), look_at=bindparam("again"))
)  # fmt: skip
"""A look, unless somebody else has looked or the deadline has changed."""


def _looked(look: Look) -> dict[str, Any]:
    deadline = look.watched.deadline
    return {
        "of": look.watched.handling.ticket, "what": deadline.kind, "begun": deadline.since,
        "before": look.watched.stage, "end": deadline.due, "after": look.stage, "again": look.again,
    }  # fmt: skip


async def _keep_silent(connection: AsyncConnection, looks: Sequence[Look]) -> None:
    """Those of which nobody is told, all in one statement: nearly all, for every new deadline is looked at
    once to find out when it is next."""
    if looks:
        await connection.execute(_LOOKED, [_looked(look) for look in looks])


async def file_deadlines(connection: AsyncConnection, handling: Handling, now: datetime) -> None:
    """The rows of a handling that has just been written: what is new or has changed is to be looked at now,
    what is no longer owed goes. In the handling's own transaction."""
    of_ticket = _D.ticket == handling.ticket
    there = {
        (row.kind, row.since): row for row in await connection.execute(select(DEADLINES).where(of_ticket))
    }
    owed = {(each.kind, each.since): each for each in handling.deadlines}
    for key in there.keys() - owed.keys():
        await connection.execute(delete(DEADLINES).where(of_ticket, *_key(key)))
    new = [_columns(handling, each, now) for key, each in owed.items() if key not in there]
    if new:
        await connection.execute(insert(DEADLINES), new)
    for key in there.keys() & owed.keys():
        row, deadline = there[key], owed[key]
        if (row.due, row.runs, row.state) != (deadline.due, deadline.runs, deadline.state):
            values = _columns(handling, deadline, now) | {"stage": _stage(row, deadline)}
            await connection.execute(update(DEADLINES).where(of_ticket, *_key(key)).values(values))


async def file_first_deadlines(
    connection: AsyncConnection, handlings: Iterable[Handling], now: datetime
) -> None:
    """The rows of handlings that are new, in one statement."""
    new = [_columns(handling, each, now) for handling in handlings for each in handling.deadlines]
    if new:
        await connection.execute(insert(DEADLINES), new)


def _columns(handling: Handling, deadline: Deadline, now: datetime) -> dict[str, Any]:
    return {
        "ticket": handling.ticket,
        "kind": deadline.kind,
        "since": deadline.since,
        "partner": deadline.partner,
        "due": deadline.due,
        "runs": deadline.runs,
        "state": deadline.state,
        "done_at": deadline.done_at,
        "stage": 0,
        "look_at": now if deadline.runs else None,
    }


def _stage(row: Row[Any], deadline: Deadline) -> int:
    """What was said stays said, unless one that ran has been given more time or begun anew: then its words
    begin anew too. A paused one goes on later with what it had left."""
    more = row.runs and deadline.runs and deadline.due > row.due
    return 0 if more or (row.state, deadline.state) == ("met", "open") else int(row.stage)


def _key(key: Iterable[Any]) -> tuple[Any, Any]:
    kind, since = key
    return _D.kind == kind, _D.since == since


def _joined() -> Select[Any]:
    return select(_D.kind, _D.since, _D.stage, HANDLINGS.c.document).join(
        HANDLINGS, HANDLINGS.c.ticket == _D.ticket
    )


def _read(row: Row[Any]) -> Watched | None:
    handling = decode(db_json.read(row.document))
    for deadline in reversed(handling.deadlines):
        if (deadline.kind, deadline.since) == (row.kind, row.since):
            return Watched(handling, deadline, int(row.stage))
    return None
