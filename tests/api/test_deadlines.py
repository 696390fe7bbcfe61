"""The 督办 list over HTTP: whose it is, page by page, and every way to ask for it wrong."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bridge.api.app import _answer_errors
from bridge.api.auth import Guard
from bridge.api.bounds import Bounds
from bridge.api.deadlines import DeadlineDoor
from bridge.api.door import Door
from bridge.clock import SystemClock
from bridge.handling.deadlines import Deadline
from bridge.handling.heralds import Warnings
from bridge.handling.hooks import Hooks
from bridge.handling.timetable import NO_DEADLINES
from bridge.handling.words import opened
from bridge.ports_deadlines import Watched
from bridge.services.deadline_desk import DeadlineDesk
from bridge.services.feed import LiveFeed
from bridge.services.records import Records
from bridge.settings.house import Api, Token

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKENS = {"all": None, "110": "110", "119": "119"}


class Late:
    """Two tickets the 110 has not accepted, and what was asked for them."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.rows = [
            Watched(
                opened(ticket=name, incident=f"i{name}", origin="12345", target="110", at=NOON),
                Deadline("accept", "110", NOON, NOON + timedelta(minutes=turn), rule="一般"),
                1,
            )
            for turn, name in enumerate(("a", "b"))
        ]

    async def overdue(self, now: datetime, **asked: Any) -> tuple[Watched, ...]:
        self.asked.append(asked)
        after = asked["after"]
        rows = [row for row in self.rows if after is None or row.deadline.due > after[0]]
        return tuple(row for row in rows if not asked["platform"] or asked["platform"] in row.handling.path)[
            : asked["most"]
        ]


@pytest.fixture
def late() -> Late:
    return Late()


@pytest.fixture
async def http(late: Late) -> AsyncIterator[httpx.AsyncClient]:
    clock, feed = SystemClock(), LiveFeed()
    desk = DeadlineDesk(
        store=late,  # type: ignore[arg-type]
        timetable=NO_DEADLINES, warnings=Warnings(), hooks=Hooks(), urge=None, clock=clock,  # type: ignore[arg-type]
        timers=None, feed=feed, meter=None,  # type: ignore[arg-type]
    )  # fmt: skip
    tokens = tuple(
        Token(name=name, sha256=hashlib.sha256(name.encode()).hexdigest(), may=("read",), platform=platform)
        for name, platform in TOKENS.items()
    )
    app = FastAPI()
    app.include_router(DeadlineDoor(desk).router())
    bounds = Bounds(Records(clock), lambda incident: None, lambda origin: None)
    app.add_middleware(Door, guard=Guard(Api(tokens=tokens)), bounds=bounds, clock=clock)
    _answer_errors(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def ask(http: httpx.AsyncClient, token: str = "all", **query: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return await http.get("/api/v1/deadlines/overdue", params=query, headers=headers)


async def test_page_by_page(http: httpx.AsyncClient) -> None:
    first = (await ask(http, most=1)).json()
    assert [(row["ticket"], row["kind"], row["partner"]) for row in first["overdue"]] == [
        ("a", "accept", "110")
    ]
    row = first["overdue"][0]
    assert row["late_seconds"] > 0
    assert row["late"].endswith("小时") or "天" in row["late"]
    assert row["summary"].startswith("超时：平台 110 应在 2026-03-02 12:00 前签收")
    second = (await ask(http, most=1, after=first["next"])).json()
    assert [row["ticket"] for row in second["overdue"]] == ["b"]
    assert (await ask(http, most=1, after=second["next"])).json() == {"overdue": [], "next": None}
    assert (await ask(http)).json()["next"] is None


async def test_each_platform_sees_what_concerns_it(http: httpx.AsyncClient, late: Late) -> None:
    assert len((await ask(http, "110", partner="110")).json()["overdue"]) == 2
    assert (await ask(http, "119")).json()["overdue"] == []
    assert [(each["platform"], each["partner"]) for each in late.asked] == [("110", "110"), ("119", "")]


@pytest.mark.parametrize(
    "query",
    [
        {"after": "yesterday~a"}, {"after": "2026-03-02T12:00:00~a"}, {"after": "2026-03-02T12:00:00+00:00"},
        {"most": 0}, {"most": 501}, {"partner": "1" * 65},
    ],
)  # fmt: skip
async def test_what_is_asked_wrong_is_told(http: httpx.AsyncClient, query: dict[str, Any]) -> None:
    answer = await ask(http, **query)
    assert (answer.status_code, answer.json()["id"]) == (400, "bad-request")


async def test_strangers_get_nothing(http: httpx.AsyncClient) -> None:
    assert (await ask(http, "nobody")).status_code == 401
