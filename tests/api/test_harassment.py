"""Marking over HTTP: who may, what is asked, what is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bridge.api.app import create_api
from bridge.routing.plan import Target
from bridge.services.screening import Policy, Screening
from tests.services.test_screening import Store

Visit = Callable[..., httpx.AsyncClient]
HIM = "/api/v1/harassment/13900000001"


@pytest.fixture
async def store() -> Store:
    return Store()


@pytest.fixture
async def screened(house, store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """The house with a screening."""
    made = Screening(Policy(), store, house.clock)
    await made.start()
    parts = replace(house.parts(), screening=made)
    monkeypatch.setattr(house, "app", lambda: create_api(parts))
    house.screening = made
    yield house
    await made.stop()


async def test_a_mark_is_made_shown_taken_back_and_recorded(screened, store: Store, visit: Visit) -> None:
    async with visit(screened, "admin-token") as client:
        wish = {"measure": "limit", "why": "一天打了四十次", "days": 30}
        made = await client.put(HIM, json=wish)
        assert made.status_code == 200, made.text
        assert (made.json()["by"], made.json()["measure"]) == ("管理员", "limit")
        shown = (await client.get("/api/v1/harassment")).json()
        assert [mark["number"] for mark in shown["marks"]] == ["13900000001"]
        gone = await client.delete(HIM, params={"why": "误标"})
        assert gone.status_code == 204
        assert (await client.delete(HIM, params={"why": "误标"})).status_code == 404
        assert (await client.get("/api/v1/harassment")).json()["marks"] == []
        await screened.screening.stop()
        record = (await client.get("/api/v1/harassment/record", params={"number": "13900000001"})).json()
        assert [(deed["deed"], deed["by"], deed["why"]) for deed in record["deeds"]] == [
            ("unmarked", "管理员", "误标"),
            ("marked:limit", "管理员", "一天打了四十次"),
        ]


@pytest.mark.parametrize(
    ("token", "measure", "status"),
    [
        ("reader-token", "mark", 403),
        ("presser-token", "mark", 200),
        ("presser-token", "warn", 200),
        ("presser-token", "limit", 403),
        ("presser-token", "divert", 403),
        ("admin-token", "divert", 409),  # nobody is configured to divert to
    ],
)
async def test_what_keeps_a_caller_away_needs_admin(
    screened, visit: Visit, token: str, measure: str, status: int
) -> None:
    async with visit(screened, token) as client:
        answer = await client.put(HIM, json={"measure": measure, "why": "骂人"})
        assert answer.status_code == status, answer.text
        if token != "admin-token":
            assert (await client.delete(HIM, params={"why": "x"})).status_code == 403


async def test_divert_when_there_is_somebody(screened, visit: Visit) -> None:
    screened.screening.policy = Policy(divert_to=(Target("agent", "8009", None, 30, 4),))
    async with visit(screened, "admin-token") as client:
        assert (await client.put(HIM, json={"measure": "divert", "why": "x"})).status_code == 200


@pytest.mark.parametrize(
    ("number", "wish"),
    [
        ("139", {"measure": "ban", "why": "x"}),
        ("139", {"measure": "mark"}),
        ("139", {"measure": "mark", "why": ""}),
        ("139", {"measure": "mark", "why": "x", "days": 0}),
        ("139", {"measure": "mark", "why": "x", "extra": 1}),
        ("sip:139@x", {"measure": "mark", "why": "x"}),
        ("9" * 40, {"measure": "mark", "why": "x"}),
    ],
)
async def test_a_wish_that_is_none(screened, visit: Visit, number: str, wish: dict[str, Any]) -> None:
    async with visit(screened, "admin-token") as client:
        answer = await client.put(f"/api/v1/harassment/{number}", json=wish)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
