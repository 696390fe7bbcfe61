"""One person's data erased, in both databases, open and under a key: nothing of it is left anywhere, counts
are, and the chain holds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from bridge.adapters.db import Database
from bridge.adapters.db_callbacks import CallbackTable
from bridge.adapters.db_erase import Eraser
from bridge.adapters.db_harassment import HarassmentTable
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.db_recordings import RecordingTable
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tables import OUTBOX
from bridge.adapters.db_tables_erasures import ERASURES
from bridge.adapters.db_tables_handling import PAPERS
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.errors import NotYetOver
from bridge.media.takes import LEFT, Kept, TakeLeg
from bridge.ports import Deed
from bridge.ports_search import Wanted
from bridge.queues.abandoned import Abandoned
from bridge.routing.harassment import Mark
from bridge.tickets.evidence import verify
from bridge.tickets.exchange import Finished, step
from bridge.tickets.ticket import encode
from bridge.tickets.transcript import Transcript, Utterance
from bridge.tickets.vault import Vault
from tests.adapters.test_db_sealed import raw
from tests.adapters.test_db_search import Still, ticket
from tests.adapters.test_db_transcripts import change

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
NUMBER, WORDS, WHERE = "13800001111", "有人打架", "柳园南路"
SECRETS = (NUMBER, WORDS, WHERE, "王先生")


@pytest.fixture(params=["open", "sealed"])
async def database(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, Vault([bytes(32)]) if request.param == "sealed" else None)
    await made.start()
    yield made
    await made.stop()


async def fill(database: Database) -> None:
    tickets, said = TicketTable(database, Still()), Utterance("caller", "l", 0, 1, WORDS, id="1")
    first = replace(ticket(), transcript=Transcript((said,)))
    await tickets.save(first, push=True)
    await tickets.save(step(first, Finished(NOW))[0], push=True)
    transcripts = TranscriptTable(database, None)
    await transcripts.write([change("C1", WORDS, "我是王先生", NUMBER)])
    await transcripts.correct("C1", NOW.isoformat(), {"entry": 1, "text": WORDS, "by": "班长"})
    await transcripts.close_cut()
    legs = (TakeLeg("in", LEFT, "caller"),)
    made = Kept("r1", "r", "C1", legs, "r1.wav", 1.0, NOW.isoformat(), "PCMA", False, 2.0, 1, "ab" * 32)
    await RecordingTable(database, Still()).keep(made)
    gone = Abandoned("a1", "C2", NUMBER, "12345", "来话", "hotline", "queue", 31.5, NOW, "I2")
    await CallbackTable(database).add(gone, "t1")
    marks = HarassmentTable(database)
    await marks.put(Mark(NUMBER, "warn", WORDS, "甲", NOW))
    await marks.append(Deed(NOW, NUMBER, "marked", "甲", WORDS))
    async with database.write() as connection:
        text = json.dumps(encode(first), ensure_ascii=False)
        row = {"ticket": "T1", "version": 1, "at": NOW, "document": text}
        await connection.execute(insert(PAPERS).values(row))


async def everything(database: Database) -> str:
    async with database.read() as connection:
        bodies = (await connection.execute(select(OUTBOX.c.body, OUTBOX.c.trouble))).all()
    read = [await TicketTable(database, Still()).ticket_of("I1"), bodies, await raw(database)]
    read.append(await TranscriptTable(database, None).get("C1"))
    read.append(await CallbackTable(database).gone(9))
    return repr(read)


@pytest.mark.parametrize("by", ["number", "ticket", "call"])
async def test_nothing_of_it_is_left_and_the_chain_holds(database: Database, by: str) -> None:
    await fill(database)
    eraser = Eraser(database, TranscriptTable(database, None))
    find = {"number": eraser.of_number, "ticket": eraser.of_ticket, "call": eraser.of_call}[by]
    whose = await find({"number": NUMBER, "ticket": "T1", "call": "C1"}[by])
    assert whose.tickets == {"T1"}
    assert await eraser.recordings(whose) == [("r1", "r1.wav")]
    counts = await eraser.erase(whose, now=NOW, by="张主任", why="本人申请", files=["r1"])
    wanted = {"tickets": 1, "papers": 1, "handlings": 1, "transcripts": 4, "recordings": 1}
    assert {name: counts[name] for name in wanted} == wanted
    left = await everything(database)
    if by == "number":
        for secret in SECRETS:
            assert secret not in left
        assert await HarassmentTable(database).marks() == []
        assert await CallbackTable(database).unfinished() == ()
    stored = await TranscriptTable(database, None).get("C1")
    assert stored is not None
    assert [said.text for said in stored.said()] == ["", "", ""]
    assert verify(stored.entries, stored.heading.head).holds
    assert verify(stored.corrections).holds
    search = SearchTable(database)
    for question in SECRETS:
        assert await search.find(Wanted(question)) == ()
    assert await Outbox(database, Still()).due(busy=(), most=9) == ()
    kept = await TicketTable(database, Still()).ticket_of("I1")
    assert kept is not None
    assert (kept.outcome, kept.facts.pressed_at, kept.elements.where.value) == ("abandoned", NOW, "")


async def test_it_is_on_record_without_whom_and_again_it_is_the_same(database: Database) -> None:
    await fill(database)
    eraser = Eraser(database, TranscriptTable(database, None))
    for _ in range(2):
        await eraser.erase(await eraser.of_ticket("T1"), now=NOW, by="张主任", why="本人申请", files=[])
    stored = await TranscriptTable(database, None).get("C1")
    assert stored is not None
    assert verify(stored.entries, stored.heading.head).holds
    async with database.read() as connection:
        rows = (await connection.execute(select(ERASURES).order_by(ERASURES.c.number))).all()
    assert [(row.at, row.by, row.why) for row in rows] == [(NOW, "张主任", "本人申请")] * 2
    assert json.loads(rows[0].counts)["tickets"] == 1
    assert "T1" not in repr(rows)
    assert NUMBER not in repr(rows)


async def test_a_changed_entry_beside_an_erased_one_is_still_noticed(database: Database) -> None:
    await fill(database)
    eraser = Eraser(database, TranscriptTable(database, None))
    await eraser.erase(await eraser.of_call("C1"), now=NOW, by="张主任", why="", files=[])
    stored = await TranscriptTable(database, None).get("C1")
    assert stored is not None
    forged = [*stored.entries[:1], {**stored.entries[1], "hash": "0" * 64}, *stored.entries[2:]]
    assert verify(forged, stored.heading.head).at == 2
    assert verify(stored.entries[:-1], stored.heading.head).why == "head"


async def test_not_while_the_call_goes_on(database: Database) -> None:
    await TicketTable(database, Still()).save(ticket(), push=True)
    eraser = Eraser(database, TranscriptTable(database, None))
    with pytest.raises(NotYetOver):
        await eraser.erase(await eraser.of_ticket("T1"), now=NOW, by="甲", why="", files=[])
    assert await TicketTable(database, Still()).ticket_of("I1") == ticket()
