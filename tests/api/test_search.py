"""Searching over HTTP: who finds what, with numbers covered for those without the right."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest

from bridge.adapters.db import Database
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.api.app import create_api
from bridge.errors import NoSuchThing
from bridge.services.search_desk import SearchDesk
from bridge.tickets.elements import Element, Elements
from bridge.tickets.stored import StoredTranscript
from tests.adapters.test_db_search import Still, ticket
from tests.adapters.test_db_transcripts import change
from tests.api.conftest import PRESSER, READER, House


@dataclass
class Scene:
    """A bridge over a real database with a ticket and a transcript in it."""

    app: object

    async def ask(self, token: str, **query: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)  # type: ignore[arg-type]
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bridge.example:8080", headers=headers
        ) as client:
            return await client.get("/api/v1/search", params=query)


@pytest.fixture
async def scene(house: House, database_url: str) -> AsyncIterator[Scene]:
    database = Database(database_url)
    await database.start()
    where = Element("柳园南路，找王先生电话13806351234", "agent")
    await TicketTable(database, Still()).save(replace(ticket(), elements=Elements(where=where)), push=False)
    transcripts = TranscriptTable(database, None)
    said = change("c", "柳园南路有人打架")
    await transcripts.write([replace(said, heading=replace(said.heading, state="final"))])

    async def transcript(call: str) -> StoredTranscript:
        found = await transcripts.get(call)
        if found is None:
            raise NoSuchThing("gone")
        return found

    table = SearchTable(database)
    desk = SearchDesk(table, table.papers, transcript)
    yield Scene(create_api(replace(house.parts(), search=desk)))
    await database.stop()


async def test_tickets_and_transcripts_newest_first_in_pages(scene: Scene) -> None:
    found = (await scene.ask(PRESSER, q="柳园南路")).json()
    assert [(hit["kind"], hit["id"]) for hit in found["hits"]] == [("transcript", "c"), ("ticket", "T1")]
    assert found["hits"][0]["snippet"] == "柳园南路有人打架"
    first = (await scene.ask(PRESSER, q="柳园南路", limit="1")).json()
    rest = (await scene.ask(PRESSER, q="柳园南路", limit="1", after=str(first["next"]))).json()
    assert [hit["kind"] for hit in (*first["hits"], *rest["hits"])] == ["transcript", "ticket"]
    only = (await scene.ask(PRESSER, q="柳园南路", kind="ticket", state="draft", platform="110")).json()
    assert [hit["id"] for hit in only["hits"]] == ["T1"]


async def test_numbers_are_covered_and_not_to_be_searched_without_the_right(scene: Scene) -> None:
    whole = (await scene.ask(PRESSER, q="王先生")).json()["hits"][0]["snippet"]
    covered = (await scene.ask(READER, q="王先生")).json()["hits"][0]["snippet"]
    assert "13806351234" in whole
    assert "13806351234" not in covered
    assert "王先生电话" in covered
    assert (await scene.ask(PRESSER, q="138 0635 1234")).json()["hits"][0]["id"] == "T1"
    for number in ("13806351234", "一三八零六三五一二三四"):
        refused = await scene.ask(READER, q=number)
        assert refused.status_code == 403
        assert "T1" not in refused.text


@pytest.mark.parametrize(
    "query", [{"q": "，。"}, {"q": ""}, {"q": "路" * 101}, {"q": "路", "since": "2026-01-01T00:00:00"}]
)
async def test_what_is_no_question(scene: Scene, query: dict[str, str]) -> None:
    assert (await scene.ask(PRESSER, **query)).status_code == 400
