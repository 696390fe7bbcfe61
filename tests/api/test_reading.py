"""What can be read, and what every refusal looks like: problem+json, by id, in Chinese, with what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bridge.api.door import MAX_BODY
from bridge.api.problems import WORDS, problem
from bridge.errors import BridgeError, ConfigError, MalformedSip

Visit = Callable[..., httpx.AsyncClient]
READER, PRESSER = "reader-token", "presser-token"


async def test_a_call_from_first_word_to_ticket(house, visit: Visit) -> None:
    call = house.talking()
    house.says(call, "attendant", "您好这里是12345")
    house.says(call, "caller", "我叫张建国，刚才在东昌府区有人打架还拿着刀")
    async with visit(house, READER) as client:
        before = (await client.get(f"/api/v1/calls/{call}")).json()
        assert [item["speaker"] for item in before["transcript"]] == ["12345", "caller"]
        assert before["ticket"] is None
        assert before["draft"]["elements"]["who"]["value"] == "张建国"
        assert before["draft"]["category"]["to"] == "110"
        incident = house.switchboard.press_call(call, "110", house.clock.now).incident
        after = (await client.get(f"/api/v1/calls/{call}")).json()
        assert after["draft"] is None
        assert after["ticket"]["incident"] == incident
        assert "utterances" not in after["ticket"]["transcript"]
        ticket = (await client.get(f"/api/v1/tickets/{incident}")).json()
        assert [item["text"] for item in ticket["transcript"]["utterances"]] == [
            item["text"] for item in after["transcript"]
        ]
        house.hangs_up(call)
        listed = (await client.get("/api/v1/calls")).json()["calls"]
        assert [(item["id"], item["outcome"]) for item in listed] == [(call, "caller left")]


async def test_keys_status_health_figures(house, visit: Visit) -> None:
    async with visit(house, READER) as client:
        assert (await client.get("/api/v1/keys")).json()["keys"][0]["number"] == "110"
        assert (await client.get("/api/v1/status")).json()["phones"] == ["8001", "8002", "8003"]
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        await client.get("/api/v1/calls/stranger-1")
        figures = (await client.get("/metrics")).text
    samples = [s for family in text_string_to_metric_families(figures) for s in family.samples]
    routes = {s.labels["route"] for s in samples if s.name == "bridge_api_answers_total"}
    assert "/api/v1/calls/{call_id}" in routes
    assert not any("stranger-1" in route for route in routes), "labels are bounded"


@pytest.mark.parametrize(
    ("method", "path", "status", "id"),
    [
        ("GET", "/api/v1/calls/none", 404, "no-such-call"),
        ("GET", "/api/v1/tickets/none", 404, "no-such-thing"),
        ("GET", "/api/v1/nothing", 404, "no-such-thing"),
        ("GET", "/web/nothing.js", 404, "no-such-thing"),
        ("GET", "/web/..%2f..%2fpyproject.toml", 404, "no-such-thing"),
        ("GET", "/web/stand_in.html", 404, "no-such-thing"),
        ("GET", f"/api/v1/calls/{'x' * 129}", 400, "bad-request"),
        ("DELETE", "/api/v1/calls/none/transfers/current", 404, "no-such-call"),
        ("PUT", "/api/v1/keys", 404, "no-such-thing"),
    ],
)
async def test_refusals(house, visit: Visit, method: str, path: str, status: int, id: str) -> None:
    async with visit(house, "admin-token") as client:
        answer = await client.request(method, path)
    expect_problem(answer, status, id)


@pytest.mark.parametrize(
    ("body", "status", "id"),
    [
        (b"", 400, "bad-request"),
        (b"{", 400, "bad-request"),
        (b"\xff\xfe{}", 400, "bad-request"),
        (b"[" * 9000, 400, "bad-request"),
        (b"null", 400, "bad-request"),
        (b'["110"]', 400, "bad-request"),
        (b"{}", 400, "bad-request"),
        (b'{"to": 110}', 400, "bad-request"),
        (b'{"to": ""}', 400, "bad-request"),
        (b'{"to": "110", "mode": "x"}', 400, "bad-request"),
        (b'{"to": "110\\r\\nVia: x"}', 400, "bad-request"),
        ('{"to": "１１０"}'.encode(), 400, "bad-request"),
        (json.dumps({"to": "1" * 33}).encode(), 400, "bad-request"),
        (b'{"to": "999"}', 404, "unknown-number"),
        (b" " * (MAX_BODY + 1), 413, "body-too-big"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_bad_presses(house, visit: Visit, body: bytes, status: int, id: str, chunked: bool) -> None:
    call = house.talking()

    async def pieces():
        for at in range(0, len(body), 4000):
            yield body[at : at + 4000]

    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    async with visit(house, PRESSER) as client:
        content = pieces() if chunked else body
        answer = await client.post(f"/api/v1/calls/{call}/transfers", content=content, headers=headers)
        expect_problem(answer, status, id)
        assert (await client.get(f"/api/v1/calls/{call}")).json()["call"]["transfers"] == []
    assert len(house.world.dialled()) == 1


async def test_a_press_without_key_or_as_a_form(house, visit: Visit) -> None:
    path = f"/api/v1/calls/{house.talking()}/transfers"
    async with visit(house, PRESSER) as client:
        expect_problem(await client.post(path, json={"to": "110"}), 400, "no-idempotency-key")
        form = await client.post(
            path, content='{"to": "110"}', headers={"Content-Type": "text/plain", "Idempotency-Key": "k"}
        )
        expect_problem(form, 400, "bad-request")
    assert len(house.world.dialled()) == 1


async def test_what_was_written_wrong_is_named_but_not_repeated(house, visit: Visit) -> None:
    path = f"/api/v1/calls/{house.talking()}/transfers"
    async with visit(house, PRESSER) as client:
        answer = await client.post(path, json={"to": {"name": "王秘密"}}, headers={"Idempotency-Key": "k"})
    assert answer.json()["errors"][0]["at"] == "body.to"
    assert "王秘密" not in answer.text


async def test_a_fault_of_ours_tells_nothing_and_keeps_the_headers(
    house, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.records, "all", lambda: 1 / 0)
    async with visit(house, READER) as client:
        answer = await client.get("/api/v1/calls")
    expect_problem(answer, 500, "bridge-error")
    assert "ZeroDivision" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_description_names_every_route_and_needs_nothing_from_elsewhere(
    house, visit: Visit
) -> None:
    async with visit(house) as client:
        spec = (await client.get("/api/v1/openapi.json")).json()
    post = spec["paths"]["/api/v1/calls/{call_id}/transfers"]["post"]
    assert {"200", "202", "400", "401", "403", "404", "409", "422"} <= set(post["responses"])
    assert any(item["name"] == "idempotency-key" for item in post["parameters"])
    assert all(operation["summary"] for path in spec["paths"].values() for operation in path.values())


async def test_pages_are_revalidated_and_data_is_not_kept(house, visit: Visit) -> None:
    async with visit(house, READER) as client:
        page = await client.get("/")
        assert page.headers["Content-Type"].startswith("text/html")
        again = await client.get("/", headers={"If-None-Match": page.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert (await client.get("/api/v1/calls")).headers["Cache-Control"] == "no-store"


def _family(kind: type[BridgeError]) -> Iterator[type[BridgeError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


@pytest.mark.parametrize("kind", sorted(set(_family(BridgeError)), key=lambda kind: kind.id))
def test_every_error_has_words(kind: type[BridgeError]) -> None:
    error = kind(("x",)) if kind is ConfigError else kind("for the log")
    body = problem(error)
    assert body["id"] == kind.id
    assert body["status"] == kind.http_status
    assert any("\u4e00" <= sign <= "\u9fff" for sign in body["title"])
    assert body["advice"]


def test_words_belong_to_errors() -> None:
    assert set(WORDS) <= {kind.id for kind in _family(BridgeError)}
    assert problem(MalformedSip("bytes of a stranger"))["detail"] != "bytes of a stranger"


def expect_problem(answer: httpx.Response, status: int, id: str) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["id"], body["status"]) == (id, status)
    assert body["type"] == f"urn:bridge:problem:{id}"
    assert {"title", "detail", "fault", "advice"} <= set(body)
