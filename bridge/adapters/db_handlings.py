"""Handlings in the database: a deed, the version it makes, the letters that tell of it, and the letter that
asked for it are one transaction.

Fulfils ports_handling.HandlingStore. Knows tables and JSON, nothing of what may be done when.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database
from bridge.adapters.db_batch import Batch
from bridge.adapters.db_deadlines import file_deadlines
from bridge.adapters.db_letters import put
from bridge.adapters.db_papers import keep_papers, papers_of
from bridge.adapters.db_tables import OUTBOX
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS, INBOX, PAPERS
from bridge.clock import Clock
from bridge.handling.codec import decode, encode, encode_deed
from bridge.handling.letters import papers_letter
from bridge.handling.papers import Facts, followed
from bridge.handling.table import step
from bridge.handling.timetable import NO_DEADLINES, Timetable
from bridge.handling.words import Deed, Handling
from bridge.ports_handling import Change, Decide, Entry, Known, Post, Source

_LOG = HANDLING_LOG.c


class HandlingTable:
    """`pushed` is told each platform after a commit that put something into the outbox for it; it must return
    at once."""

    def __init__(
        self,
        database: Database,
        batch: Batch,
        clock: Clock,
        pushed: Callable[[str], None],
        timetable: Timetable = NO_DEADLINES,
    ) -> None:
        self._database, self._batch, self._clock, self._pushed = database, batch, clock, pushed
        self._timetable = timetable

    async def change(
        self, ticket: str, decide: Decide, *, source: Source | None = None, deed: str = ""
    ) -> Known:
        """Read, decide, write. See ports_handling."""

        async def work(connection: AsyncConnection) -> tuple[Known, tuple[str, ...]]:
            known = await _known(connection, ticket)
            if await _repeated(connection, ticket, source, deed):
                return known, ()
            change = decide(known)
            await self._write(connection, ticket, known, change)
            for other, heard in change.beside:
                await self._tell_beside(connection, other, heard)
            if source is not None:
                seen = {"platform": source.platform, "message": source.message, "at": self._clock.wall()}
                await connection.execute(insert(INBOX).values(seen))
            return _after(known, change), _addressed(change)

        after, posted = await self._batch.run(work)
        for platform in posted:
            self._pushed(platform)
        return after

    async def _tell_beside(self, connection: AsyncConnection, ticket: str, deed: Deed) -> None:
        """A step of this program's own on another ticket, unless it is not here or has heard it."""
        handling = await handling_of(connection, ticket)
        if handling is None or await _repeated(connection, ticket, None, deed.id):
            return
        steps = ((self._timetable.follow(step(handling, deed)[0]), deed),)
        await self._write(connection, ticket, Known(handling), Change(steps))

    async def known(self, ticket: str) -> Known:
        """What is there of that ticket."""
        async with self._database.read() as connection:
            return await _known(connection, ticket)

    async def papers(self, ticket: str) -> dict[str, Any] | None:
        """The newest papers, wherever they began."""
        async with self._database.read() as connection:
            return await papers_of(connection, ticket)

    async def delivered_drafts(self) -> tuple[str, ...]:
        """Tickets that a platform has acknowledged while their handling does not say so yet."""
        taken = exists().where(
            OUTBOX.c.ticket == HANDLINGS.c.ticket, OUTBOX.c.kind == "opened", OUTBOX.c.state == "delivered"
        )
        async with self._database.read() as connection:
            chosen = select(HANDLINGS.c.ticket).where(HANDLINGS.c.state == "draft", taken)
            return tuple((await connection.execute(chosen)).scalars())

    async def opened_since(self, since: datetime, most: int) -> tuple[tuple[str, datetime], ...]:
        """Tickets and when they were opened, oldest first, at most the newest `most`."""
        table = HANDLINGS.c
        chosen = select(table.ticket, table.opened_at).where(table.opened_at > since)
        async with self._database.read() as connection:
            rows = await connection.execute(chosen.order_by(table.opened_at.desc()).limit(most))
            return tuple((row.ticket, row.opened_at) for row in reversed(rows.all()))

    async def log(self, ticket: str) -> tuple[Entry, ...]:
        """All that was done with it, oldest first."""
        chosen = select(HANDLING_LOG).where(_LOG.ticket == ticket).order_by(_LOG.seq)
        async with self._database.read() as connection:
            return tuple(_entry(row) for row in await connection.execute(chosen))

    async def changes(self, after: int, most: int, platform: str) -> tuple[Entry, ...]:
        """What was done since, oldest first, of tickets that have this platform on their path ("": all)."""
        chosen = select(HANDLING_LOG).where(_LOG.seq > after).order_by(_LOG.seq).limit(most)
        if platform:
            chosen = chosen.where(_LOG.path.contains(f"|{platform}|", autoescape=True))
        async with self._database.read() as connection:
            return tuple(_entry(row) for row in await connection.execute(chosen))

    async def _write(self, connection: AsyncConnection, ticket: str, known: Known, change: Change) -> None:
        now = self._clock.wall()
        if change.papers is not None:
            await keep_papers(connection, ticket, change.papers, now)
        if change.steps:
            await write_steps(connection, change.steps, change.facts, now, new=known.handling is None)
        elif change.facts is not None and known.handling is not None:
            await follow_facts(connection, known.handling, change.facts, now, self._timetable)
        after = _after(known, change).handling
        incident = after.incident if after is not None else ticket
        for post in (*await self._introductions(connection, ticket, change), *change.letters):
            await put(connection, post, id=f"msg_{uuid4().hex}", ticket=ticket, incident=incident, now=now)

    async def _introductions(
        self, connection: AsyncConnection, ticket: str, change: Change
    ) -> tuple[Post, ...]:
        """The papers, for those who have never seen them: to them it begins now, as theirs."""
        document = await papers_of(connection, ticket) if change.papers_for else None
        if document is None:
            return ()
        now = change.steps[-1][0]
        whole = {**document, "path": list(now.path), "to_platform": now.holder, "urgency": now.urgency}
        body = papers_letter("opened", whole, self._clock.wall())
        return tuple(Post(each, "opened", document["version"], body) for each in change.papers_for)


