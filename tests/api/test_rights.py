"""Every route states what it asks for; the door holds everybody to it: by scope, and by platform."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from websockets.asyncio.client import ClientConnection, connect

from bridge.access.roles import SCOPES, Scope, granted
from bridge.adapters.db import Database
from bridge.adapters.db_concerns import StoredConcerns
from bridge.adapters.db_recordings import RecordingTable
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.api.pages import Pages
from bridge.api.rights import RIGHTS, Right, Rights, rows_of
from bridge.media.takes import Kept, TakeLeg
from bridge.ports_transcripts import Change
from bridge.settings.house import Api
from bridge.tickets.exchange import opened
from bridge.tickets.stored import Heading
from bridge.tickets.ticket import CallFacts
from bridge.tickets.transcript import Transcript
from tests.api.conftest import House, _token

Visit = Callable[..., httpx.AsyncClient]
ONE_SCOPE = tuple(_token(f"只有{scope}", f"only-{scope}", scope) for scope in SCOPES)
PLATFORMS = tuple(
    _token(f"{name}班长", f"of-{name}", "read", "transfer", "listen", "personal").model_copy(
        update={"platform": name}
    )
    for name in ("12345", "110", "119")
)
FILLED = {
    "call_id": "none", "incident": "none", "file": "none", "number": "8001", "task": "none", "name": "what",
    "how": "swap",
}  # fmt: skip


def closed_rows() -> list[str]:
    return [row for row, right in RIGHTS.items() if right.scopes and not row.startswith("WS ")]


def ask(row: str) -> tuple[str, str]:
    method, _, path = row.partition(" ")
    return method, re.sub(r"\{(\w+)\}", lambda found: FILLED.get(found[1], "1"), path)


def test_the_rows_are_exactly_the_routes(house: House) -> None:
    routes = rows_of(house.app().routes)
    assert sorted(routes) == sorted(RIGHTS)
    assert len(routes) == len(set(routes))


def test_an_interface_with_an_unstated_route_is_not_built(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def more(self: Pages) -> APIRouter:
        router = APIRouter()
        router.get("/api/v1/secrets/{name}")(self.file)
        return router

    monkeypatch.setattr(Pages, "router", more)
    with pytest.raises(RuntimeError, match=re.escape("GET /api/v1/secrets/{name}")):
        house.app()


def test_what_is_read_out_of_calls_is_on_record_before_the_answer() -> None:
    strict = {row for row, right in RIGHTS.items() if right.strict}
    assert strict >= {
        "GET /api/v1/calls/{call_id}", "GET /api/v1/calls/{call_id}/transcript", "WS /api/v1/live",
        "GET /api/v1/tickets/{incident}", "GET /api/v1/recordings/{file}/audio",
    }  # fmt: skip
    assert all(right.audit for right in RIGHTS.values() if right.strict)


def test_a_path_that_is_spelled_out_goes_before_one_with_a_place_in_it() -> None:
    rights = Rights({"GET /a/{x}": Right(("read",)), "GET /a/b": Right(("admin",))})
    assert rights.of("GET", "/a/b") == (Right(("admin",)), "")
    assert rights.of("HEAD", "/a/c") == (Right(("read",)), "c")
    assert rights.of("GET", "/a/") is None
    assert rights.of("POST", "/a/b") is None


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_token_of_one_scope_gets_through_where_it_is_asked_for_and_nowhere_else(
    visit: Visit, scope: Scope
) -> None:
    house = House(Api(tokens=ONE_SCOPE))
    async with visit(house, f"only-{scope}") as client:
        for row in closed_rows():
            answer = await client.request(*ask(row), json={})
            refused = answer.status_code == 403 and answer.json()["id"] == "not-allowed"
            may = granted(frozenset({scope}), *RIGHTS[row].scopes)
            if RIGHTS[row].whole:
                may = may and granted(frozenset({scope}), "personal")
            assert refused != may, row


async def test_nobody_gets_through_without_a_credential(house: House, visit: Visit) -> None:
    async with visit(house) as client:
        for row, right in RIGHTS.items():
            if row.startswith("WS ") or right.open:
                continue
            assert (await client.request(*ask(row), json={})).status_code == 401, row


# --- platforms -----------------------------------------------------------------------------------------


@pytest.fixture
def parted() -> House:
    """Two platforms' people, and a third's who have nothing to do with any call."""
    return House(Api(tokens=PLATFORMS))


async def seen(visit: Visit, house: House, platform: str, path: str) -> httpx.Response:
    async with visit(house, f"of-{platform}") as client:
        return await client.get(path)


async def test_a_call_is_seen_by_its_own_platform_and_after_the_press_by_the_other(
    parted: House, visit: Visit
) -> None:
    call = parted.talking()
    parted.says(call, "caller", "有人打架")
    path = f"/api/v1/calls/{call}"
    assert (await seen(visit, parted, "12345", path)).status_code == 200
    stranger = await seen(visit, parted, "110", path)
    nothing = await seen(visit, parted, "110", "/api/v1/calls/never-was")
    assert (stranger.status_code, stranger.json()) == (404, nothing.json()), "not even that it exists is told"
    assert (await seen(visit, parted, "110", "/api/v1/calls")).json()["calls"] == []
    assert (await seen(visit, parted, "110", "/api/v1/status")).json()["calls"] == 0
    incident = parted.switchboard.press_call(call, "110", parted.clock.now).incident
    assert (await seen(visit, parted, "110", path)).json()["transcript"][0]["text"] == "有人打架"
    assert (await seen(visit, parted, "110", f"/api/v1/tickets/{incident}")).status_code == 200
    for elsewhere in (path, f"/api/v1/tickets/{incident}"):
        assert (await seen(visit, parted, "119", elsewhere)).status_code == 404
    assert len((await seen(visit, parted, "110", "/api/v1/calls")).json()["calls"]) == 1
    assert (await seen(visit, parted, "119", "/api/v1/calls")).json()["calls"] == []


async def test_nobody_presses_in_another_platforms_call(parted: House, visit: Visit) -> None:
    call = parted.talking()
    for method, path, body in (
        ("POST", "transfers", {"to": "110"}),
        ("POST", "transfers/current/swap", None),
        ("DELETE", "transfers/current", None),
        ("POST", "quiet", None),
        ("POST", "recording", {"do": "pause"}),
        ("PUT", "elements/who", {"value": "谁"}),
    ):
        async with visit(parted, "of-119") as client:
            headers = {"Idempotency-Key": path}
            answer = await client.request(method, f"/api/v1/calls/{call}/{path}", json=body, headers=headers)
            assert (answer.status_code, answer.json()["id"]) == (404, "no-such-call"), path
    assert parted.switchboard.call(call).transfers == ()


async def test_figures_of_the_whole_house_are_not_for_one_platform(parted: House, visit: Visit) -> None:
    assert (await seen(visit, parted, "110", "/metrics")).status_code == 403
    assert "all" not in (await seen(visit, parted, "110", "/api/v1/queues")).json()


async def test_queues_and_agents_of_the_own_platform(parted: House, visit: Visit, queue_of: Callable) -> None:
    queue_of(parted)
    parted.home_of = lambda origin: "12345" if origin.kind == "agent" else None
    own = (await seen(visit, parted, "12345", "/api/v1/queues")).json()
    assert [each["number"] for each in own["agents"]] == ["8001", "8002"]
    assert (await seen(visit, parted, "110", "/api/v1/queues")).json() == {"queues": [], "agents": []}
    async with visit(parted, "of-110") as client:
        answer = await client.put("/api/v1/agents/8001/state", json={"state": "paused"})
        assert (answer.status_code, answer.json()["id"]) == (404, "no-such-agent")
    async with visit(parted, "of-12345") as client:
        answer = await client.put("/api/v1/agents/8001/state", json={"state": "paused"})
        assert answer.status_code == 200


async def test_the_live_feed_tells_each_platform_of_its_own_and_shows_a_call_whole_when_it_comes(
    parted: House, serve: Callable
) -> None:
    call = parted.talking()
    parted.says(call, "caller", "有人拿刀")
    headers = {"Authorization": "Bearer of-110"}
    async with (
        serve(parted) as port,
        connect(f"ws://127.0.0.1:{port}/api/v1/live", additional_headers=headers, proxy=None) as feed,
    ):
        first = await hear(feed)
        assert (first["calls"], first["status"]["calls"]) == ([], 0)
        assert (first["you"]["platform"], first["you"]["name"]) == ("110", "110班长")
        parted.says(call, "caller", "他往北走了")
        parted.switchboard.press_call(call, "110", parted.clock.now)
        shown = await hear(feed)
        assert shown["type"] == "more", "nothing of the call before it is theirs"
        assert [each["text"] for each in shown["calls"][0]["transcript"]] == ["有人拿刀", "他往北走了"]
        parted.says(call, "caller", "快来")
        while (event := await hear(feed)).get("text") != "快来":
            assert event["type"] != "more", "once is enough"


async def hear(feed: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        found: dict[str, Any] = json.loads(await feed.recv())
        return found


@pytest.fixture
async def database(tmp_path: Path):
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/b.db")
    await made.start()
    yield made
    await made.stop()


NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)


async def test_what_is_stored_concerns_the_same_platforms(database: Database, parted: House) -> None:
    await stored(database, parted)
    concerns = StoredConcerns(database)
    assert await concerns.of("call", "c1") == {"12345", "110"}
    assert await concerns.of("call", "c2") == {"12345"}
    assert await concerns.of("incident", "I1") == {"12345", "110"}
    assert await concerns.of("recording", "f1") == {"12345", "110"}
    assert await concerns.of("recording", "f2") == {"12345"}
    for about in ("call", "incident", "recording", "task"):
        assert await concerns.of(about, "never") == frozenset()
    table, tapes = TranscriptTable(database, None), RecordingTable(database, parted.clock)
    for platform, calls, files in (
        ("12345", {"c1", "c2"}, {"f1", "f2"}), ("110", {"c1"}, {"f1"}), ("119", set(), set()),
        ("", {"c1", "c2"}, {"f1", "f2"}), ("1", set(), set()),
    ):  # fmt: skip
        assert {each.call for each in await table.find(None, None, None, 10, platform)} == calls
        assert {each.file for each in await tapes.find(None, None, None, 10, platform)} == files


async def stored(database: Database, house: House) -> None:
    """Two calls of 12345, each with a recording; one went on to 110."""
    facts = CallFacts("c1", "", "carrier", None, NOW, NOW)
    ticket = opened(
        id="T1", incident="I1", route="110", from_platform="12345", to_platform="110", facts=facts,
        transcript=Transcript(), suggestion=None,
    )  # fmt: skip
    await TicketTable(database, house.clock).save(ticket, push=False)
    await TranscriptTable(database, None).write(
        [Change(Heading(name, NOW, "12345")) for name in ("c1", "c2")]
    )
    for file, call in (("f1", "c1"), ("f2", "c2")):
        legs = (TakeLeg("in", 0, "caller"), TakeLeg("a", 1, "12345"))
        await RecordingTable(database, house.clock).keep(
            Kept(file, file, call, legs, f"{file}.wav", 0.0, NOW.isoformat(), "PCMA", sealed=False)
        )
