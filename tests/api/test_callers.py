"""A caller's history: what the number itself called about, newest first, cut to the viewer's platform,
covered by right, on record, found by an index; on both databases, one of them sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.access.principal import LOOPBACK
from bridge.adapters.db import Database
from bridge.adapters.db_callbacks import CallbackTable
from bridge.adapters.db_history import HistoryTable
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.api.app import create_api
from bridge.api.audit import deed_of
from bridge.errors import NoSuchThing
from bridge.ports_transcripts import Change
from bridge.queues.abandoned import Abandoned
from bridge.services import history_desk
from bridge.services.history_desk import HistoryDesk
from bridge.settings.house import Api
from bridge.tickets.elements import Element, Elements
from bridge.tickets.evidence import Entry
from bridge.tickets.stored import StoredTranscript
from bridge.tickets.ticket import CallFacts, Ticket
from bridge.tickets.vault import Vault
from tests.adapters.test_db_search import NOW, Still, ticket
from tests.adapters.test_db_transcripts import change
from tests.api.conftest import PRESSER, READER, TOKENS, House, _token

NUMBER, OTHER = "13806351234", "15063501111"
OF_119 = _token("119", "of-119", "read", "personal").model_copy(update={"platform": "119"})


def asked_for(name: str, number: str, what: str, hours: int, contact: str = "") -> Ticket:
    """A ticket of a call so many hours ago."""
    at = NOW - timedelta(hours=hours)
    elements = Elements(what=Element(what, "agent"), contact=Element(contact, "agent"))
    facts = CallFacts(f"C{name}", number, "carrier", None, at, at)
    return replace(ticket(), id=f"T{name}", incident=f"I{name}", facts=facts, elements=elements)


def spoken(call: str, number: str, said: str, hours: int) -> Change:
    """A call that ended so many hours ago, without any ticket."""
    made = change(call, said, ago=hours)
    chain, entry = made.heading.chain.add("opened", NOW.isoformat(), {"number": "12345", "caller": number})
    entries: tuple[Entry, ...] = (*made.entries, entry)
    return Change(replace(made.heading, count=chain.count, head=chain.head, state="final"), entries)


@dataclass
class Scene:
    """A bridge over a real database."""

    app: Any
    house: House
    database: Database

    async def ask(self, path: str, token: str = PRESSER, **query: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bridge", headers=headers
        ) as client:
            return await client.get(f"/api/v1{path}", params=query)

    async def rows(self, path: str, token: str = PRESSER, **query: str) -> list[dict[str, Any]]:
        answer = await self.ask(path, token, **query)
        assert answer.status_code == 200, answer.text
        contacts: list[dict[str, Any]] = answer.json()["contacts"]
        return contacts


@pytest.fixture
async def scene(house: House, database_url: str) -> AsyncIterator[Scene]:
    database = Database(database_url, Vault([b"k" * 32]) if "sqlite" in database_url else None)
    await database.start()
    tickets, transcripts = TicketTable(database, Still()), TranscriptTable(database, None)
    await tickets.save(asked_for("1", NUMBER, "停水，回电15063502222", 3), push=False)
    await tickets.save(asked_for("2", OTHER, f"有人打{NUMBER}骂我", 2), push=False)
    await tickets.save(asked_for("3", OTHER, "替父亲问医保", 1, contact="138 0635 1234"), push=False)
    for each in (spoken("C1", NUMBER, "停水了", 3), spoken("C9", f"+86{NUMBER}", "问一下几点上班", 5)):
        await transcripts.write([each])
    gone = Abandoned(
        "a1", "C8", NUMBER, "12345", "来话", "hotline", "queued", 41.26, NOW - timedelta(hours=4)
    )
    await CallbackTable(database).add(gone, "task")

    async def transcript(call: str) -> StoredTranscript:
        found = await transcripts.get(call)
        if found is None:
            raise NoSuchThing("gone")
        return found

    house.settings, table = Api(tokens=(*TOKENS, OF_119)), SearchTable(database)
    desk = HistoryDesk(table, HistoryTable(database), table.papers, transcript)
    yield Scene(create_api(replace(house.parts(), history=desk)), house, database)
    await database.stop()


async def test_what_the_number_called_about_newest_first(scene: Scene) -> None:
    rows = await scene.rows(f"/callers/{NUMBER}/history")
    assert [(row["kind"], row["ticket"] or row["call"]) for row in rows] == [
        ("ticket", "T3"), ("ticket", "T1"), ("abandoned", "C8"), ("call", "C9"),
    ], "a call with a ticket once; who only speaks of the number is somebody else"  # fmt: skip
    assert (rows[1]["call"], rows[1]["state"], rows[1]["holder"]) == ("C1", "draft", "110")
    assert (rows[2]["waited"], rows[2]["queue"], rows[3]["text"]) == (41.3, "hotline", "问一下几点上班")
    assert await scene.rows(f"/callers/{NUMBER}/history", limit="1") == rows[:1]
    assert await scene.rows("/callers/anonymous/history") == []


async def test_by_the_call_that_rings_and_for_whom(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    call = scene.house.rings(NUMBER)
    whole = await scene.rows(f"/calls/{call}/history")
    assert [row["kind"] for row in whole] == ["ticket", "ticket", "abandoned", "call"]
    covered = await scene.rows(f"/calls/{call}/history", READER)
    assert [row["ticket"] for row in covered] == [row["ticket"] for row in whole]
    assert (whole[1]["text"], covered[1]["text"]) == ("停水，回电15063502222", "停水，回电150****2222")
    assert (await scene.ask("/calls/none/history")).status_code == 404
    refused = await scene.ask(f"/callers/{NUMBER}/history", READER)
    assert (refused.status_code, refused.json()["id"]) == (403, "not-allowed"), "yes or no would tell it"
    assert await scene.rows(f"/callers/{NUMBER}/history", "of-119") == [], "of other platforms"
    monkeypatch.setattr(history_desk, "AT_ONCE", 1)
    monkeypatch.setattr(history_desk, "LOOKED_AT", 2)
    short = await scene.rows(f"/callers/{NUMBER}/history")
    assert sorted(row["call"] for row in short) == ["C1", "C8", "C9"], "of the texts only the two filed last"


async def test_a_number_is_found_by_an_index_however_many_there_are(blank_database: Path) -> None:
    plans = {
        "VIRTUAL TABLE INDEX": "SELECT rowid FROM search_fts WHERE search_fts MATCH 'n13806351234'",
        "INDEX ix_abandoned_number": "SELECT * FROM abandoned WHERE number = 'x' ORDER BY at LIMIT 9",
        "INDEX sqlite_autoindex_handlings": "SELECT state FROM handlings WHERE ticket IN ('a', 'b')",
    }
    with closing(sqlite3.connect(blank_database)) as connection:
        for index, query in plans.items():
            lines = connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
            assert any(index in str(line) for line in lines), lines


def test_the_record_does_not_tell_the_number() -> None:
    deed = deed_of({"query_string": b""}, LOOPBACK, "caller.read", NUMBER, NOW, "")
    assert deed.target == "138****1234"
