"""Who is let in: tokens and scopes, this machine, rebinding, foreign pages, proxies. Rules as tables, then
at the door."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.api.auth import MAX_TOKEN, Guard, Visitor, from_home, own_page
from bridge.errors import BadCredentials, ForeignPage
from bridge.settings.house import Api

Visit = Callable[..., httpx.AsyncClient]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "localhost:8080", "[::1]:8080", "127.0.0.1"])
def test_this_machine_in_its_own_name(address: str, host: str) -> None:
    assert from_home(Visitor(address, {"host": host}))


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", {"host": "127.0.0.1:8080"}),
        ("", {"host": "127.0.0.1:8080"}),
        ("127.0.0.1", {"host": "evil.example:8080"}),
        ("127.0.0.1", {"host": "127.0.0.1.evil.example"}),
        ("127.0.0.1", {"host": "localhost.evil.example"}),
        ("127.0.0.1", {"host": "evil@127.0.0.1"}),
        ("127.0.0.1", {"host": "127.0.0.1/evil"}),
        ("127.0.0.1", {"host": "127.0.0.1:port"}),
        ("127.0.0.1", {"host": "0.0.0.0"}),
        ("127.0.0.1", {"host": ""}),
        ("127.0.0.1", {}),
        ("127.0.0.1", {"host": "127.0.0.1", "x-forwarded-for": "192.0.2.7"}),
        ("127.0.0.1", {"host": "127.0.0.1", "forwarded": "for=192.0.2.7"}),
        ("127.0.0.1", {"host": "127.0.0.1", "via": "1.1 proxy"}),
    ],
)
def test_not_this_machine(address: str, headers: dict[str, str]) -> None:
    assert not from_home(Visitor(address, headers))
    assert Guard(Api(trust_loopback=True)).recognise(Visitor(address, headers)) is None


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://localhost", "localhost"),
        ("http://localhost", "localhost:80"),
        ("https://Bridge.Example", "bridge.example:443"),
    ],
)
def test_own_page(origin: str, host: str) -> None:
    own_page(Visitor("", {"origin": origin, "host": host}))


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://",
        "http://evil.example",
        "http://127.0.0.1:9090",
        "https://127.0.0.1:8080.evil",
        "file://",
    ],
)
def test_foreign_page(origin: str) -> None:
    with pytest.raises(ForeignPage):
        own_page(Visitor("", {"origin": origin, "host": "127.0.0.1:8080"}))


@given(
    address=st.text(max_size=40),
    headers=st.dictionaries(
        st.sampled_from(["host", "origin", "authorization", "via"]), st.text(max_size=80)
    ),
)
def test_no_stranger_breaks_the_guard(address: str, headers: dict[str, str]) -> None:
    guard = Guard(Api(trust_loopback=True))
    for question in (guard.recognise, own_page):
        with contextlib.suppress(BadCredentials, ForeignPage):
            question(Visitor(address, headers))


def test_tokens_that_prove_nothing(house) -> None:
    guard = Guard(house.settings)
    for token in ("", "reader-token ", "Reader-Token", "x" * (MAX_TOKEN + 1), "\ud800"):
        with pytest.raises(BadCredentials):
            guard.by_token(token)


@pytest.mark.parametrize(
    ("token", "method", "path", "status"),
    [
        ("", "GET", "/", 200),
        ("", "GET", "/healthz", 200),
        ("", "GET", "/web/agent/agent.js", 200),
        ("", "GET", "/api/v1/openapi.json", 200),
        ("", "POST", "/healthz", 401),
        ("", "GET", "/api/v1/calls", 401),
        ("", "GET", "/api/v1/nothing", 401),
        ("", "GET", "/metrics", 401),
        ("", "DELETE", "/api/v1/calls/x/transfers/current", 401),
        ("wrong", "GET", "/api/v1/calls", 401),
        ("wrong", "GET", "/", 200),
        ("reader-token", "GET", "/api/v1/calls", 200),
        ("reader-token", "GET", "/api/v1/keys", 200),
        ("reader-token", "GET", "/api/v1/status", 200),
        ("reader-token", "GET", "/metrics", 200),
        ("reader-token", "DELETE", "/api/v1/calls/x/transfers/current", 403),
        ("reader-token", "POST", "/api/v1/calls/x/transfers", 403),
        ("presser-token", "DELETE", "/api/v1/calls/x/transfers/current", 404),
        ("admin-token", "GET", "/api/v1/calls", 200),
        ("admin-token", "DELETE", "/api/v1/calls/x/transfers/current", 404),
    ],
)
async def test_who_may_what(house, visit: Visit, token: str, method: str, path: str, status: int) -> None:
    async with visit(house, token) as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_other_schemes_and_shown_tokens_count(home, visit: Visit) -> None:
    """A wrong credential is refused even where none is needed."""
    async with visit(home, address="127.0.0.1", host="127.0.0.1") as client:
        assert (await client.get("/api/v1/calls")).status_code == 200
        for shown in ("Basic YTpi", "Bearer wrong", "Bearer", "reader-token"):
            answer = await client.get("/api/v1/calls", headers={"Authorization": shown})
            assert answer.status_code == 401


@pytest.mark.parametrize(
    ("address", "host", "origin", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8080", None, 404),
        ("127.0.0.1", "127.0.0.1:8080", "http://127.0.0.1:8080", 404),
        ("127.0.0.1", "127.0.0.1:8080", "http://evil.example", 403),
        ("127.0.0.1", "127.0.0.1:8080", "null", 403),
        ("127.0.0.1", "evil.example:8080", "http://evil.example:8080", 401),
        ("192.0.2.7", "127.0.0.1:8080", None, 401),
    ],
)
async def test_csrf_and_rebinding(
    home, visit: Visit, address: str, host: str, origin: str | None, status: int
) -> None:
    headers = {"Idempotency-Key": "k"} | ({"Origin": origin} if origin else {})
    async with visit(home, address=address, host=host) as client:
        answer = await client.post("/api/v1/calls/x/transfers", json={"to": "110"}, headers=headers)
    assert answer.status_code == status


async def test_no_token_reaches_the_log(house, visit: Visit, capsys: pytest.CaptureFixture[str]) -> None:
    async with visit(house, "some-secret-token") as client:
        answer = await client.get("/api/v1/calls")
    said = capsys.readouterr()
    assert answer.status_code == 401
    assert "some-secret-token" not in said.out + said.err + answer.text
