"""Who may hear recordings, and what a range of one is."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bridge.adapters.db import Database
from bridge.adapters.db_recordings import RecordingTable
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.api.app import create_api
from bridge.media.takes import LEFT, Kept, TakeLeg
from bridge.media.wav import HEADER_SIZE, header
from bridge.settings.house import Api, Token
from tests.api.conftest import House

LISTENER, READER = "l" * 40, "r" * 40
TOKENS = tuple(
    Token(name=name, sha256=hashlib.sha256(token.encode()).hexdigest(), may=may)
    for name, token, may in (("班长", LISTENER, ("listen", "read")), ("大屏", READER, ("read", "transfer")))
)
SOUND = bytes(range(256)) * 4


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    house, database = House(Api(tokens=TOKENS)), Database(f"sqlite+aiosqlite:///{tmp_path}/b.db")
    await database.start()
    table = RecordingTable(database, house.clock)
    at = datetime(2026, 3, 5, tzinfo=UTC).isoformat()
    legs = (TakeLeg("c.0", LEFT, "caller"),)
    await table.keep(Kept("a-1", "a", "c", legs, "a-1.wav", 5.0, at, "PCMA", False, 0.064, 10, "00" * 32))
    (tmp_path / "a-1.wav").write_bytes(header("PCMA", 2, len(SOUND)) + SOUND)
    shelf = RecordingShelf(table, tmp_path, None, None, house.clock)
    app = create_api(replace(house.parts(), recordings=shelf))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bridge") as made:
        yield made
    await database.stop()


def as_(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", ["", "/a-1", "/a-1/audio"])
async def test_only_those_who_may_listen(client: httpx.AsyncClient, path: str) -> None:
    for headers, status in (({}, 401), (as_(READER), 403), (as_(LISTENER), 200)):
        assert (await client.get(f"/api/v1/recordings{path}", headers=headers)).status_code == status


async def test_what_a_list_says(client: httpx.AsyncClient) -> None:
    (found,) = (await client.get("/api/v1/recordings?call=c", headers=as_(LISTENER))).json()["recordings"]
    assert (found["id"], found["ended"], found["legs"][0]["speaker"]) == ("a-1", "whole", "caller")
    assert "path" not in found
    none = await client.get("/api/v1/recordings?since=2026-04-01T00:00:00%2B08:00", headers=as_(LISTENER))
    assert none.json() == {"recordings": []}
    naive = await client.get("/api/v1/recordings?since=2026-04-01T00:00:00", headers=as_(LISTENER))
    assert naive.status_code == 400


@pytest.mark.parametrize(
    ("wanted", "status", "begin", "end"),
    [
        (None, 200, 0, None),
        ("bytes=0-9", 206, 0, 10),
        ("bytes=60-", 206, 60, None),
        ("bytes=-5", 206, HEADER_SIZE + len(SOUND) - 5, None),
        ("bytes=99999-", 416, 0, 0),
        ("bytes=0-1,4-5", 200, 0, None),
        ("lines=1-2", 200, 0, None),
    ],
)
async def test_ranges(
    client: httpx.AsyncClient, wanted: str | None, status: int, begin: int, end: int | None
) -> None:
    headers = as_(LISTENER) | ({"Range": wanted} if wanted else {})
    answer = await client.get("/api/v1/recordings/a-1/audio", headers=headers)
    whole = header("PCMA", 2, len(SOUND)) + SOUND
    assert (answer.status_code, answer.content) == (status, whole[begin:end])


async def test_what_is_not_there(client: httpx.AsyncClient, tmp_path: Path) -> None:
    assert (await client.get("/api/v1/recordings/b-1", headers=as_(LISTENER))).status_code == 404
    assert (await client.get("/api/v1/recordings/..%2Fx", headers=as_(LISTENER))).status_code == 404
    (tmp_path / "a-1.wav").unlink()
    assert (await client.get("/api/v1/recordings/a-1/audio", headers=as_(LISTENER))).status_code == 404


async def test_a_wish_needs_a_call(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/calls/none/recording", json={"do": "pause"}, headers=as_(READER))
    assert (answer.status_code, answer.json()["id"]) == (404, "no-such-call")
    wrong = await client.post("/api/v1/calls/none/recording", json={"do": "erase"}, headers=as_(READER))
    assert wrong.status_code == 400
