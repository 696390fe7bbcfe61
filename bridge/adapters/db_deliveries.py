"""How tickets reach the partners, as people see it: the dead letters, sending one again, and who has opened
what.

Knows the outbox's rows and the table of openings; sends nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args

from sqlalchemy import ColumnElement, Row, exists, select, update

from bridge.adapters.db import Database, insert_into
from bridge.adapters.db_outbox import overtaken
from bridge.adapters.db_tables import OPENINGS, OUTBOX
from bridge.adapters.db_tables_handling import HANDLINGS
from bridge.clock import Clock
from bridge.errors import NoSuchLetter, NotDead
from bridge.post.delivery import DEAD, LetterState, Posted

MOST: Final = 500
"""Rows of one list."""
STATES: Final = frozenset(get_args(LetterState))
_O: Final = OUTBOX.c
FIELDS: Final[tuple[ColumnElement[Any], ...]] = (
    _O.number, _O.id, _O.ticket, _O.incident, _O.platform, _O.kind, _O.version, _O.state, _O.attempts,
    _O.trouble, _O.due, _O.created_at, _O.renewed_at, _O.settled_at,
)  # fmt: skip
"""Everything of a letter but its text."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter in a list. number: its place in the order of writing, where the next list begins."""

    number: int
    ticket: str
    incident: str
    due: datetime
    posted: Posted


@dataclass(frozen=True, slots=True)
class Handled:
    """Who has a ticket, and the handling's state."""

    holder: str
    state: str

    @property
    def begun(self) -> bool:
        """Whether anybody has done anything with it."""
        return self.state not in {"draft", "delivered"}


class Deliveries:
    """`wake`: told the platform for which something was put back into the outbox; must return at once."""

    def __init__(
        self, database: Database, clock: Clock, wake: Callable[[str], None] = lambda platform: None
    ) -> None:
        self._database, self._clock, self._wake = database, clock, wake

    async def letters(
        self,
        state: LetterState,
        *,
        platform: str | None = None,
        after: int = 0,
        most: int = 100,
        concerns: str = "",
    ) -> tuple[Kept, ...]:
        """Letters in a state, oldest first, beyond the number `after`. concerns: only of tickets that have
        this platform on their path; "": all."""
        chosen = select(*FIELDS).where(_O.state == state, _O.number > after).order_by(_O.number)
        chosen = chosen.where(*_seen_by(concerns))
        if platform is not None:
            chosen = chosen.where(_O.platform == platform)
        async with self._database.read() as connection:
            rows = await connection.execute(chosen.limit(min(most, MOST)))
            return tuple(_kept(row) for row in rows)

    async def replay(self, id: str, *, concerns: str = "") -> Kept:
        """Put a dead letter back, as patient and as young as a new one. concerns: as in `letters`. Raises
        NoSuchLetter, NotDead."""
        now = self._clock.wall()
        changed = (
            update(OUTBOX)
            .where(_O.id == id, _O.state.in_(DEAD), ~overtaken(), *_seen_by(concerns))
            .values(state="waiting", attempts=0, trouble="", due=now, renewed_at=now)
        )
        async with self._database.write() as connection:
            count = (await connection.execute(changed)).rowcount
            row = (await connection.execute(select(*FIELDS).where(_O.id == id, *_seen_by(concerns)))).first()
        if row is None:
            raise NoSuchLetter(f"没有编号为 {id} 的信")
        if not count:
            raise NotDead(_why_not(row.state))
        self._wake(row.platform)
        return _kept(row)

    async def of(self, incident: str) -> tuple[Posted, ...]:
        """All letters about an incident, oldest first."""
        chosen = select(*FIELDS).where(_O.incident == incident).order_by(_O.number)
        async with self._database.read() as connection:
            return tuple(_kept(row).posted for row in await connection.execute(chosen))

    async def handled(self, incident: str) -> Handled | None:
        """How the incident's ticket is handled; None: it is not."""
        chosen = select(HANDLINGS.c.holder, HANDLINGS.c.state).where(HANDLINGS.c.incident == incident)
        newest = chosen.order_by(HANDLINGS.c.opened_at.desc()).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(newest)).first()
        return None if row is None else Handled(row.holder, row.state)

    async def openings(self, incident: str) -> dict[str, datetime]:
        """Platform -> when it first opened the incident's ticket."""
        chosen = select(OPENINGS.c.platform, OPENINGS.c.at).where(OPENINGS.c.incident == incident)
        async with self._database.read() as connection:
            return {row.platform: row.at for row in await connection.execute(chosen)}

    async def opened(self, incident: str, platform: str) -> bool:
        """Somebody there has looked at the ticket; whether it is the first time."""
        if platform in await self.openings(incident):
            return False
        values = {"incident": incident, "platform": platform, "at": self._clock.wall()}
        async with self._database.write() as connection:
            row = insert_into(connection, OPENINGS).values(values).on_conflict_do_nothing()
            return (await connection.execute(row)).rowcount == 1

    async def ours(self, id: str) -> bool:
        """Whether a letter of that id was written by us: one that comes in under it was sent back to us."""
        async with self._database.read() as connection:
            return (await connection.execute(select(_O.number).where(_O.id == id))).first() is not None


def _seen_by(platform: str) -> tuple[ColumnElement[bool], ...]:
    """Rows of tickets that go by that platform; "": every one."""
    if not platform:
        return ()
    on_it = HANDLINGS.c.path.contains(f"|{platform}|", autoescape=True)
    return (exists().where(HANDLINGS.c.ticket == _O.ticket, on_it),)


def _why_not(state: str) -> str:
    if state in DEAD:
        return "对方已经收到更新的版本，这一版不用再发"
    return {"waiting": "这封信本来就在排队等着发", "delivered": "这封信已经送达"}.get(
        state, "这一版已经被更新的版本代替"
    )


def posted(row: Row[Any]) -> Posted:
    """A letter by its row."""
    return Posted(
        row.id, row.platform, row.kind, row.version, row.state, row.attempts, row.trouble,
        row.renewed_at or row.created_at, row.settled_at,
    )  # fmt: skip


def _kept(row: Row[Any]) -> Kept:
    return Kept(row.number, row.ticket, row.incident, row.due, posted(row))