async def write_steps(
    connection: AsyncConnection,
    steps: tuple[tuple[Handling, Deed | None], ...],
    facts: Facts | None,
    now: datetime,
    *,
    new: bool,
) -> None:
    """The handling's row as the last step leaves it, and one line of the log for each."""
    last = steps[-1][0]
    values = _columns(last) if facts is None else _columns(followed(last, facts)) | _whereabouts(facts)
    if new:
        await connection.execute(insert(HANDLINGS).values({"county": "", "place": "", **values}))
    else:
        await connection.execute(update(HANDLINGS).where(HANDLINGS.c.ticket == last.ticket).values(values))
    await connection.execute(insert(HANDLING_LOG), [_line(handling, deed, now) for handling, deed in steps])
    await file_deadlines(connection, last, now)


async def follow_facts(
    connection: AsyncConnection, handling: Handling, facts: Facts, now: datetime, timetable: Timetable
) -> None:
    """What newer papers say for lists, figures and deadlines."""
    after = timetable.reread(followed(handling, facts))
    values = _columns(after) | _whereabouts(facts)
    await connection.execute(update(HANDLINGS).where(HANDLINGS.c.ticket == handling.ticket).values(values))
    if after.deadlines != handling.deadlines:
        await file_deadlines(connection, after, now)


async def handling_of(connection: AsyncConnection, ticket: str) -> Handling | None:
    """The newest version; whoever writes it has HANDLINGS_TURN."""
    chosen = select(HANDLINGS.c.document).where(HANDLINGS.c.ticket == ticket)
    text = (await connection.execute(chosen)).scalar()
    return None if text is None else decode(json.loads(text))


async def _known(connection: AsyncConnection, ticket: str) -> Known:
    chosen = select(PAPERS.c.version).where(PAPERS.c.ticket == ticket)
    return Known(await handling_of(connection, ticket), (await connection.execute(chosen)).scalar())


async def _repeated(connection: AsyncConnection, ticket: str, source: Source | None, deed: str) -> bool:
    if source is not None:
        taken = (INBOX.c.platform == source.platform, INBOX.c.message == source.message)
        if (await connection.execute(select(INBOX.c.at).where(*taken))).first() is not None:
            return True
    if not deed:
        return False
    done = select(_LOG.seq).where(_LOG.ticket == ticket, _LOG.deed_id == deed)
    return (await connection.execute(done)).first() is not None


def _addressed(change: Change) -> tuple[str, ...]:
    """The platforms it writes to."""
    return tuple(dict.fromkeys((*(post.platform for post in change.letters), *change.papers_for)))


def _after(known: Known, change: Change) -> Known:
    handling = change.steps[-1][0] if change.steps else known.handling
    version = change.papers["version"] if change.papers is not None else known.papers_version
    if handling is not None and change.facts is not None:
        handling = followed(handling, change.facts)
    return Known(handling, version)


def _columns(handling: Handling) -> dict[str, Any]:
    same = ("ticket", "incident", "version", "state", "origin", "target", "holder", "channel", "urgency")
    more = ("category", "opened_at", "changed_at", "returns", "reopened", "disputed")
    return {
        **{name: getattr(handling, name) for name in (*same, *more)},
        "path": path_column(handling),
        "delivered_at": handling.since("delivered"),
        "accepted_at": handling.since("accepted"),
        "fed_back_at": handling.since("feedback"),
        "closed_at": handling.since("closed"),
        "negotiated": handling.since("negotiating") is not None,
        "document": json.dumps(encode(handling), ensure_ascii=False, separators=(",", ":")),
    }


def path_column(handling: Handling) -> str:
    """ "|110|12345|": the platforms concerned, each between bars."""
    names = dict.fromkeys((*handling.path, handling.origin, handling.target, handling.holder))
    return f"|{'|'.join(names)}|"


def _whereabouts(facts: Facts) -> dict[str, Any]:
    return {"county": facts.county, "place": facts.place}


def _line(handling: Handling, deed: Deed | None, now: datetime) -> dict[str, Any]:
    done = None if deed is None else encode_deed(deed)
    return {
        "ticket": handling.ticket,
        "version": handling.version,
        "deed": "open" if deed is None else deed.name,
        "deed_id": f"open {handling.ticket}" if deed is None else deed.id,
        "platform": handling.origin if deed is None else deed.by,
        "path": path_column(handling),
        "at": handling.opened_at if deed is None else deed.at,
        "written_at": now,
        "document": json.dumps({"deed": done, "handling": encode(handling)}, ensure_ascii=False),
    }


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.seq, row.ticket, json.loads(row.document))
