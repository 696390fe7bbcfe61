"""The outbox: what still has to reach the other platforms, in order for each ticket.

Knows the table's states: waiting -> delivered | superseded | parked; parked -> waiting again. A row is
forgotten only by name of its state: text leaves the row when it is settled, the row itself stays as
evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update

from bridge.adapters.db import Database
from bridge.adapters.db_tables import OUTBOX
from bridge.clock import Clock

FURTHEST: Final = timedelta(hours=2)
"""No letter is ever put off that long: one that seems to be was written before the clock was set back."""

_TROUBLE_LENGTH: Final = 300
_O: Final = OUTBOX.c


@dataclass(frozen=True, slots=True)
class Letter:
    """One outbox row. id: the webhook-id, the same in every attempt. body: the text to sign and post."""

    number: int
    id: str
    ticket: str
    incident: str
    version: int
    kind: str
    platform: str
    body: str
    attempts: int
    due: datetime
    created_at: datetime


class Outbox:
    """The outbox table as the push worker sees it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def due(self, *, busy: Collection[str], most: int) -> tuple[Letter, ...]:
        """The oldest waiting letter of each ticket that is due now, except tickets in `busy`; at most
        `most`.
        """
        now = self._clock.wall()
        chosen = (
            select(OUTBOX)
            .where(*_heads(busy), or_(_O.due <= now, _O.due > now + FURTHEST))
            .order_by(_O.due, _O.number)
            .limit(most)
        )
        async with self._database.read() as connection:
            return tuple(_letter(row) for row in await connection.execute(chosen))

    async def next_due(self, *, busy: Collection[str]) -> datetime | None:
        """When the next letter of a ticket not in `busy` will be due; None if none waits."""
        chosen = select(_O.due).where(*_heads(busy)).order_by(_O.due).limit(1)
        async with self._database.read() as connection:
            found: datetime | None = (await connection.execute(chosen)).scalar()
        return found

    async def counts(self) -> dict[str, int]:
        """How many rows wait and how many are parked."""
        open_states = _O.state.in_(("waiting", "parked"))
        chosen = select(_O.state, func.count()).where(open_states).group_by(_O.state)
        async with self._database.read() as connection:
            return {str(state): int(count) for state, count in await connection.execute(chosen)}

    async def delivered(self, letter: Letter) -> None:
        """The other platform has it."""
        await self._settle(letter, "delivered", "")

    async def failed(self, letter: Letter, due: datetime, trouble: str) -> None:
        """Not this time: try again at `due`. A letter that was superseded in the meantime stays so."""
        values = {"attempts": letter.attempts + 1, "due": due, "trouble": trouble[:_TROUBLE_LENGTH]}
        changed = update(OUTBOX).where(_O.number == letter.number, _O.state == "waiting").values(values)
        async with self._database.write() as connection:
            await connection.execute(changed)

    async def parked(self, letter: Letter, trouble: str) -> None:
        """The other platform refuses it for good: kept whole, out of the way, until a person looks."""
        values = {"state": "parked", "attempts": letter.attempts + 1, "trouble": trouble[:_TROUBLE_LENGTH]}
        changed = update(OUTBOX).where(_O.number == letter.number, _O.state == "waiting").values(values)
        async with self._database.write() as connection:
            await connection.execute(changed)

    async def hasten(self, platform: str) -> None:
        """The platform is back: whatever waited for it is due now."""
        now = self._clock.wall()
        changed = (
            update(OUTBOX).where(_O.platform == platform, _O.state == "waiting", _O.due > now).values(due=now)
        )
        async with self._database.write() as connection:
            await connection.execute(changed)

    async def requeue_parked(self) -> int:
        """Parked letters wait again, unless a newer version was delivered; how many they are."""
        newer = OUTBOX.alias("newer")
        overtaken = exists().where(
            newer.c.ticket == _O.ticket, newer.c.state == "delivered", newer.c.version > _O.version
        )
        changed = (
            update(OUTBOX)
            .where(_O.state == "parked", ~overtaken)
            .values(state="waiting", attempts=0, due=self._clock.wall())
        )
        async with self._database.write() as connection:
            return int((await connection.execute(changed)).rowcount)

    async def _settle(self, letter: Letter, state: str, trouble: str) -> None:
        values = {"state": state, "trouble": trouble, "body": "", "settled_at": self._clock.wall()}
        changed = update(OUTBOX).where(_O.number == letter.number).values(values)
        async with self._database.write() as connection:
            await connection.execute(changed)


def _heads(busy: Collection[str]) -> Sequence[ColumnElement[bool]]:
    """The first waiting letter of each ticket: no older version is ever overtaken."""
    older = OUTBOX.alias("older")
    first = ~exists().where(
        and_(older.c.ticket == _O.ticket, older.c.state == "waiting", older.c.number < _O.number)
    )
    return (_O.state == "waiting", first, _O.ticket.not_in(tuple(busy)))


def _letter(row: Row[Any]) -> Letter:
    return Letter(**{name: getattr(row, name) for name in Letter.__dataclass_fields__})
