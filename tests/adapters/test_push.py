"""The push worker against real HTTP servers: signed, in order, patient, nothing lost when it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from standardwebhooks import Webhook

from bridge.adapters.db import Database
from bridge.adapters.db_letters import put
from bridge.adapters.db_outbox import OVERRULED, Letter, Outbox
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.push import PushWorker
from bridge.adapters.push_answer import LONGEST_RETRY_AFTER_S
from bridge.adapters.push_lane import LONGEST_RETRY_S, Delivered
from bridge.adapters.push_post import Destination, Postman
from bridge.api.stand_in import create_stand_in
from bridge.clock import SystemClock
from bridge.ports_handling import Post
from bridge.post.signing import Key, secret_of
from bridge.tickets.exchange import Finished, Transferred, opened, step
from bridge.tickets.ticket import CallFacts, Ticket, webhook_body
from bridge.tickets.transcript import Transcript
from tests.peers.ports import free_tcp

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEYS = (Key(secret_of(SECRET)),)
PATIENCE_S = 20


class QuietServer(uvicorn.Server):
    """uvicorn without signal handlers: the test runner keeps its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: FastAPI, port: int = 0) -> AsyncIterator[int]:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    server = QuietServer(config)
    running = asyncio.create_task(server.serve([listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running
        listener.close()


@dataclass
class Platform:
    """A ticket platform that answers as it is told and remembers what it was asked."""

    answers: list[Response] = field(default_factory=list)
    asked: list[tuple[str, int, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/tickets")
        async def take(request: Request) -> Response:
            raw = await request.body()
            Webhook(SECRET).verify(raw, dict(request.headers))
            body = json.loads(raw)
            self.headers.append(dict(request.headers))
            self.asked.append(
                (body["data"]["incident"], body["data"]["version"], request.headers["webhook-id"])
            )
            if self.before is not None:
                await self.before()
            return self.answers.pop(0) if self.answers else JSONResponse({"ticket_url": "http://110/t/1"})

        return app


class News:
    """What on_delivered told, and a way to wait for it."""

    def __init__(self) -> None:
        self.all: list[Delivered] = []
        self._changed = asyncio.Event()

    def __call__(self, delivered: Delivered) -> None:
        self.all.append(delivered)
        self._changed.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.all) < count:
                self._changed.clear()
                await self._changed.wait()

    def versions(self, incident: str) -> list[int]:
        return [item.version for item in self.all if item.incident == incident]


@dataclass
class House:
    """Database, outbox and worker put together as the product does."""

    database: Database
    table: TicketTable
    outbox: Outbox
    worker: PushWorker
    news: News


@contextlib.asynccontextmanager
async def house(path: Path, port: int, *, started: bool = True) -> AsyncIterator[House]:
    clock, news = SystemClock(), News()
    database = Database(f"sqlite+aiosqlite:///{path}/bridge.db")
    await database.start()
    outbox = Outbox(database, clock)
    worker = PushWorker(
        outbox=outbox,
        destinations={"110": Destination(f"http://127.0.0.1:{port}/tickets", KEYS)},
        clock=clock,
        on_delivered=news,
        chance=lambda: 0.0,
    )
    built = House(database, TicketTable(database, clock, worker.wake), outbox, worker, news)
    if started:
        await worker.start()
    try:
        yield built
    finally:
        await worker.stop()
        await database.stop()


def ticket(name: str = "1", to: str = "110") -> Ticket:
    return opened(
        id=f"T{name}",
        incident=f"I{name}",
        route=to,
        from_platform="12345",
        to_platform=to,
        facts=CallFacts(f"C{name}", "13800001111", "carrier", None, NOW, NOW),
        transcript=Transcript(),
        suggestion=None,
    )


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():  # noqa: ASYNC110  the condition is in the database, nobody signals it
            await asyncio.sleep(0.01)


async def test_signed_delivered_and_told(tmp_path: Path) -> None:
    platform = Platform()
    async with serving(platform.app()) as port, house(tmp_path, port) as home:
        await home.table.save(ticket(), push=True)
        await home.news.until(1)
        told = home.news.all[0]
        assert (told.ticket, told.incident, told.version, told.kind) == ("T1", "I1", 1, "opened")
        assert told.ticket_url == "http://110/t/1"
        assert platform.headers[0]["content-type"].startswith("application/json")


async def test_versions_of_one_ticket_arrive_in_order(tmp_path: Path) -> None:
    platform = Platform()
    async with serving(platform.app()) as port, house(tmp_path, port) as home:
        now = ticket()
        await home.table.save(now, push=True)
        for _ in range(8):
            now = replace(now, version=now.version + 1)
            await home.table.save(now, push=True)
        now, _ = step(now, Finished(NOW))
        await home.table.save(now, push=True)
        async with asyncio.timeout(PATIENCE_S):
            while not home.news.all or home.news.all[-1].kind != "final":
                await home.news.until(len(home.news.all) + 1)
    arrived = [version for _, version, _ in platform.asked]
    assert arrived == sorted(set(arrived))
    assert (arrived[0], arrived[-1]) == (1, 10)


async def test_a_slow_ticket_does_not_hold_up_another(tmp_path: Path) -> None:
    gate = asyncio.Event()
    platform = Platform()

    async def hold_the_first() -> None:
        if platform.asked[-1][0] == "I1":
            await gate.wait()

    platform.before = hold_the_first
    async with serving(platform.app()) as port, house(tmp_path, port) as home:
        await home.table.save(ticket("1"), push=True)
        await home.table.save(ticket("2"), push=True)
        await home.news.until(1)
        assert [item.incident for item in home.news.all] == ["I2"]
        gate.set()
        await home.news.until(2)


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_trouble_is_tried_again_under_the_same_id(tmp_path: Path, status: int) -> None:
    platform = Platform([Response(status_code=status), Response(status_code=status)])
    async with serving(platform.app()) as port, house(tmp_path, port) as home:
        await home.table.save(ticket(), push=True)
        await home.news.until(1)
    assert len(platform.asked) == 3
    assert len({webhook_id for _, _, webhook_id in platform.asked}) == 1


async def test_a_refused_letter_is_parked_whole_and_the_next_version_goes(tmp_path: Path) -> None:
    platform = Platform([Response(status_code=400)])
    async with serving(platform.app()) as port:
        async with house(tmp_path, port) as home:
            await home.table.save(ticket(), push=True)

            async def parked() -> bool:
                return (await home.outbox.counts()).get("parked") == 1

            await until(parked)
            assert len(platform.asked) == 1
            after, _ = step(ticket(), Transferred(NOW))
        platform.answers.append(Response(status_code=201))
        async with house(
            tmp_path, port
        ) as home:  # a restart gives it another chance, before the next version
            await home.table.save(after, push=True)
            await home.news.until(2)
            assert home.news.versions("I1") == [1, 2]


async def test_platform_down_then_up(tmp_path: Path) -> None:
    port = free_tcp()
    platform = create_stand_in(SECRET)
    async with house(tmp_path, port) as home:
        for name in "12345":
            await home.table.save(ticket(name), push=True)

        async def tried() -> bool:
            async with home.database.read() as connection:
                row = await connection.exec_driver_sql("select min(attempts) from outbox")
                return bool(row.scalar())

        await until(tried)
        assert home.news.all == []
        async with serving(platform, port):
            await home.news.until(5)
    assert {item.incident for item in home.news.all} == {"I1", "I2", "I3", "I4", "I5"}


async def test_a_restart_of_ours_sends_what_was_left(tmp_path: Path) -> None:
    port = free_tcp()
    async with house(tmp_path, port, started=False) as home:
        await home.table.save(ticket(), push=True)
    async with serving(create_stand_in(SECRET), port), house(tmp_path, port) as home:
        await home.news.until(1)


async def test_an_acknowledgement_that_got_lost_makes_no_double(tmp_path: Path) -> None:
    stand_in = create_stand_in(SECRET, tmp_path / "far")
    async with serving(stand_in) as port, house(tmp_path, port, started=False) as home:
        await home.table.save(ticket(), push=True)
        (letter,) = await home.outbox.due(busy=(), most=1)
        postman = Postman(Destination(f"http://127.0.0.1:{port}/tickets", KEYS))
        assert (await postman.post(letter, datetime.now(UTC))).result == "delivered"
        await postman.close()
        await home.worker.start()
        await home.news.until(1)
    assert len((tmp_path / "far" / "tickets.jsonl").read_text().splitlines()) == 1


async def test_no_ticket_door_keeps_the_letter(tmp_path: Path) -> None:
    async with house(tmp_path, 1) as home:
        await home.table.save(ticket(to="119"), push=True)

        async def tried() -> bool:
            async with home.database.read() as connection:
                row = await connection.exec_driver_sql("select attempts, state from outbox")
                return row.one() == (1, "waiting")

        await until(tried)


async def test_a_listener_that_fails_does_not_stop_the_post(tmp_path: Path) -> None:
    platform = Platform()

    def broken(_: Delivered) -> None:
        raise RuntimeError("page gone")

    async with serving(platform.app()) as port, house(tmp_path, port) as home:
        home.worker._lanes["110"]._ears = replace(home.worker._lanes["110"]._ears, delivered=broken)
        await home.table.save(ticket(), push=True)

        async def settled() -> bool:
            return await home.outbox.counts() == {}

        await until(settled)
    assert len(platform.asked) == 1


async def test_an_outbox_that_fails_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.adapters.push_lane.HOLD_S", 0.001)
    failures = ["due", "due", "delivered"]
    read, settle = Outbox.due, Outbox.delivered

    async def due(self: Outbox, *to: Any, **kwargs: Any) -> Any:
        if failures[:1] == ["due"]:
            failures.pop(0)
            raise OSError("disk gone")
        return await read(self, *to, **kwargs)

    async def delivered(self: Outbox, done: Letter) -> None:
        if failures:
            failures.pop(0)
            raise OSError("disk gone")
        await settle(self, done)

    monkeypatch.setattr(Outbox, "due", due)
    monkeypatch.setattr(Outbox, "delivered", delivered)
    platform = Platform()
    async with serving(platform.app()) as port, house(tmp_path, port) as home:
        await home.table.save(ticket(), push=True)
        await home.news.until(2)
    assert failures == []
    assert len({webhook_id for _, _, webhook_id in platform.asked}) == 1


def letter(**changes: Any) -> Letter:
    plain = Letter(1, "msg_1", "T1", "I1", 1, "opened", "110", "{}", 0, NOW, NOW)
    return replace(plain, **changes)


async def answered(response: Response) -> Any:
    app = FastAPI()

    @app.post("/tickets")
    async def take() -> Response:
        return response

    async with serving(app) as port:
        postman = Postman(Destination(f"http://127.0.0.1:{port}/tickets", KEYS))
        verdict = await postman.post(letter(), NOW)
        await postman.close()
        return verdict


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 23 Nov 2026 13:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2020 13:00:30 GMT", 0.0),
        ("99999999999", LONGEST_RETRY_AFTER_S),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_retry_after_is_heeded_within_reason(header: str, seconds: float | None) -> None:
    verdict = await answered(Response(status_code=503, headers={"retry-after": header}))
    assert (verdict.result, verdict.retry_after) == ("busy", seconds)


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (b'{"ticket_url": "https://110/t/1"}', "https://110/t/1"),
        (b'{"ticket_url": "javascript:alert(1)"}', None),
        (b'{"ticket_url": 5}', None),
        (b"[]", None),
        (b"not json", None),
        (b"[" * 60000, None),
        (b"x" * 200_000, None),
        (b"", None),
    ],
)
async def test_any_answer_body_is_survived(body: bytes, url: str | None) -> None:
    verdict = await answered(Response(body, 200))
    assert (verdict.result, verdict.ticket_url) == ("delivered", url)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 410, 422])
