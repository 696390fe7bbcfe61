"""Log-in by password: the cookie and what it is worth, until when, and who is kept out; every reading is on
record before it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bridge.access.passwords import LONGEST
from bridge.adapters.argon2_hash import WAITING, Argon2
from bridge.api.auth import Visitor, cookie, own_page
from bridge.api.door import address_of
from bridge.errors import TooManyTries
from bridge.services import audit_desk, who_is_who
from tests.api.access_house import PASSWORD, Users, users
from tests.api.conftest import ADMIN, READER, House

Visit = Callable[..., httpx.AsyncClient]
ORIGIN = {"Origin": "https://bridge"}
SESSION = "/api/v1/session"


@pytest.fixture
async def known(house: House, tmp_path: Path) -> AsyncIterator[Users]:
    async with users(house, f"sqlite+aiosqlite:///{tmp_path}/u.db") as made:
        await made.add("wang")
        yield made


async def enter(client: httpx.AsyncClient, login: str = "wang", password: str = PASSWORD) -> httpx.Response:
    return await client.post(SESSION, json={"login": login, "password": password}, headers=ORIGIN)


async def test_a_session_from_log_in_to_log_out(known: Users, house: House, visit: Visit) -> None:
    call = house.talking()
    async with visit(house, host="bridge") as client:
        client.base_url = httpx.URL("https://bridge")
        assert (await client.get("/api/v1/calls")).status_code == 401
        answer = await enter(client, " WANG ")
        made = answer.headers["set-cookie"]
        assert made.startswith("__Host-bridge=")
        assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(made.split("; "))
        assert "Domain" not in made
        assert "Max-Age" not in made
        you = answer.json()
        assert (you["name"], you["shown"]) == ("wang", "wang的名字")
        assert (you["role"], you["platform"]) == ("supervisor", "12345")
        assert PASSWORD not in answer.text
        assert (await client.get(SESSION)).json() == you
        assert (await client.get(f"/api/v1/calls/{call}")).status_code == 200
        assert (await client.delete(SESSION, headers=ORIGIN)).status_code == 204
        assert client.cookies.get("__Host-bridge") is None
        client.cookies.set("__Host-bridge", made.split(";")[0].partition("=")[2], domain="bridge")
        assert (await client.get("/api/v1/calls")).status_code == 401, "it is worth nothing now"
    assert [deed[:2] for deed in await known.deeds()] == [
        ("wang", "session.opened"), ("wang", "call.read"), ("wang", "session.closed"),
    ]  # fmt: skip


async def test_on_this_machine_without_tls_the_cookie_needs_none(
    known: Users, house: House, visit: Visit
) -> None:
    async with visit(house, address="127.0.0.1", host="127.0.0.1:8080") as client:
        made = (await client.post(SESSION, json={"login": "wang", "password": PASSWORD})).headers[
            "set-cookie"
        ]
        assert made.startswith("bridge=")
        assert "Secure" not in made
        assert (await client.get(SESSION)).json()["name"] == "wang"


async def test_another_sites_page_neither_logs_in_nor_acts(known: Users, house: House, visit: Visit) -> None:
    call = house.talking()
    async with visit(house) as client:
        client.base_url = httpx.URL("https://bridge")
        wish = {"login": "wang", "password": PASSWORD}
        foreign = await client.post(SESSION, json=wish, headers={"Origin": "https://evil.example"})
        assert foreign.json()["id"] == "foreign-page"
        await enter(client)
        path = f"/api/v1/calls/{call}/quiet"
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
            answer = await client.post(path, headers=headers)
            assert (answer.status_code, answer.json()["id"]) == (403, "foreign-page"), headers
        assert (await client.post(path, headers=ORIGIN)).status_code == 200
    async with visit(house, "presser-token") as program:
        assert (await program.post(path)).status_code == 200, "a program shows its token and needs no Origin"


@pytest.mark.parametrize("password", ["wrong password", "", "x" * (LONGEST + 1), "x" * 600])
async def test_wrong_is_wrong_and_a_name_costs_as_much_as_a_password(
    known: Users, house: House, visit: Visit, password: str
) -> None:
    async with visit(house) as client:
        for login in ("wang", "nobody"):
            answer = await enter(client, login, password)
            assert answer.status_code in {400, 401}
            assert "set-cookie" not in answer.headers
        first, second = [
            (await enter(client, login, "wrong password")).json() for login in ("wang", "nobody")
        ]
        assert first == second
    names = {deed[0] for deed in await known.deeds(what="session.refused")}
    assert names <= {"wang", ""}, "what was typed as a name may be a password"


async def test_an_unknown_name_is_hashed_too(known: Users) -> None:
    asked: list[str] = []
    verify = known.hasher._fits

    def watched(hashed: str, password: str) -> bool:
        asked.append(hashed)
        return verify(hashed, password)

    known.hasher._fits = watched  # type: ignore[method-assign]
    for login in ("wang", "nobody"):
        with pytest.raises(Exception, match=r"wrong|unknown"):
            await known.sign_in.by_password(login, "wrong password", "192.0.2.1")
    assert [hashed.rpartition("$")[0].rpartition("$")[0] for hashed in asked] == [
        "$argon2id$v=19$m=19456,t=2,p=1"
    ] * 2


async def test_again_and_again_wrong_waits_and_the_right_one_waits_too(
    known: Users, house: House, visit: Visit
) -> None:
    async with visit(house) as client:
        answers = [await enter(client, password="wrong password") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert answers[-1].headers["retry-after"] == "1"
        assert (await enter(client)).status_code == 429
        house.clock.now += 2
        assert (await enter(client)).status_code == 200
        assert (await enter(client)).status_code == 200
    async with visit(house, address="192.0.2.99") as elsewhere:
        assert (await enter(elsewhere)).status_code == 200
    assert known.refused == ["wrong"] * 5 + ["waiting"] * 2


async def test_disabled_ends_everything_and_says_no_more_than_wrong(
    known: Users, house: House, visit: Visit
) -> None:
    async with visit(house) as client:
        client.base_url = httpx.URL("https://bridge")
        await enter(client)
        await known.book.save(replace(known.book.user("wang"), disabled=True))
        assert (await client.get(SESSION)).status_code == 401
        assert (await enter(client)).json()["id"] == "wrong-password"
    assert known.refused == ["disabled"]


async def test_idle_and_longest(known: Users, house: House, visit: Visit) -> None:
    async with visit(house) as client:
        client.base_url = httpx.URL("https://bridge")
        await enter(client)
        for _ in range(12):
            house.clock.now += 59 * 60
            assert (await client.get(SESSION)).status_code == 200
        house.clock.now += 59 * 60
        assert (await client.get(SESSION)).status_code == 401, "twelve hours at most"
        await enter(client)
        house.clock.now += 61 * 60
        assert (await client.get(SESSION)).status_code == 401, "an hour without use"


async def test_sessions_outlive_a_restart_and_changes_of_others_are_found(
    known: Users, house: House, visit: Visit
) -> None:
    async with visit(house) as client:
        client.base_url = httpx.URL("https://bridge")
        await enter(client)
        again = Users(house, known.database, known.hasher)
        await again.book.start()
        house.access = again.parts()
        async with visit(house) as later:
            later.base_url, later.cookies = httpx.URL("https://bridge"), client.cookies
            assert (await later.get(SESSION)).json()["name"] == "wang"
            house.clock.now += 5
            await known.book.save(replace(known.book.user("wang"), role="agent"))
            await again.book.look()
            assert (await later.get(SESSION)).json()["role"] == "agent"
            await known.book.close_all("wang")
            await again.book.look()
            assert (await later.get(SESSION)).status_code == 401
        await again.book.stop()


async def test_a_new_password_ends_the_other_sessions(known: Users, house: House, visit: Visit) -> None:
    await known.add("new", must_change=True)
    new = "换了一个谁也想不到的密码"
    async with visit(house) as here, visit(house) as there:
        here.base_url = there.base_url = httpx.URL("https://bridge")
        assert (await enter(there, "new")).json()["must_change"] is True
        await enter(here, "new")
        answer = await here.get("/api/v1/calls")
        assert (answer.status_code, answer.json()["id"]) == (403, "must-change-password")
        for old, wanted, status, id in (
            (PASSWORD, "short", 400, "weak-password"), (PASSWORD, "new new new new", 400, "weak-password"),
            ("not mine at all", new, 401, "wrong-password"), (PASSWORD, PASSWORD, 409, "wrong-moment"),
            (PASSWORD, new, 204, ""),
        ):  # fmt: skip
            answer = await here.put(f"{SESSION}/password", json={"old": old, "new": wanted}, headers=ORIGIN)
            assert answer.status_code == status
            assert not id or answer.json()["id"] == id
        assert (await here.get("/api/v1/calls")).status_code == 200
        assert (await there.get(SESSION)).status_code == 401
        assert (await enter(there, "new")).status_code == 401
        assert (await enter(there, "new", new)).status_code == 200
        assert (await here.delete(f"{SESSION}?everywhere=true", headers=ORIGIN)).status_code == 204
        assert (await there.get(SESSION)).status_code == 401


async def test_a_token_has_no_session_and_no_password(known: Users, house: House, visit: Visit) -> None:
    async with visit(house, READER) as client:
        assert (await client.get(SESSION)).json()["name"] == "质检"
        assert (await client.delete(SESSION)).json()["id"] == "wrong-moment"
        wish = {"old": PASSWORD, "new": "another password"}
        assert (await client.put(f"{SESSION}/password", json=wish)).json()["id"] == "wrong-moment"
        client.headers["Authorization"] = "Bearer nonsense"
        assert (await client.get(SESSION)).status_code == 401


async def test_too_many_sessions_of_one_user_end_the_oldest(
    known: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(who_is_who, "SESSIONS_EACH", 2)
    user = known.book.user("wang")
    for number in range(4):
        known.house.clock.now += 1
        await known.book.open(user, f"digest{number}")
    alive = [known.book.by_session(f"digest{number}") is not None for number in range(4)]
    assert alive == [False, False, True, True]


async def test_hashing_is_off_the_loop_and_bounded() -> None:
    hasher = Argon2()
    waiting = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyTries):
        await hasher.hash(PASSWORD)
    hashes = await asyncio.gather(*waiting)
    assert len(set(hashes)) == WAITING
    assert await hasher.verify(hashes[0], PASSWORD)
    assert not await hasher.verify("", PASSWORD)
    assert not await hasher.verify("not a hash", PASSWORD)
    assert not hasher.stale(hashes[0])
    assert hasher.stale(hashes[0].replace("t=2", "t=1"))
    await hasher.stop()


# --- the live feed ------------------------------------------------------------------------------------------


async def test_the_live_feed_takes_the_cookie_and_ends_with_the_session(
    known: Users, house: House, serve: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.talking()
    user, secret = await known.sign_in.by_password("wang", PASSWORD, "127.0.0.1")
    async with serve(house) as port:
        url, headers = f"ws://127.0.0.1:{port}/api/v1/live", {"Cookie": f"other=1; bridge={secret}"}
        origin = f"http://127.0.0.1:{port}"
        async with connect(url, additional_headers=headers, origin=origin, proxy=None) as feed:
            first = json.loads(await feed.recv())
            assert (first["type"], first["you"]["name"], len(first["calls"])) == ("snapshot", "wang", 1)
            assert ("wang", "live.opened", "", "") in await known.deeds()
            await known.book.close_all(user.login)
            house.rings(leg="in2")
            async with asyncio.timeout(10):
                with contextlib.suppress(ConnectionClosed):
                    async for _ in feed:
                        pass
            assert feed.close_code == 4401
        async with connect(url, additional_headers=headers, origin=origin, proxy=None) as feed:
            assert json.loads(await feed.recv())["type"] == "auth-required", (
                "an old cookie is as good as none"
            )
        with pytest.raises(Exception, match="403"):
            async with connect(url, additional_headers=headers, origin="https://evil.example", proxy=None):
                pass


# --- on record ----------------------------------------------------------------------------------------------


async def test_every_reading_is_on_record_before_its_answer(known: Users, house: House, visit: Visit) -> None:
    call = house.talking()
    house.says(call, "caller", "有人打架")
    incident = house.switchboard.press_call(call, "110", house.clock.now).incident
    async with visit(house, READER, "127.0.0.1") as client:
        client.headers["X-Forwarded-For"] = "203.0.113.9, 192.0.2.44"
        await client.get(f"/api/v1/calls/{call}")
        assert await known.deeds() == [("质检", "call.read", call, "")]
        await client.get(f"/api/v1/tickets/{incident}")
        assert (await known.deeds())[-1] == ("质检", "ticket.read", incident, "")
        await client.get(f"/api/v1/calls/{call}/transcript?format=srt")
        await client.get("/api/v1/calls/never-was")
        assert len(await known.deeds()) == 2, "what was not read out is not on record"
    async with visit(house, ADMIN) as admin:
        found = (await admin.get(f"/api/v1/audit?target={call}&most=1")).json()
        (entry,) = found["entries"]
        assert (entry["who"], entry["address"], found["next"]) == ("质检", "192.0.2.44", 1)
        assert (await admin.get("/api/v1/audit?before=1")).json() == {"entries": [], "next": None}
        assert (await admin.get("/api/v1/audit?since=2026-01-01T00:00:00")).status_code == 400
    assert ("管理员", "audit.read", "", "") in await known.deeds()
    async with visit(house, READER) as client:
        assert (await client.get("/api/v1/audit")).status_code == 403


async def test_what_cannot_be_put_on_record_is_not_read_out(
    known: Users, house: House, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(deeds: Any) -> None:
        raise OSError("disk full")

    call = house.talking()
    house.says(call, "caller", "有人打架还拿着刀")
    append = known.table.append
    monkeypatch.setattr(known.table, "append", gone)
    monkeypatch.setattr(known.audit, "_patience", 0.05)
    monkeypatch.setattr(audit_desk, "PAUSES", (0.01,))
    async with visit(house, READER) as client, visit(house, "presser-token") as presser:
        answer = await client.get(f"/api/v1/calls/{call}")
        assert (answer.status_code, answer.json()["id"]) == (503, "not-audited")
        assert "刀" not in answer.text
        assert (await client.get("/api/v1/calls")).status_code == 200, "no words are in there"
        pressed = await presser.post(
            f"/api/v1/calls/{call}/transfers", json={"to": "110"}, headers={"Idempotency-Key": "k"}
        )
        assert pressed.status_code == 202, "the key never waits for the record"
        element = await presser.put(f"/api/v1/calls/{call}/elements/who", json={"value": "张三"})
        assert element.status_code == 200
        monkeypatch.setattr(known.table, "append", append)
        monkeypatch.setattr(known.audit, "_patience", 10.0)
        assert (await client.get(f"/api/v1/calls/{call}")).status_code == 200
    assert [deed[1] for deed in await known.deeds()] == ["call.read", "element.corrected", "call.read"]


async def test_a_full_record_refuses_readers_and_drops_nothing_silently(
    known: Users, house: House, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_desk, "MOST", 0)
    call = house.talking()
    async with visit(house, READER) as client:
        assert (await client.get(f"/api/v1/calls/{call}")).status_code == 503


# --- small rules --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "value"),
    [("bridge=a", "a"), ("x=1; bridge=a ; y=2", "a"), ("bridge=a; bridge=b", ""), ("xbridge=a", ""), ("", ""),
     ("bridge=" + "x" * 600, "")],
)  # fmt: skip
def test_the_cookie_is_read_once_or_not_at_all(header: str, value: str) -> None:
    assert cookie(Visitor("", {"host": "localhost", "cookie": header})) == value
    assert cookie(Visitor("", {"host": "bridge.example", "cookie": header})) == ""


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [("127.0.0.1", "192.0.2.1", "192.0.2.1"), ("127.0.0.1", "10.0.0.1, 192.0.2.1", "192.0.2.1"),
     ("192.0.2.7", "10.0.0.1", "192.0.2.7"), ("127.0.0.1", "nonsense", "127.0.0.1"), ("", "10.0.0.1", ""),
     ("::1", "2001:db8::1", "2001:db8::1")],
)  # fmt: skip
def test_only_a_proxy_on_this_machine_says_for_whom_it_asks(peer: str, forwarded: str, address: str) -> None:
    assert address_of(Visitor(peer, {"x-forwarded-for": forwarded})) == address
    own_page(Visitor(peer, {}))


def test_intervals_are_sane() -> None:
    assert who_is_who.SLACK.total_seconds() > who_is_who.EVERY
