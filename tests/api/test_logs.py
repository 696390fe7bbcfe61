"""No personal data in logs: a call, a ticket, a search, an erasure, errors of the database, with a number, a
name and words that would be noticed."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import structlog
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bridge.adapters.db import Database
from bridge.adapters.db_erase import Eraser
from bridge.adapters.db_retention import RetentionTable
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tables import CALLBACKS, TICKETS
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.api.app import create_api
from bridge.clock import SystemClock
from bridge.errors import NoSuchThing
from bridge.services.archive import Archive
from bridge.services.search_desk import SearchDesk, Transcript
from bridge.services.sweeper import Sweeper
from bridge.tickets.elements import Element, Elements
from bridge.tickets.exchange import Finished, step
from bridge.tickets.stored import StoredTranscript
from tests.adapters.test_db_search import Still, ticket
from tests.api.conftest import PRESSER, READER, House

NUMBER, NAME, WORDS = "13987654321", "欧阳标记", "标记的话语"
SECRETS = (NUMBER, NUMBER[3:7], NAME, WORDS, "标记")
NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """All that is logged, as `bridge.app.logs` would at level debug."""
    stream, before = io.StringIO(), structlog.get_config()
    structlog.configure(
        processors=[
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)
    structlog.configure(**before)


@pytest.fixture
async def database(said: io.StringIO, database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    await made.start()
    yield made
    await made.stop()


async def test_a_call_a_ticket_a_search_and_an_erasure(
    house: House, said: io.StringIO, database: Database
) -> None:
    transcripts, clock = TranscriptTable(database, None), SystemClock()
    house.archive = archive = Archive(
        store=transcripts, records=house.records, clock=house.clock, software={}, recogniser=lambda leg: {},
        on_lost=lambda lost: None,
    )  # fmt: skip
    await archive.start()
    call = house.talking(caller=NUMBER)
    house.says(call, "caller", f"我是{NAME}，{WORDS}，电话{NUMBER}")
    await save(database)
    table = SearchTable(database)
    desk = SearchDesk(table, table.papers, found_in(transcripts))
    transport = httpx.ASGITransport(
        create_api(replace(house.parts(), search=desk)), raise_app_exceptions=False
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://bridge.example:8080") as client:
        for token in (PRESSER, READER):
            headers = {"Authorization": f"Bearer {token}"}
            for path in ("/api/v1/calls", f"/api/v1/calls/{call}", f"/api/v1/calls/{call}/transcript"):
                await client.get(path, headers=headers)
            for question in (NUMBER, NAME, WORDS):
                answer = await client.get("/api/v1/search", params={"q": question}, headers=headers)
                assert answer.status_code in (200, 403)
    house.hangs_up(call)
    await archive.stop()
    eraser = Eraser(database, transcripts)
    whose = await eraser.of_number(NUMBER)
    assert whose.tickets
    await transcripts.close_cut()
    await eraser.erase(whose, now=NOW, by="张主任", why="", files=[])
    await Sweeper(RetentionTable(database), {"transcripts": timedelta(0)}, clock).round()
    check(said)


async def save(database: Database) -> None:
    marked = Elements(who=Element(NAME, "agent"), what=Element(WORDS, "agent"))
    first = replace(ticket(), facts=replace(ticket().facts, caller_number=NUMBER), elements=marked)
    await TicketTable(database, Still()).save(first, push=True)
    await TicketTable(database, Still()).save(step(first, Finished(NOW))[0], push=True)


async def test_errors_of_the_database_tell_no_row(said: io.StringIO, database: Database) -> None:
    await save(database)
    other = {
        "id": f"T{NUMBER}",
        "incident": "I1",
        "call": NUMBER,
        "version": 1,
        "state": "x",
        "document": WORDS,
    }
    ends = {"from_platform": NAME, "to_platform": NAME, "pressed_at": NOW}
    for statement in (
        insert(TICKETS).values(**other, **ends),
        insert(CALLBACKS).values(id="1", number=NUMBER, note=WORDS, state="open"),
    ):
        with pytest.raises(IntegrityError):
            await fail(database, statement)
    assert "IntegrityError" in said.getvalue()
    check(said)


async def fail(database: Database, statement: object) -> None:
    try:
        async with database.write() as connection:
            await connection.execute(statement)  # type: ignore[call-overload]
    except IntegrityError:
        structlog.get_logger().exception("not written")
        raise


def check(said: io.StringIO) -> None:
    lines = said.getvalue()
    assert "database open" in lines
    for secret in SECRETS:
        assert secret not in lines, [line[:300] for line in lines.splitlines() if secret in line]


def found_in(transcripts: TranscriptTable) -> Transcript:
    async def found(call: str) -> StoredTranscript:
        stored = await transcripts.get(call)
        if stored is None:
            raise NoSuchThing("gone")
        return stored

    return found
