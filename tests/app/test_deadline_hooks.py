"""From a configuration to the wire: what is overdue is urged at the platform that owes it and told to a
webhook, each letter signed with its own door's key."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from prometheus_client import REGISTRY
from standardwebhooks import Webhook

from bridge.adapters.config_file import check
from bridge.adapters.db import Database
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.push import PushWorker
from bridge.app.exchange import ExchangeSide
from bridge.app.partners import destinations
from bridge.services.feed import LiveFeed
from tests.adapters.test_push import serving

SECRETS = {"POLICE": "whsec_" + "QUFB" * 8, "DUCHA": "whsec_" + "QkJC" * 8}
CONFIG = """
asr: {{enabled: false}}
database: {{url: "sqlite+aiosqlite:///bridge.db"}}
exchange: {{own: ["12345"]}}
platforms:
  "12345": {{name: 热线}}
  "110": {{name: 报警, tickets: {{url: "http://127.0.0.1:{port}/POLICE", secret_env: POLICE}}}}
deadlines:
  remind: null
  rules:
    - {{name: 一般, accept: 1 分钟}}
  hooks:
    - {{to: partner, on: [overdue]}}
    - to: webhook
      name: ducha
      on: [overdue]
      door: {{url: "http://127.0.0.1:{port}/DUCHA", secret_env: DUCHA, allowed: [127.0.0.0/8]}}
"""


class Ahead:
    """The machine's clock, put forward by hand."""

    def __init__(self) -> None:
        self.by = timedelta()

    def wall(self) -> datetime:
        return datetime.now(UTC) + self.by

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


def receiver(heard: list[tuple[str, dict[str, Any]]]) -> FastAPI:
    app = FastAPI()

    @app.post("/{door}")
    async def take(door: str, request: Request) -> dict[str, str]:
        raw = await request.body()
        Webhook(SECRETS[door]).verify(raw, dict(request.headers))
        heard.append((door, json.loads(raw)))
        return {}

    return app


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  what is waited for happens in a server's own task
            await asyncio.sleep(0.02)


def papers(name: str) -> dict[str, Any]:
    return {
        "schema": "bridge.ticket.v1", "ticket": name, "incident": f"i-{name}", "version": 1,
        "from_platform": "12345", "to_platform": "110", "category": None, "alerts": [], "channel": "web",
        "elements": {each: {"value": ""} for each in ("who", "contact", "when", "where", "what")},
    }  # fmt: skip


async def test_what_is_overdue_reaches_the_partner_and_the_webhook(
    tmp_path: Path, blank_database: Path
) -> None:
    shutil.copy(blank_database, tmp_path / "bridge.db")
    heard: list[tuple[str, dict[str, Any]]] = []
    said = REGISTRY.get_sample_value("bridge_deadlines_said_total", {"word": "overdue"}) or 0
    clock, feed = Ahead(), LiveFeed()
    async with serving(receiver(heard)) as port, AsyncExitStack() as stack:
        (tmp_path / "bridge.yaml").write_text(CONFIG.format(port=port))
        settings = check(tmp_path / "bridge.yaml", SECRETS)
        database = Database(settings.database.url)
        push = PushWorker(
            outbox=Outbox(database, clock), destinations=destinations(settings), clock=clock,
            on_delivered=lambda done: exchange.acknowledged(done),  # noqa: PLW0108  it is built below
        )  # fmt: skip
        exchange = ExchangeSide(settings, database, clock, feed, push.wake)
        for part in (database, exchange, push):
            await part.start()
            stack.push_async_callback(part.stop)
        with feed.listen() as inbox:
            await exchange.desk.received(papers("late"), kind="opened")
            while (await inbox.next()).get("deed") != "deliver":
                pass
        clock.by = timedelta(seconds=61)
        await exchange.desk.received(papers("later"), kind="opened")  # a change has the desk look
        await until(lambda: {"ticket.urged", "deadline.overdue"} <= {body["type"] for _, body in heard})
        overdue = await exchange.deadlines.overdue(most=10)
    urged = next(body for door, body in heard if door == "POLICE" and body["type"] == "ticket.urged")
    assert (urged["type"], urged["data"]["handling"]["ticket"]) == ("ticket.urged", "late")
    assert urged["data"]["deed"]["by"] == "12345"
    told = next(body for door, body in heard if door == "DUCHA")
    assert (told["type"], told["data"]["ticket"], told["data"]["partner"]) == (
        "deadline.overdue", "late", "110",
    )  # fmt: skip
    assert [(each["ticket"], each["urged"]) for each in overdue] == [("late", 1)]
    late = {"platform": "110", "kind": "accept"}
    assert REGISTRY.get_sample_value("bridge_deadlines_overdue", late) == 1
    assert REGISTRY.get_sample_value("bridge_deadlines_said_total", {"word": "overdue"}) == said + 1