async def test_statuses_that_a_retry_does_not_cure(status: int) -> None:
    assert (await answered(Response(status_code=status, headers={"location": "/x"}))).result == "refused"


async def test_a_server_that_speaks_no_http() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\xff SSH-2.0 hello\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    postman = Postman(Destination(f"http://127.0.0.1:{port}/", KEYS))
    assert (await postman.post(letter(), NOW)).result == "unreachable"
    await postman.close()
    server.close()
    await server.wait_closed()


async def test_patience_doubles_to_a_cap(tmp_path: Path) -> None:
    async with house(tmp_path, 1, started=False) as home:
        waits = [home.worker._lanes["110"]._patience(attempts) for attempts in (0, 1, 2, 50, 10_000)]
        assert waits[:3] == [0.25, 0.5, 1.0]
        assert waits[3:] == [LONGEST_RETRY_S / 2] * 2
        home.worker._lanes["110"]._chance = lambda: 1.0
        assert home.worker._lanes["110"]._patience(99) == LONGEST_RETRY_S


async def test_due_later_is_not_sent_earlier(tmp_path: Path) -> None:
    platform = Platform()
    async with serving(platform.app()) as port, house(tmp_path, port, started=False) as home:
        await home.table.save(ticket("1"), push=True)
        (first,) = await home.outbox.due(busy=(), most=1)
        await home.outbox.failed(first, SystemClock().wall() + timedelta(hours=1), "retry-after")
        await home.table.save(ticket("2"), push=True)
        await home.worker.start()
        await home.news.until(1)
        assert [incident for incident, _, _ in platform.asked] == ["I2"]


