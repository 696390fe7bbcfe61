"""Transcripts in the database: a heading for each call, its entries and its corrections, sealed where there
is a key.

Knows the tables and the seal, and nothing of what an entry says. Rows of entries and corrections are only
ever added.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Table, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database, insert_into
from bridge.adapters.db_concerns import transcripts_of
from bridge.adapters.db_filing import Filed, file
from bridge.adapters.db_tables import TRANSCRIPT_CORRECTIONS, TRANSCRIPT_ENTRIES, TRANSCRIPTS
from bridge.errors import NoSuchThing, UnusableTranscript
from bridge.ports_transcripts import Change, Place
from bridge.tickets import erasing
from bridge.tickets.evidence import NOTHING, Chain, Entry, digest_of
from bridge.tickets.sealing import NONCE_SIZE, TextSeal
from bridge.tickets.search_text import of_transcript
from bridge.tickets.stored import Heading, StoredTranscript

_T, _E, _C = TRANSCRIPTS.c, TRANSCRIPT_ENTRIES.c, TRANSCRIPT_CORRECTIONS.c
_PLAIN: Final = "{"
"""A JSON object begins so, and no seal does."""


class TranscriptTable:
    """seal: None where transcripts lie open. closes: what is written is sealed with it; not where the
    database seals its columns itself."""

    def __init__(self, database: Database, seal: TextSeal | None, *, closes: bool = True) -> None:
        self._database, self._seal, self._closes = database, seal, closes

    async def write(self, changes: Sequence[Change]) -> None:
        """All of them or none."""
        async with self._database.write() as connection:
            for change in changes:
                await self._put(connection, change.heading)
            rows = [
                self._row("e", change.heading.call, entry) for change in changes for entry in change.entries
            ]
            if rows:
                await connection.execute(insert(TRANSCRIPT_ENTRIES), rows)
            for change in changes:
                if change.heading.state != "live":
                    await self._file(connection, change.heading.call)

    async def get(self, call: str) -> StoredTranscript | None:
        """One of them. Raises UnusableTranscript."""
        async with self._database.read() as connection:
            return await self._stored(connection, call)

    async def erase(self, connection: AsyncConnection, call: str) -> int:
        """Its words, and the number it came from; how many entries of both chains there are. What is left
        holds as a chain."""
        count = 0
        for table, kind in ((TRANSCRIPT_ENTRIES, "e"), (TRANSCRIPT_CORRECTIONS, "c")):
            for said in await self._entries(connection, table, kind, call):
                here = (table.c.call == call, table.c.seq == said["seq"])
                body = self._row(kind, call, erasing.entry(said))["body"]
                await connection.execute(update(table).where(*here).values(body=body))
                count += 1
        return count

    async def file(self, calls: Sequence[str]) -> None:
        """They can be found by their words from now on, whatever was filed of them before."""
        async with self._database.write() as connection:
            for call in calls:
                await self._file(connection, call)

    async def _stored(self, connection: AsyncConnection, call: str) -> StoredTranscript | None:
        row = (await connection.execute(_headings().where(_T.call == call))).first()
        if row is None:
            return None
        entries = await self._entries(connection, TRANSCRIPT_ENTRIES, "e", call)
        corrections = await self._entries(connection, TRANSCRIPT_CORRECTIONS, "c", call)
        return StoredTranscript(self._heading(row), entries, corrections)

    async def _file(self, connection: AsyncConnection, call: str) -> None:
        """It can be found by its words from now on."""
        stored = await self._stored(connection, call)
        if stored is not None:
            tokens = of_transcript(stored)
            await file(connection, Filed("transcript", call, "", stored.heading.started_at, tokens))

    async def correct(self, call: str, at: str, body: dict[str, object]) -> Entry:
        """One correction more. Raises NoSuchThing."""
        async with self._database.write() as connection:
            heading = select(_T.call).where(_T.call == call).with_for_update()
            if (await connection.execute(heading)).first() is None:
                raise NoSuchThing("没有这通电话的转写")
            before = await self._entries(connection, TRANSCRIPT_CORRECTIONS, "c", call)
            last = Chain(len(before), digest_of(before[-1]) if before else NOTHING)
            _, entry = last.add("correction", at, body)
            await connection.execute(insert(TRANSCRIPT_CORRECTIONS), [self._row("c", call, entry)])
            await self._file(connection, call)
        return entry

    async def find(
        self,
        since: datetime | None,
        until: datetime | None,
        after: Place | None,
        most: int,
        platform: str = "",
    ) -> list[Heading]:
        """The newest first; platform: only what concerns it, "" for all."""
        chosen = _headings().order_by(_T.started_at.desc(), _T.call).limit(most)
        for wanted in (
            None if since is None else _T.started_at >= since,
            None if until is None else _T.started_at < until,
            None if after is None else _behind(after),
            transcripts_of(platform) if platform else None,
        ):
            chosen = chosen if wanted is None else chosen.where(wanted)
        async with self._database.read() as connection:
            return [self._heading(row) for row in await connection.execute(chosen)]

    async def close_cut(self) -> int:
        """Those still live are cut."""
        cut = update(TRANSCRIPTS).where(_T.state == "live").values(state="cut").returning(_T.call)
        async with self._database.write() as connection:
            calls = (await connection.execute(cut)).scalars().all()
            for call in calls:
                await self._file(connection, call)
        return len(calls)

    async def _put(self, connection: AsyncConnection, heading: Heading) -> None:
        values = {
            "started_at": heading.started_at,
            "ended_at": heading.ended_at,
            "platform": heading.platform,
            "state": heading.state,
            "lost": heading.lost,
            "entries": heading.count,
            "head": self._closed(f"h|{heading.call}", heading.head),
        }
        put = insert_into(connection, TRANSCRIPTS).values(call=heading.call, **values)
        await connection.execute(put.on_conflict_do_update(index_elements=[_T.call], set_=values))

    async def _entries(
        self, connection: AsyncConnection, table: Table, kind: str, call: str
    ) -> tuple[Entry, ...]:
        chosen = select(table.c.seq, table.c.body).where(table.c.call == call).order_by(table.c.seq)
        return tuple(
            json.loads(self._opened(f"{kind}|{call}|{row.seq}", row.body))
            for row in await connection.execute(chosen)
        )

    def _row(self, kind: str, call: str, entry: Entry) -> dict[str, Any]:
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        return {
            "call": call,
            "seq": entry["seq"],
            "body": self._closed(f"{kind}|{call}|{entry['seq']}", text),
        }

    def _heading(self, row: Row[Any]) -> Heading:
        head = self._opened(f"h|{row.call}", row.head)
        return Heading(
            row.call,
            row.started_at,
            row.platform,
            row.state,
            row.ended_at,
            row.lost,
            row.entries,
            head,
            row.corrections,
        )

    def _closed(self, belongs: str, text: str) -> str:
        if self._seal is None or not self._closes:
            return text
        return f"{self._seal.fingerprint}:{self._seal.close(secrets.token_bytes(NONCE_SIZE), belongs, text)}"

    def _opened(self, belongs: str, body: str) -> str:
        """Open rows of before there was a key stay readable."""
        fingerprint, colon, sealed = body.partition(":")
        if body.startswith(_PLAIN) or not colon:
            return body
        if self._seal is None or self._seal.fingerprint != fingerprint:
            raise UnusableTranscript(
                f"转写是加密存放的，没有密钥或密钥不对（要的指纹是 {fingerprint}）：检查 transcripts 的密钥"
            )
        return self._seal.open(belongs, sealed)


def _headings() -> Any:
    corrections = (
        select(func.count())
        .select_from(TRANSCRIPT_CORRECTIONS)
        .where(_C.call == _T.call)
        .scalar_subquery()
        .label("corrections")
    )
    return select(TRANSCRIPTS, corrections)


def _behind(place: Place) -> Any:
    same = and_(_T.started_at == place.started_at, _T.call > place.call)
    return or_(_T.started_at < place.started_at, same)
