"""A turn of the handlings: many asks, read together, decided one after the other, written together.

It holds what the transaction has read and what it will write, so an ask sees what those before it in the turn
have decided. Knows tables and rows, nothing of what may be done when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters import db_handling_rows as rows
from bridge.adapters.db_letters import put
from bridge.adapters.db_papers import keep_all, papers_of
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS, INBOX, PAPERS
from bridge.errors import BridgeError
from bridge.handling.letters import papers_letter
from bridge.handling.papers import Facts, followed
from bridge.handling.table import step
from bridge.handling.timetable import Timetable
from bridge.handling.words import Deed, Handling
from bridge.ports_handling import Change, Decide, Known, Post, Source

_LOG: Final = HANDLING_LOG.c


@dataclass(frozen=True, slots=True)
class Ask:
    """A change that is asked for. deed: its deed's id, "" without one."""

    ticket: str
    decide: Decide
    source: Source | None = None
    deed: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What is there then, and the platforms that were written to."""

    known: Known
    addressed: tuple[str, ...] = ()


class Turn:
    """One transaction's. now: the time everything in it is written at."""

    def __init__(self, connection: AsyncConnection, now: datetime, timetable: Timetable) -> None:
        self._connection, self._now, self._timetable = connection, now, timetable
        self._known: dict[str, Known] = {}
        self._facts: dict[str, Facts] = {}
        self._seen: set[tuple[str, str]] = set()
        self._new: set[str] = set()
        self._written: dict[str, Handling] = {}
        self._lines: list[dict[str, Any]] = []
        self._papers: dict[str, dict[str, Any]] = {}
        self._inbox: list[Source] = []
        self._letters: list[tuple[str, Change]] = []
        self._beside: list[tuple[str, Deed]] = []

    async def take(self, asks: Sequence[Ask]) -> list[Done | BridgeError]:
        """All of them, written on return (not yet committed)."""
        await self._read((ask.ticket for ask in asks), [(ask.ticket, ask.deed) for ask in asks if ask.deed])
        await self._read_inbox([ask.source for ask in asks if ask.source is not None])
        answers = [self._decided(ask) for ask in asks]
        await self._tell_beside()
        await self._write()
        return answers

    # --- reading -------------------------------------------------------------------------------------------

    async def _read(self, tickets: Iterable[str], deeds: Sequence[tuple[str, str]]) -> None:
        wanted = [ticket for ticket in dict.fromkeys(tickets) if ticket not in self._known]
        self._known |= dict.fromkeys(wanted, Known())
        versions = dict[str, int]()
        if wanted:
            chosen = select(PAPERS.c.ticket, PAPERS.c.version).where(PAPERS.c.ticket.in_(wanted))
            versions = {row.ticket: row.version for row in await self._connection.execute(chosen)}
            for row in await self._connection.execute(rows.chosen().where(HANDLINGS.c.ticket.in_(wanted))):
                self._known[row.ticket] = Known(rows.read(row))
        for ticket, version in versions.items():
            self._known[ticket] = Known(self._known[ticket].handling, version)
        if deeds:
            done = select(_LOG.ticket, _LOG.deed_id).where(tuple_(_LOG.ticket, _LOG.deed_id).in_(deeds))
            self._seen |= {(row.ticket, row.deed_id) for row in await self._connection.execute(done)}

    async def _read_inbox(self, sources: Sequence[Source]) -> None:
        if sources:
            pairs = [(source.platform, source.message) for source in sources]
            taken = select(INBOX).where(tuple_(INBOX.c.platform, INBOX.c.message).in_(pairs))
            self._seen |= {(row.platform, row.message) for row in await self._connection.execute(taken)}

    # --- deciding: nothing is waited for, nothing is written ------------------------------------------------

    def _decided(self, ask: Ask) -> Done | BridgeError:
        source = None if ask.source is None else (ask.source.platform, ask.source.message)
        known = self._known[ask.ticket]
        if source in self._seen or (ask.ticket, ask.deed) in self._seen:
            return Done(known)
        try:
            change = ask.decide(known)
        except BridgeError as refusal:
            return refusal
        if ask.source is not None and source is not None:
            self._seen.add(source)
            self._inbox.append(ask.source)
        return Done(self._noted(ask.ticket, known, change), rows.addressed(change))

    def _noted(self, ticket: str, known: Known, change: Change) -> Known:
        """What the change leaves behind, to be written and to be seen by the next."""
        handling, version = known.handling, known.papers_version
        if change.papers is not None:
            self._papers[ticket], version = change.papers, change.papers["version"]
        if known.handling is None:
            self._new.add(ticket)
        if change.steps:
            handling = change.steps[-1][0]
            self._lines += [rows.line(each, deed, self._now) for each, deed in change.steps]
            self._seen |= {(ticket, deed.id) for _, deed in change.steps if deed is not None}
        if handling is not None and change.facts is not None:
            handling = self._timetable.reread(followed(handling, change.facts))
            self._facts[ticket] = change.facts
        if handling is not None and handling is not known.handling:
            self._written[ticket] = handling
        self._letters.append((ticket, change))
        self._beside += change.beside
        self._known[ticket] = Known(handling, version)
        return self._known[ticket]

    async def _tell_beside(self) -> None:
        """Steps of this program's own on other tickets, unless they are not here or have heard it."""
        beside, self._beside = self._beside, []
        await self._read((ticket for ticket, _ in beside), [(ticket, deed.id) for ticket, deed in beside])
        for ticket, deed in beside:
            known = self._known[ticket]
            if known.handling is None or (ticket, deed.id) in self._seen:
                continue
            after = self._timetable.follow(step(known.handling, deed)[0])
            self._noted(ticket, known, Change(((after, deed),)))

    # --- writing -------------------------------------------------------------------------------------------

    async def _write(self) -> None:
        await keep_all(self._connection, self._papers, self._now)
        made = [
            (handling, self._facts.get(ticket), ticket in self._new)
            for ticket, handling in self._written.items()
        ]
        await rows.put_all(self._connection, made, self._lines, self._now)
        for ticket, change in self._letters:
            handling = self._known[ticket].handling
            incident = handling.incident if handling is not None else ticket
            for post in (*await self._introductions(ticket, change), *change.letters):
                await put(
                    self._connection, post, id=f"msg_{uuid4().hex}", ticket=ticket, incident=incident,
                    now=self._now,
                )  # fmt: skip
        if self._inbox:
            taken = [{"platform": each.platform, "message": each.message} for each in self._inbox]
            await self._connection.execute(insert(INBOX), [{**each, "at": self._now} for each in taken])

    async def _introductions(self, ticket: str, change: Change) -> tuple[Post, ...]:
        """The papers, for those who have never seen them: to them it begins now, as theirs."""
        document = await papers_of(self._connection, ticket) if change.papers_for else None
        if document is None:
            return ()
        now = change.steps[-1][0]
        whole = {**document, "path": list(now.path), "to_platform": now.holder, "urgency": now.urgency}
        body = papers_letter("opened", whole, self._now)
        return tuple(Post(each, "opened", document["version"], body) for each in change.papers_for)
