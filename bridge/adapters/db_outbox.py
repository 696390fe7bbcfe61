"""The outbox: what still has to reach the other platforms, in order for each ticket and platform.

Knows the table's states: waiting -> delivered | superseded | parked | expired; parked and expired -> waiting
again. Where several bridges share the database, a letter is somebody's for a while (a lease). A row is
forgotten only by name of its state: text leaves the row when it is settled, the row itself stays as evidence.
What people do with dead letters is db_deliveries'.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, true, update

from bridge.adapters.db import Database
from bridge.adapters.db_tables import OUTBOX
from bridge.clock import Clock
from bridge.tickets.masking import mask

FURTHEST: Final = timedelta(hours=2)
"""No letter is ever put off that long: one that seems to be was written before the clock was set back."""

LEASE: Final = timedelta(seconds=40)
"""How long a letter stays with the bridge that took it, if that says nothing of it: longer than any attempt
takes and than two machines' clocks may differ, short enough to wait for after a bridge has died."""

TROUBLE_LENGTH: Final = 300
OVERRULED: Final = "工单在对方已是别的情况，这一步作废。"
"""How the trouble of a deed begins that came too late: sent again, it would be done on something else."""
_O: Final = OUTBOX.c


@dataclass(frozen=True, slots=True)
class Addressees:
    """Whose letters: those of `names`; or, if `others`, of everybody else."""

    names: tuple[str, ...] = ()
    others: bool = True

    def clause(self) -> ColumnElement[bool]:
        """As a condition on a row."""
        if self.others:
            return _O.platform.not_in(self.names) if self.names else true()
        return _O.platform == self.names[0] if len(self.names) == 1 else _O.platform.in_(self.names)


EVERYBODY: Final = Addressees()