async def test_a_deed_refused_says_how_the_ticket_stands_and_holds_up_no_later_letter(tmp_path: Path) -> None:
    there = {"detail": "工单现在是“已撤回”\x00，不能“签收”", "handling": {"state": "withdrawn"}}
    platform = Platform([JSONResponse(there, 409)])
    told: list[tuple[str, Any]] = []
    async with serving(platform.app()) as port, house(tmp_path, port, started=False) as home:
        worker = PushWorker(
            outbox=home.outbox,
            destinations={"110": Destination(f"http://127.0.0.1:{port}/tickets", KEYS)},
            clock=SystemClock(),
            on_delivered=home.news,
            on_change=lambda letter, state, trouble: told.append((state, trouble)),
            on_overruled=lambda letter, said: told.append((letter.ticket, said)),
        )
        body = webhook_body(ticket(), NOW)
        async with home.database.write() as connection:
            for number in (1, 2):
                post = Post("110", "deed", number, body)
                now = SystemClock().wall()
                await put(connection, post, id=f"msg_{number}", ticket="T1", incident="I1", now=now)
        await worker.start()
        await home.news.until(1)
        await worker.stop()
    assert [version for _, version, _ in platform.asked] == [1, 1]
    assert [letter.version for letter in home.news.all] == [2]
    state, trouble = told[0]
    assert (state, trouble) == ("parked", f"{OVERRULED}对方拒收（HTTP 409）：工单现在是“已撤回”，不能“签收”")
    assert told[1] == ("T1", {"state": "withdrawn"})
