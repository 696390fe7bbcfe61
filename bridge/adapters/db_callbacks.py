"""Callers nobody spoke with, in the database: the record, and the one task of a number, in one transaction.

Fulfils ports_callbacks.CallbackStore. How a task changes is `queues.abandoned`'s rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Row, and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database, alone, insert_into
from bridge.adapters.db_tables import ABANDONED, CALLBACKS
from bridge.queues import abandoned as rule
from bridge.queues.abandoned import Abandoned, Task

_NOTE: Final = 300
_C: Final = CALLBACKS.c

_CHANGES: Final[dict[str, Callable[[Task, str, str], Task]]] = {
    "take": lambda task, by, _: rule.taken(task, by),
    "tried": rule.tried,
    "done": lambda task, by, note: rule.done(task, "closed", by, note),
}


class CallbackTable:
    """The two tables, as the call-back desk sees them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, gone: Abandoned, task_id: str) -> None:
        """The record and its task; on disk on return. A record that is there already changes nothing."""
        values = {name: value for name, value in asdict(gone).items() if name != "callback"}
        async with self._database.write() as connection:
            await alone(connection, f"callback {gone.number}")
            record = insert_into(connection, ABANDONED).values(values).on_conflict_do_nothing()
            if (await connection.execute(record)).rowcount and gone.callback:
                await _open(connection, gone, task_id)

    async def settle(self, number: str, ended: str) -> None:
        """The number's task is done, if it has one."""
        values = {"state": "done", "ended": ended}
        changed = update(CALLBACKS).where(_C.number == number, _C.state != "done").values(values)
        async with self._database.write() as connection:
            await connection.execute(changed)

    async def unfinished(self) -> tuple[str, ...]:
        """Numbers that have a task to be done."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(_C.number).where(_C.state != "done"))
            return tuple(rows.scalars())

    async def tasks(self, state: str, most: int, platform: str = "") -> tuple[Task, ...]:
        """The newest tasks in this state ("" for all that are not done), of one platform ("": of all)."""
        wanted = _C.state == state if state else _C.state != "done"
        if platform:
            wanted = and_(wanted, _C.platform == platform)
        chosen = select(CALLBACKS).where(wanted).order_by(_C.last_at.desc()).limit(most)
        async with self._database.read() as connection:
            return tuple(_task(row) for row in await connection.execute(chosen))

    async def gone(self, most: int, platform: str = "") -> tuple[Abandoned, ...]:
        """The newest records, of one platform ("": of all)."""
        chosen = select(ABANDONED).order_by(ABANDONED.c.at.desc()).limit(most)
        if platform:
            chosen = chosen.where(ABANDONED.c.platform == platform)
        async with self._database.read() as connection:
            return tuple(_gone(row) for row in await connection.execute(chosen))

    async def change(self, task_id: str, what: str, by: str, note: str) -> Task | None:
        """take, tried or done, by whom; None: there is no such task, or it is done already."""
        async with self._database.write() as connection:
            chosen = select(CALLBACKS).where(_C.id == task_id, _C.state != "done").with_for_update()
            row = (await connection.execute(chosen)).first()
            if row is None:
                return None
            task = _CHANGES[what](_task(row), by, note[:_NOTE])
            await _store(connection, task)
            return task


async def _open(connection: AsyncConnection, gone: Abandoned, task_id: str) -> None:
    chosen = select(CALLBACKS).where(_C.number == gone.number, _C.state != "done").with_for_update()
    row = (await connection.execute(chosen)).first()
    if row is not None:
        await _store(connection, rule.again(_task(row), gone))
        return
    await connection.execute(insert(CALLBACKS).values(asdict(rule.opened(task_id, gone))))


async def _store(connection: AsyncConnection, task: Task) -> None:
    await connection.execute(update(CALLBACKS).where(_C.id == task.id).values(asdict(task)))


def _task(row: Row[Any]) -> Task:
    return Task(**{name: getattr(row, name) for name in Task.__dataclass_fields__})


def _gone(row: Row[Any]) -> Abandoned:
    kept = [name for name in Abandoned.__dataclass_fields__ if name != "callback"]
    return Abandoned(**{name: getattr(row, name) for name in kept})
