"""One person's data, erased: what it is found by, and what is left of each thing. The deed itself is kept in
`erasures`, with what was erased counted, and nothing of whom.

Each ticket or call is one transaction, so it is erased whole or not at all, and begun again it goes on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import HANDLINGS_TURN, Database, alone
from bridge.adapters.db_filing import unfile
from bridge.adapters.db_reviews import erase_reviews
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tables import (
    ABANDONED,
    CALLBACKS,
    HARASSMENT_DEEDS,
    HARASSMENT_MARKS,
    OUTBOX,
    RECORDINGS,
    TICKETS,
    TRANSCRIPTIONS_OWED,
    TRANSCRIPTS,
)
from bridge.adapters.db_tables_erasures import ERASURES
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS, PAPERS
from bridge.adapters.db_topics import forget_request
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.errors import NotYetOver
from bridge.ports_search import Wanted
from bridge.tickets import erasing

_MOST: Final = 1000


@dataclass
class Whose:
    """What is to be erased. number: the rows of those who hung up, were to be called back, or were marked."""

    tickets: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    number: str = ""


class Eraser:
    """Over one database."""

    def __init__(self, database: Database, transcripts: TranscriptTable) -> None:
        self._database, self._transcripts = database, transcripts

    async def of_number(self, number: str) -> Whose:
        """Every ticket and transcript in which a number stands, and the calls of these tickets."""
        whose, after, table = Whose(number=number), None, SearchTable(self._database)
        while found := await table.find(Wanted(number, after=after, most=_MOST)):
            for hit in found:
                (whose.calls if hit.kind == "transcript" else whose.tickets).add(hit.id)
            after = found[-1].number
        async with self._database.read() as connection:
            gone = select(ABANDONED.c.call).where(ABANDONED.c.number == number)
            whose.calls |= set((await connection.execute(gone)).scalars())
        return await self._whole(whose)

    async def of_ticket(self, ticket: str) -> Whose:
        """A ticket and its call."""
        return await self._whole(Whose(tickets={ticket}))

    async def of_call(self, call: str) -> Whose:
        """A call and its tickets."""
        return await self._whole(Whose(calls={call}))

    async def recordings(self, whose: Whose) -> list[tuple[str, str]]:
        """File and path of each recording that is still there."""
        there = (RECORDINGS.c.call.in_(whose.calls), RECORDINGS.c.deleted_at.is_(None))
        async with self._database.read() as connection:
            rows = await connection.execute(select(RECORDINGS.c.file, RECORDINGS.c.path).where(*there))
            return [(row.file, row.path) for row in rows]

    async def erase(
        self, whose: Whose, *, now: datetime, by: str, why: str, files: Iterable[str]
    ) -> dict[str, int]:
        """How many rows of each table. files: of recordings that are deleted. Raises NotYetOver while one of
        the calls goes on: then nothing is erased."""
        await self.check(whose)
        done: Counter[str] = Counter()
        for ticket in sorted(whose.tickets):
            async with self._database.write() as connection:
                await alone(connection, HANDLINGS_TURN)
                done += await _ticket(connection, ticket, now)
        for call in sorted(whose.calls):
            async with self._database.write() as connection:
                done += await self._call(connection, call)
        async with self._database.write() as connection:
            done += await _number(connection, whose.number) if whose.number else Counter()
            deleted = update(RECORDINGS).where(RECORDINGS.c.file.in_(list(files))).values(deleted_at=now)
            done["recordings"] += (await connection.execute(deleted)).rowcount
            counts = {name: count for name, count in sorted(done.items()) if count}
            record = {"at": now, "by": by, "why": why, "counts": json.dumps(counts)}
            await connection.execute(insert(ERASURES).values(record))
        return counts

    async def _whole(self, whose: Whose) -> Whose:
        async with self._database.read() as connection:
            of_tickets = select(TICKETS.c.call).where(TICKETS.c.id.in_(whose.tickets))
            whose.calls |= set((await connection.execute(of_tickets)).scalars())
            of_calls = select(TICKETS.c.id).where(TICKETS.c.call.in_(whose.calls))
            whose.tickets |= set((await connection.execute(of_calls)).scalars())
        return whose

    async def check(self, whose: Whose) -> None:
        """Raises NotYetOver while one of the calls goes on."""
        live = select(TICKETS.c.id).where(TICKETS.c.id.in_(whose.tickets), TICKETS.c.state != "final")
        talking = select(TRANSCRIPTS.c.call).where(
            TRANSCRIPTS.c.call.in_(whose.calls), TRANSCRIPTS.c.state == "live"
        )
        async with self._database.read() as connection:
            for chosen in (live, talking):
                found = (await connection.execute(chosen)).scalars().first()
                if found is not None:
                    raise NotYetOver(f"{found} 的电话还没有结束：结束以后再删除")

    async def _call(self, connection: AsyncConnection, call: str) -> Counter[str]:
        owed = delete(TRANSCRIPTIONS_OWED).where(TRANSCRIPTIONS_OWED.c.call == call)
        done = Counter(transcriptions_owed=(await connection.execute(owed)).rowcount)
        done["transcripts"] = await self._transcripts.erase(connection, call)
        done["reviews"] = await erase_reviews(connection, call)
        await unfile(connection, "transcript", call)
        blank = update(ABANDONED).where(ABANDONED.c.call == call).values(number="")
        done["abandoned"] = (await connection.execute(blank)).rowcount
        return done


async def _ticket(connection: AsyncConnection, ticket: str, now: datetime) -> Counter[str]:
    done: Counter[str] = Counter()
    await forget_request(connection, ticket)
    for table, key, change in (
        (TICKETS, TICKETS.c.id, erasing.papers),
        (PAPERS, PAPERS.c.ticket, erasing.papers),
        (HANDLINGS, HANDLINGS.c.ticket, erasing.handling),
    ):
        text = (await connection.execute(select(table.c.document).where(key == ticket))).scalar()
        if text is not None:
            more = {"place": "", "request": "", "spot": ""} if table is HANDLINGS else {}
            left = _json(change(json.loads(text)))
            await connection.execute(update(table).where(key == ticket).values(document=left, **more))
            done[table.name] += 1
    log = select(HANDLING_LOG.c.seq, HANDLING_LOG.c.document).where(HANDLING_LOG.c.ticket == ticket)
    for row in (await connection.execute(log)).all():
        left = _json(erasing.step(json.loads(row.document)))
        await connection.execute(
            update(HANDLING_LOG).where(HANDLING_LOG.c.seq == row.seq).values(document=left)
        )
        done["handling_log"] += 1
    letters = update(OUTBOX).where(OUTBOX.c.ticket == ticket)
    unsent = letters.where(OUTBOX.c.settled_at.is_(None)).values(state="superseded", settled_at=now)
    await connection.execute(unsent)
    done["outbox"] += (await connection.execute(letters.values(body="", trouble=""))).rowcount
    await unfile(connection, "ticket", ticket)
    return done


async def _number(connection: AsyncConnection, number: str) -> Counter[str]:
    done: Counter[str] = Counter()
    for table, values in (
        (ABANDONED, {"number": ""}),
        (CALLBACKS, {"number": "", "note": "", "state": "done"}),
        (HARASSMENT_DEEDS, {"number": "", "why": ""}),
    ):
        changed = update(table).where(table.c.number == number).values(values)
        done[table.name] = (await connection.execute(changed)).rowcount
    marks = delete(HARASSMENT_MARKS).where(HARASSMENT_MARKS.c.number == number)
    done["harassment_marks"] = (await connection.execute(marks)).rowcount
    return done


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
