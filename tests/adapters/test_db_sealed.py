"""Personal data at rest under a key, in both databases: nothing of it on the disk, all of it readable, and a
key that is followed by another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Text, select, type_coerce

from bridge.adapters import db_tables_handling  # noqa: F401  its tables are part of the shape
from bridge.adapters.db import Database
from bridge.adapters.db_callbacks import CallbackTable
from bridge.adapters.db_harassment import HarassmentTable
from bridge.adapters.db_index import index
from bridge.adapters.db_rekey import rekey
from bridge.adapters.db_sealed import Sealed
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tables import METADATA
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.errors import UnusableData
from bridge.ports import Deed
from bridge.ports_search import Wanted
from bridge.queues.abandoned import Abandoned
from bridge.routing.harassment import Mark
from bridge.tickets.sealing import TextSeal
from bridge.tickets.vault import Vault
from tests.adapters.test_db_search import Still, ticket
from tests.adapters.test_db_transcripts import change

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
NUMBER, WORDS, WHERE = "13800001111", "有人打架", "柳园南路"
OLD, NEW = bytes(32), bytes(range(32))
GONE = Abandoned("a1", "c1", NUMBER, "12345", "来话", "hotline", "queue", 31.5, NOW, "I1")


async def fill(database: Database) -> None:
    await TicketTable(database, Still()).save(ticket(), push=True)
    await CallbackTable(database).add(GONE, "t1")
    marks = HarassmentTable(database)
    await marks.put(Mark(NUMBER, "warn", WORDS, "甲", NOW))
    await marks.append(Deed(NOW, NUMBER, "marked", "甲", WORDS))
    transcripts = TranscriptTable(database, None)
    await transcripts.write([change("c", WORDS)])
    await transcripts.close_cut()


async def check(database: Database) -> None:
    assert await TicketTable(database, Still()).ticket_of("I1") == ticket()
    callbacks = CallbackTable(database)
    assert await callbacks.gone(9) == (GONE,)
    assert await callbacks.unfinished() == (NUMBER,)
    marks = HarassmentTable(database)
    assert [mark.number for mark in await marks.marks()] == [NUMBER]
    assert [deed.why for deed in await marks.deeds(NUMBER, 9)] == [WORDS]
    stored = await TranscriptTable(database, None).get("c")
    assert stored is not None
    assert [said.text for said in stored.said()] == [WORDS]
    search = SearchTable(database)
    for question, kind in ((WHERE, "ticket"), (NUMBER, "ticket"), (WORDS, "transcript")):
        assert [hit.kind for hit in await search.find(Wanted(question))] == [kind]


async def raw(database: Database) -> str:
    """All that is stored, as it is stored."""
    texts: list[str] = []
    async with database.read() as connection:
        for table in METADATA.sorted_tables:
            columns = [type_coerce(c, Text) if isinstance(c.type, Sealed) else c for c in table.columns]
            texts += [str(tuple(row)) for row in await connection.execute(select(*columns))]
    return "\n".join(texts)


async def started(url: str, *keys: bytes) -> Database:
    made = Database(url, Vault(keys) if keys else None)
    await made.start()
    return made


async def test_nothing_of_it_is_stored_open_and_all_of_it_is_readable(database_url: str) -> None:
    database = await started(database_url, NEW)
    await fill(database)
    await check(database)
    stored = await raw(database)
    for secret in (NUMBER, NUMBER[-4:], WORDS, "打架"):
        assert secret not in stored
    await database.stop()


async def test_not_on_the_disk_either(tmp_path: Path) -> None:
    database = await started(f"sqlite+aiosqlite:///{tmp_path}/b.db", NEW)
    await fill(database)
    await database.stop()
    octets = b"".join(path.read_bytes() for path in tmp_path.iterdir())  # noqa: ASYNC240  nobody waits here
    for secret in (NUMBER, WORDS, "打架"):
        assert secret.encode() not in octets


@pytest.mark.parametrize("before", [(), (OLD,)], ids=["open", "old key"])
async def test_a_key_follows_another_or_none(database_url: str, before: tuple[bytes, ...]) -> None:
    database = await started(database_url, *before)
    await fill(database)
    await database.stop()
    database = await started(database_url, NEW, *before)
    changed = {name: count async for name, count in rekey(database, Vault([NEW, *before]))}
    assert changed["tickets"] == changed["callbacks"] == changed["harassment_marks"] == 1
    assert {name: count async for name, count in rekey(database, Vault([NEW]))} == dict.fromkeys(changed, 0)
    assert await index(database, TranscriptTable(database, None)) == 2
    await database.stop()
    database = await started(database_url, NEW)
    await check(database)
    assert WORDS not in await raw(database)
    await database.stop()


async def test_without_the_key_it_says_which_is_missing(database_url: str) -> None:
    database = await started(database_url, OLD)
    await fill(database)
    await database.stop()
    for keys in ((), (NEW,)):
        database = await started(database_url, *keys)
        with pytest.raises(UnusableData, match=Vault([OLD]).name):
            await TicketTable(database, Still()).ticket_of("I1")
        await database.stop()


async def test_transcripts_sealed_on_their_own_are_taken_over(database_url: str) -> None:
    database = await started(database_url)
    await TranscriptTable(database, TextSeal(OLD)).write([change("c", WORDS)])
    await database.stop()
    database = await started(database_url, NEW)
    table = TranscriptTable(database, TextSeal(OLD), closes=False)
    await table.write([change("d", "快来")])
    for call in ("c", "d"):
        assert await table.get(call) is not None
    assert await TranscriptTable(database, None).get("d") is not None
    await database.stop()
