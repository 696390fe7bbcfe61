"""Dead letters and delivery over HTTP, over a real database: who sees what, who may send again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.adapters.db import Database
from bridge.adapters.db_deliveries import Deliveries
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.db_tickets import TicketTable
from bridge.api.app import create_api
from bridge.clock import SystemClock
from tests.adapters.test_push import ticket

Visit = Callable[..., httpx.AsyncClient]


class Desk:
    """A house with an outbox in which two letters were refused and one waits."""

    def __init__(self, database: Database) -> None:
        clock, self.woken = SystemClock(), list[str]()
        self.outbox, self.table = Outbox(database, clock), TicketTable(database, clock)
        self.deliveries = Deliveries(database, clock, self.woken.append)

    async def fill(self) -> None:
        for name, to in (("1", "110"), ("2", "119")):
            await self.table.save(ticket(name, to), push=True)
        for letter in await self.outbox.due(busy=(), most=9):
            await self.outbox.parked(letter, "对方拒收（HTTP 422）")
        await self.table.save(ticket("3"), push=True)


@pytest.fixture
async def desk(house: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bridge.db")
    await database.start()
    made = Desk(database)
    await made.fill()
    parts = replace(house.parts(), deliveries=made.deliveries)
    monkeypatch.setattr(house, "app", lambda: create_api(parts))
    yield made
    await database.stop()


async def letters(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/outbox", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["letters"]
    return found


async def test_dead_letters_are_listed_and_sent_again(house: Any, desk: Desk, visit: Visit) -> None:
    async with visit(house, "admin-token") as client:
        first, second = await letters(client)
        assert (first["incident"], first["platform"], first["trouble"]) == (
            "I1",
            "110",
            "对方拒收（HTTP 422）",
        )
        assert "body" not in first
        assert [each["id"] for each in await letters(client, platform="119")] == [second["id"]]
        assert [each["incident"] for each in await letters(client, state="waiting")] == ["I3"]
        assert await letters(client, after=second["number"]) == []
        again = await client.post(f"/api/v1/outbox/{first['id']}/replay")
        assert (again.status_code, again.json()["state"]) == (200, "waiting")
        assert desk.woken == ["110"]
        twice = await client.post(f"/api/v1/outbox/{first['id']}/replay")
        assert (twice.status_code, twice.json()["id"]) == (409, "letter-not-dead")
        assert "排队" in twice.json()["detail"]
        assert (await client.post("/api/v1/outbox/msg_none/replay")).status_code == 404


async def test_who_only_reads_sends_nothing_again(house: Any, desk: Desk, visit: Visit) -> None:
    for token in ("reader-token", "presser-token"):
        async with visit(house, token) as client:
            first, _ = await letters(client)
            assert (await client.post(f"/api/v1/outbox/{first['id']}/replay")).status_code == 403
    assert desk.woken == []


@pytest.mark.parametrize("asked", [{"state": "delivered"}, {"most": 0}, {"most": 501}, {"after": -1}])
async def test_a_list_nobody_has(house: Any, desk: Desk, visit: Visit, asked: dict[str, Any]) -> None:
    assert desk.woken == []
    async with visit(house, "reader-token") as client:
        assert (await client.get("/api/v1/outbox", params=asked)).status_code == 400


async def test_how_far_a_ticket_has_come(house: Any, desk: Desk, visit: Visit) -> None:
    async with visit(house, "reader-token") as client:

        async def state(incident: str) -> str:
            view = (await client.get(f"/api/v1/tickets/{incident}/delivery")).json()
            assert view["handling"] == "draft"
            return str(view["deliveries"][0]["state"])

        assert await state("I1") == "dead"
        assert await state("I3") == "queued"
        (letter,) = await desk.outbox.due(busy=(), most=1)
        await desk.outbox.delivered(letter)
        assert await state("I3") == "delivered"
        await desk.deliveries.opened("I3", "110")
        assert await state("I3") == "opened"
        assert (await client.get("/api/v1/tickets/I9/delivery")).status_code == 404


async def test_a_house_without_an_outbox(house: Any, visit: Visit) -> None:
    async with visit(house, "admin-token") as client:
        assert (await client.get("/api/v1/outbox")).status_code == 404
