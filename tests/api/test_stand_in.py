"""The stand-in platform refuses what is not ours, takes everything once, and shows only what it was sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from bridge.api.stand_in import LARGEST_BODY, create_stand_in
from bridge.api.stand_in_store import FILE
from bridge.errors import ConfigError
from bridge.tickets.exchange import Finished, opened, step
from bridge.tickets.ticket import CallFacts, Ticket, webhook_body
from bridge.tickets.transcript import Transcript, Utterance

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def ticket(incident: str = "I1") -> Ticket:
    said = Utterance("caller", "leg", 0, 1, "<script>有人打架</script>")
    return opened(
        id="T1",
        incident=incident,
        route="110",
        from_platform="12345",
        to_platform="110",
        facts=CallFacts("C1", "13800001111", "carrier", None, NOW, NOW),
        transcript=Transcript((said,)),
        suggestion=None,
    )


def client_of(store: Path | None, fail_first: int = 0) -> httpx.AsyncClient:
    app = create_stand_in(SECRET, store, fail_first=fail_first)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(tmp_path) as made:
        yield made


def signed(body: str, id: str = "msg_1", at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    moment = at or datetime.now(UTC)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, moment, body),
    }


async def post(client: httpx.AsyncClient, body: str, id: str = "msg_1") -> httpx.Response:
    return await client.post("/tickets", content=body.encode(), headers=signed(body, id))


async def test_a_ticket_is_stored_and_its_address_told(client: httpx.AsyncClient) -> None:
    answer = await post(client, webhook_body(ticket(), NOW))
    assert answer.status_code == 201
    found = await client.get(answer.json()["ticket_url"])
    assert found.json()["ticket"]["elements"]["contact"]["value"] == "13800001111"
    assert [entry["ticket"]["version"] for entry in found.json()["versions"]] == [1]


async def test_the_same_message_twice_is_one(client: httpx.AsyncClient) -> None:
    body = webhook_body(ticket(), NOW)
    assert [(await post(client, body)).status_code for _ in range(3)] == [201, 200, 200]
    assert len((await client.get("/tickets/I1")).json()["versions"]) == 1


async def test_a_stale_version_is_refused(client: httpx.AsyncClient) -> None:
    newer, _ = step(ticket(), Finished(NOW))
    assert (await post(client, webhook_body(newer, NOW), "msg_2")).status_code == 201
    late = await post(client, webhook_body(ticket(), NOW), "msg_1")
    assert (late.status_code, late.json()["error"]) == (409, "stale-version")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers, body: {},
        lambda headers, body: {**headers, "webhook-signature": "v1,AAAA"},
        lambda headers, body: {**headers, "webhook-signature": "nonsense"},
        lambda headers, body: {**headers, "webhook-signature": "v1,é"},
        lambda headers, body: {**headers, "webhook-id": "msg_other"},
        lambda headers, body: {**headers, "webhook-timestamp": "nan"},
        lambda headers, body: signed(body, at=datetime.now(UTC) - timedelta(minutes=6)),
        lambda headers, body: signed(body, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ],
)
async def test_what_is_not_signed_by_us_is_refused(client: httpx.AsyncClient, spoil: object) -> None:
    body = webhook_body(ticket(), NOW)
    headers = spoil(signed(body), body)  # type: ignore[operator]
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await client.post("/tickets", content=body.encode(), headers=raw)
    assert (answer.status_code, answer.json()["error"]) == (401, "bad-signature")
    assert (await client.get("/tickets")).json() == {"tickets": []}


@pytest.mark.parametrize(
    "change",
    [
        lambda body: "not json",
        lambda body: "[]",
        lambda body: json.dumps({**body, "type": 5}),
        lambda body: json.dumps({**body, "data": {**body["data"], "schema": "other"}}),
        lambda body: json.dumps({**body, "data": {**body["data"], "version": True}}),
        lambda body: json.dumps({**body, "data": {**body["data"], "version": 0}}),
        lambda body: json.dumps({**body, "data": {**body["data"], "incident": ""}}),
        lambda body: json.dumps({"type": "x"}),
        lambda body: "[" * 100_000,
    ],
)
async def test_signed_nonsense_is_refused(client: httpx.AsyncClient, change: object) -> None:
    spoilt = change(json.loads(webhook_body(ticket(), NOW)))  # type: ignore[operator]
    answer = await post(client, spoilt)
    assert (answer.status_code, answer.json()["error"]) == (422, "malformed")


async def test_a_body_without_end(client: httpx.AsyncClient) -> None:
    assert (await client.post("/tickets", content=b"x" * (LARGEST_BODY + 1))).status_code == 413


async def test_an_endless_id(client: httpx.AsyncClient) -> None:
    assert (await post(client, webhook_body(ticket(), NOW), "m" * 300)).status_code == 400


async def test_the_drill_refuses_first_and_then_takes(tmp_path: Path) -> None:
    async with client_of(tmp_path, fail_first=2) as client:
        body = webhook_body(ticket(), NOW)
        assert [(await post(client, body)).status_code for _ in range(3)] == [503, 503, 201]


async def test_a_restart_remembers_tickets_and_messages(tmp_path: Path) -> None:
    body = webhook_body(ticket(), NOW)
    async with client_of(tmp_path) as client:
        await post(client, body)
    async with client_of(tmp_path) as client:
        assert (await post(client, body)).json()["receipt"] == "repeated"


async def test_a_line_torn_by_a_crash_is_cut_off(tmp_path: Path) -> None:
    async with client_of(tmp_path) as client:
        await post(client, webhook_body(ticket("I1"), NOW), "msg_1")
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole + whole[:40])
    async with client_of(tmp_path) as client:
        assert (await post(client, webhook_body(ticket("I2"), NOW), "msg_2")).status_code == 201
    async with client_of(tmp_path) as client:
        assert len((await client.get("/tickets")).json()["tickets"]) == 2


def test_a_strange_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("hello\n")
    with pytest.raises(ConfigError, match=f"{FILE}:1"):
        create_stand_in(SECRET, tmp_path)


async def test_polling_costs_nothing_while_nothing_changes(client: httpx.AsyncClient) -> None:
    first = await client.get("/tickets")
    again = await client.get("/tickets", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    await post(client, webhook_body(ticket(), NOW))
    changed = await client.get("/tickets", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_the_page_and_its_parts(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert "替身工单平台" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for part in ("/static/stand_in.js", "/static/stand_in.css"):
        assert part in page.text
        assert (await client.get(part)).status_code == 200
    assert (await client.get("/static/../errors.py")).status_code == 404
    assert (await client.get("/static/stand_in.html")).status_code == 404
    assert (await client.get("/tickets/none")).status_code == 404
    assert (await client.get("/healthz")).json()["status"] == "ok"


async def test_a_browser_gets_the_page_of_a_ticket(client: httpx.AsyncClient) -> None:
    await post(client, webhook_body(ticket(), NOW))
    page = await client.get("/tickets/I1", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "有人打架" not in page.text