@dataclass(frozen=True, slots=True)
class Letter:
    """One outbox row. id: the webhook-id, the same in every attempt. body: the text to sign and post.
    renewed_at: when somebody last said that it shall be sent after all; trouble: of the last attempt."""

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
    trouble: str = ""
    renewed_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """From when on its age counts."""
        return self.renewed_at or self.created_at


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of a platform are in a state, and since when the oldest."""

    platform: str
    state: str
    count: int
    oldest: datetime


class Outbox:
    """The outbox table as the push worker sees it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def due(
        self, to: Addressees = EVERYBODY, *, busy: Collection[str], most: int
    ) -> tuple[Letter, ...]:
        """The oldest waiting letter of each ticket and platform that is due now and in nobody's hands, except
        tickets in `busy`; at most `most`."""
        now = self._clock.wall()
        chosen = select(OUTBOX).where(*_heads(to, busy), _free(now)).order_by(_O.due, _O.number).limit(most)
        async with self._database.read() as connection:
            rows = list(await connection.execute(chosen.where(_O.due <= now)))
            if len(rows) < most:
                rows += await connection.execute(chosen.where(_O.due > now + FURTHEST))
        return tuple(_letter(row) for row in rows[:most])

    async def take(
        self, to: Addressees = EVERYBODY, *, busy: Collection[str], most: int
    ) -> tuple[Letter, ...]:
        """What is due, for us alone where other bridges look too: until something is said of a letter, or
        for LEASE."""
        seen = await self.due(to, busy=busy, most=most)
        if not seen or not self._database.shared:
            return seen
        numbers, now = [letter.number for letter in seen], self._clock.wall()
        free = select(_O.number).where(_O.number.in_(numbers), _O.state == "waiting", _free(now))
        mine = (
            update(OUTBOX)
            .where(_O.number.in_(free.with_for_update(skip_locked=True).scalar_subquery()))
            .values(held_until=now + LEASE)
            .returning(_O.number)
        )
        async with self._database.write() as connection:
            taken = set((await connection.execute(mine)).scalars())
        return tuple(letter for letter in seen if letter.number in taken)

    async def give_back(self, letters: Collection[Letter]) -> None:
        """Not sent after all: anybody may take them."""
        if letters and self._database.shared:
            changed = update(OUTBOX).where(_O.number.in_([letter.number for letter in letters]))
            async with self._database.write() as connection:
                await connection.execute(changed.values(held_until=None))

    async def next_due(self, to: Addressees = EVERYBODY, *, busy: Collection[str]) -> datetime | None:
        """When the next letter of a ticket not in `busy` will be due; None if none waits."""
        when: Any = _O.due  # as it stands in the index
        if self._database.shared:
            when = func.greatest(_O.due, func.coalesce(_O.held_until, _O.due))
        chosen = select(when).where(*_heads(to, busy)).order_by(when).limit(1)
        async with self._database.read() as connection:
            found: datetime | None = (await connection.execute(chosen)).scalar()
        return found

    async def counts(self) -> dict[str, int]:
        """How many rows are in each state that is not settled."""
        counted: dict[str, int] = {}
        for tally in await self.tallies():
            counted[tally.state] = counted.get(tally.state, 0) + tally.count
        return counted

    async def tallies(self) -> tuple[Tally, ...]:
        """What is not settled: waiting, parked, expired, for each platform."""
        open_states = _O.state.in_(("waiting", "parked", "expired"))
        chosen = (
            select(_O.platform, _O.state, func.count().label("count"), func.min(_O.number).label("first"))
            .where(open_states)
            .group_by(_O.platform, _O.state)
            .subquery()
        )
        oldest = select(chosen, _O.created_at).join(OUTBOX, _O.number == chosen.c.first)
        async with self._database.read() as connection:
            rows = await connection.execute(oldest)
            return tuple(Tally(row.platform, row.state, int(row[2]), row.created_at) for row in rows)

    async def delivered(self, letter: Letter) -> None:
        """The other platform has it."""
        values = {"state": "delivered", "trouble": "", "body": "", "settled_at": self._clock.wall()}
        await self._set(letter, values, only_waiting=False)

    async def failed(self, letter: Letter, due: datetime, trouble: str) -> None:
        """Not this time: try again at `due`. A letter that was superseded in the meantime stays so."""
        await self._set(letter, {**_tried(letter, trouble), "due": due})

    async def sent_back(self, id: str, body: str, trouble: str) -> bool:
        """Where it was laid down it was refused after all: parked, whole again; whether it had been delivered
        till then."""
        values = {"state": "parked", "body": body, "trouble": mask(trouble)[:TROUBLE_LENGTH]}
        changed = update(OUTBOX).where(_O.id == id, _O.state == "delivered").values(values)
        async with self._database.write() as connection:
            return (await connection.execute(changed)).rowcount == 1

    async def parked(self, letter: Letter, trouble: str) -> None:
        """The other platform refuses it for good: kept whole, out of the way, until a person looks."""
        await self._set(letter, {**_tried(letter, trouble), "state": "parked"})

    async def expired(self, letter: Letter, trouble: str) -> None:
        """It is too old to be news: kept whole, out of the way, until a person looks."""
        await self._set(letter, {"trouble": trouble[:TROUBLE_LENGTH], "state": "expired"})

    async def hasten(self, to: Addressees) -> None:
        """They are back: whatever waited for them is due now."""
        now = self._clock.wall()
        changed = update(OUTBOX).where(to.clause(), _O.state == "waiting", _O.due > now).values(due=now)
        async with self._database.write() as connection:
            await connection.execute(changed)

    async def requeue_parked(self) -> int:
        """Parked letters wait again, unless a newer version was delivered or the deed came too late; how many
        they are."""
        now = self._clock.wall()
        changed = (
            update(OUTBOX)
            .where(_O.state == "parked", ~overtaken(), ~_O.trouble.startswith(OVERRULED))
            .values(state="waiting", attempts=0, due=now, renewed_at=now)
        )
        async with self._database.write() as connection:
            return int((await connection.execute(changed)).rowcount)

    async def _set(self, letter: Letter, values: dict[str, Any], *, only_waiting: bool = True) -> None:
        changed = update(OUTBOX).where(_O.number == letter.number)
        if only_waiting:
            changed = changed.where(_O.state == "waiting")
        async with self._database.write() as connection:
            await connection.execute(changed.values({**values, "held_until": None}))


def overtaken() -> ColumnElement[bool]:
    """A row of papers of which the platform has a newer version: it tells nothing any more. A deed is always
    news."""
    newer = OUTBOX.alias("newer")
    return and_(
        _O.kind != "deed",
        exists().where(
            newer.c.ticket == _O.ticket,
            newer.c.platform == _O.platform,
            newer.c.kind != "deed",
            newer.c.state == "delivered",
            newer.c.version > _O.version,
        ),
    )


def _tried(letter: Letter, trouble: str) -> dict[str, Any]:
    return {"attempts": letter.attempts + 1, "trouble": trouble[:TROUBLE_LENGTH]}


def _heads(to: Addressees, busy: Collection[str]) -> Sequence[ColumnElement[bool]]:
    """The first waiting letter of each ticket and platform: no older version is ever overtaken."""
    older = OUTBOX.alias("older")
    first = ~exists().where(
        older.c.ticket == _O.ticket,
        older.c.platform == _O.platform,
        older.c.state == "waiting",
        older.c.number < _O.number,
    )
    return (_O.state == "waiting", to.clause(), first, _O.ticket.not_in(tuple(busy)))


def _free(now: datetime) -> ColumnElement[bool]:
    """In nobody's hands. A lease that seems to be far away is of a clock that was set back."""
    held = _O.held_until
    return or_(held.is_(None), held <= now, held > now + FURTHEST)


def _letter(row: Row[Any]) -> Letter:
    return Letter(**{name: getattr(row, name) for name in Letter.__dataclass_fields__})
