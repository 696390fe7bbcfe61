"""Full-text search over a real database, SQLite and PostgreSQL, open and blind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from bridge.adapters.db import Database
from bridge.adapters.db_filing import Filed, file, unfile
from bridge.adapters.db_search import FIRST_WINDOW, SearchTable
from bridge.adapters.db_tables_search import SEARCH
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.ports_search import Wanted
from bridge.tickets.elements import Element, Elements
from bridge.tickets.exchange import Finished, opened, step
from bridge.tickets.search_words import filed, label
from bridge.tickets.ticket import CallFacts, Ticket
from bridge.tickets.transcript import Transcript, Utterance
from bridge.tickets.vault import Vault
from tests.adapters.test_db_transcripts import change

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


class Still:
    def monotonic(self) -> float:
        return 1.0

    def wall(self) -> datetime:
        return NOW


@pytest.fixture(params=["open", "blind"])
async def database(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, Vault([bytes(32)]) if request.param == "blind" else None)
    await made.start()
    yield made
    await made.stop()


async def put(database: Database, *texts: str, at: datetime = NOW, platform: str = "12345") -> None:
    async with database.write() as connection:
        for number, said in enumerate(texts):
            tokens = filed(said, label("p", platform), label("k", "ticket"))
            await file(connection, Filed("ticket", f"{platform}-{at.isoformat()}-{number}", "I", at, tokens))


async def found(database: Database, question: str, **more: object) -> list[str]:
    hits = await SearchTable(database).find(replace(Wanted(question), **more))  # type: ignore[arg-type]
    return [hit.id.rsplit("-", 1)[-1] for hit in hits]


async def test_chinese_words_numbers_and_latin_newest_first(database: Database) -> None:
    await put(database, "人民路有人打架", "人民广场停电，电话138-0635-1234", "柳园南路26号 WiFi 不通")
    for question, ids in {
        "人民": ["1", "0"], "人民路": ["0"], "路": ["2", "0"], "打架 人民路": ["0"], "民人": [],
        "13806351234": ["1"], "二十六号": ["2"], "wifi": ["2"], "广场打架": [], "，": [],
        "' OR 1=1 --": [], "路 OR 停电": [], "路*": ["2", "0"],
    }.items():  # fmt: skip
        assert await found(database, question) == ids, question


async def test_within_a_platform_a_time_and_a_page(database: Database) -> None:
    for hours in range(5):
        await put(database, "停水", at=NOW + timedelta(hours=hours))
    await put(database, "停水", at=NOW, platform="110")
    table = SearchTable(database)
    assert len(await table.find(Wanted("停水"))) == 6
    assert [hit.id[:3] for hit in await table.find(Wanted("停水", platform="110"))] == ["110"]
    since, until = NOW + timedelta(hours=1), NOW + timedelta(hours=3)
    inside = await table.find(Wanted("停水", since=since, until=until))
    assert [hit.at for hit in inside] == [NOW + timedelta(hours=2), since]
    assert await table.find(Wanted("停水", since=NOW + timedelta(days=9))) == ()
    pages, after = list[int](), None
    for _ in range(4):
        page = await table.find(Wanted("停水", after=after, most=2))
        pages += [hit.number for hit in page]
        after = page[-1].number if page else after
    assert len(pages) == 6
    assert pages == sorted(pages, reverse=True)


async def test_filed_anew_and_taken_out(database: Database) -> None:
    await put(database, "人民路", "人民路")
    await put(database, "柳园路")
    assert await found(database, "人民路") == ["1"]
    assert await found(database, "柳园路") == ["0"]
    async with database.write() as connection:
        await unfile(connection, "ticket", f"12345-{NOW.isoformat()}-1")
    assert await found(database, "人民路") == []


async def test_a_ticket_is_found_from_its_first_version_on(database: Database) -> None:
    table, first = TicketTable(database, Still()), ticket()
    await table.save(first, push=False)
    assert await found(database, "柳园南路") == ["T1"]
    assert await found(database, "13800001111") == ["T1"]
    assert await found(database, "偷车") == []
    said = Transcript((Utterance("caller", "l", 0, 1, "有人偷车", id="1"),))
    last, _ = step(replace(first, transcript=said), Finished(NOW))
    await table.save(last, push=False)
    assert await found(database, "偷车", state="draft") == ["T1"]
    assert await found(database, "偷车", state="closed") == []
    assert await found(database, "柳园南路", kind="transcript") == []


def ticket() -> Ticket:
    made = opened(
        id="T1", incident="I1", route="110", from_platform="12345", to_platform="110",
        facts=CallFacts("C1", "13800001111", "carrier", None, NOW, NOW), transcript=Transcript(),
        suggestion=None,
    )  # fmt: skip
    return replace(made, elements=Elements(where=Element("柳园南路", "agent")))


async def test_a_transcript_is_found_when_it_is_over_and_as_corrected(database: Database) -> None:
    table = TranscriptTable(database, None)
    live = change("c", "有人打价")
    await table.write([live])
    assert await found(database, "有人") == []
    await table.write([replace(live, entries=(), heading=replace(live.heading, state="final"))])
    assert await found(database, "打价") == ["c"]
    await table.correct("c", NOW.isoformat(), {"entry": 1, "text": "有人打架", "by": "班长"})
    assert await found(database, "打架") == await found(database, "打价") == ["c"]
    await table.write([change("d", "快来")])
    assert await table.close_cut() == 1
    assert await found(database, "快来", kind="transcript", platform="12345") == ["d"]


async def test_what_is_rare_is_found_far_behind_the_first_window(postgres_url: str) -> None:
    database = Database(postgres_url)
    await database.start()
    await put(database, "人民路", "柳园路")
    async with database.write() as connection:
        await connection.execute(
            text("SELECT setval(pg_get_serial_sequence('search', 'number'), :to)"), {"to": FIRST_WINDOW * 15}
        )
    await put(database, "人民路", at=NOW + timedelta(hours=1))
    assert await found(database, "人民路") == ["0", "0"]
    assert await found(database, "柳园路") == ["1"]
    await database.stop()


async def test_under_a_key_no_word_is_in_the_index(database_url: str) -> None:
    database = Database(database_url, Vault([bytes(32)]))
    await database.start()
    await put(database, "人民路13806351234")
    async with database.read() as connection:
        (tokens,) = (await connection.execute(select(SEARCH.c.tokens))).scalars()
    assert "人民" not in tokens
    assert "1380635" not in tokens
    await database.stop()
