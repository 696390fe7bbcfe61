"""The exchange over HTTP as the other platform's developers meet it: letters, deeds, changes, and every way
to get it wrong."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from standardwebhooks import Webhook

from bridge.adapters.db import Database
from bridge.adapters.db_handlings import HandlingTable
from bridge.api.app import _answer_errors
from bridge.api.auth import Guard
from bridge.api.bounds import Bounds
from bridge.api.door import Door
from bridge.api.exchange import Exchange
from bridge.api.exchange_letters import Letters
from bridge.api.lens import Lens
from bridge.clock import SystemClock
from bridge.handling.letters import deed_letter
from bridge.handling.path import Parties
from bridge.handling.words import Deed
from bridge.post.signing import Key, secret_of, verify
from bridge.services.feed import LiveFeed
from bridge.services.handling_desk import HandlingDesk
from bridge.services.records import Records
from bridge.settings.house import Api
from tests.api.conftest import _token

SECRET = "whsec_" + "QUFB" * 8
NOW = datetime.now(UTC)
EVENTS = "/exchange/v1/partners/12345/events"
TOKENS = (
    _token("统计", "follower", "tickets"),
    _token("办理", "handler", "tickets", "personal"),
    _token("市民热线", "partner", "exchange"),
)
PHONE, CARD = "13806351234", "370102194912311002"
SPOKEN = (
    ("caller", f"我姓张身份证{CARD}"),
    ("caller", "电话一三八零六三五"),
    ("12345", "您说"),
    ("caller", "一二三四有人打架"),
)
"""What a partner's transcript holds: a card at once, a number over two utterances."""


@dataclass
class Counter:
    """The 110's counter: its interface and the desk behind it."""

    http: httpx.AsyncClient
    desk: HandlingDesk
    store: HandlingTable
    seen: list[tuple[str, str]]
    feed: LiveFeed

    async def letter(self, kind: str, data: dict[str, Any], id: str = "m1", **bad: str) -> httpx.Response:
        body = json.dumps({"type": kind, "timestamp": NOW.isoformat(), "data": data})
        return await self.sealed(body, id, **bad)

    async def sealed(self, body: str, id: str = "m1", **bad: str) -> httpx.Response:
        at = datetime.now(UTC)
        headers = {
            "webhook-id": id, "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(SECRET).sign(id, at, body), **bad,
        }  # fmt: skip
        return await self.http.post(EVENTS, content=body.encode(), headers=headers)

    async def do(self, deed: str, key: str = "k1", ticket: str = "t1", **asked: Any) -> httpx.Response:
        headers = {"idempotency-key": key, **asked.pop("headers", {})}
        return await self.http.post(f"/exchange/v1/tickets/{ticket}/{deed}", json=asked, headers=headers)


@pytest.fixture
async def counter(tmp_path: Path, blank_database: Path) -> AsyncIterator[Counter]:
    path = shutil.copy(blank_database, tmp_path / "t.db")
    database, clock = Database(f"sqlite+aiosqlite:///{path}"), SystemClock()
    await database.start()
    store = HandlingTable(database, clock, lambda platform: None)
    await store.start()
    parties = Parties(frozenset({"110"}), "110", frozenset({"110", "12345", "119"}))
    feed = LiveFeed()
    desk = HandlingDesk(store=store, clock=clock, feed=feed, parties=parties)
    keys = (Key(secret_of(SECRET)),)
    app, records = FastAPI(), Records(clock)
    bounds = Bounds(records, lambda incident: None, lambda origin: None)
    exchange = Exchange(
        desk=desk, store=store, clock=clock, lens=Lens(records, bounds, fillers=True),
        categories=lambda: [("a2-crime", "涉嫌违法犯罪", "110")],
    )  # fmt: skip
    app.include_router(exchange.router())
    seals = {"12345": lambda headers, body: verify(headers, body, keys, clock.wall()).id}
    seen: list[tuple[str, str]] = []

    async def opened_there(incident: str, platform: str) -> None:
        seen.append((incident, platform))

    app.include_router(Letters(desk, seals, opened_there).router())
    api = Api(trust_loopback=True, tokens=TOKENS)
    app.add_middleware(Door, guard=Guard(api), bounds=bounds, clock=clock)
    _answer_errors(app)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        yield Counter(http, desk, store, seen, feed)
    await store.stop()
    await database.stop()


def papers(version: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "schema": "bridge.ticket.v1", "ticket": "t1", "incident": "i1", "version": version,
        "from_platform": "12345", "to_platform": "110", "elements": {"what": {"value": "有人打架"}},
        "something": "new", **more,
    }  # fmt: skip


async def test_a_letter_opens_the_ticket_and_its_repetition_changes_nothing(counter: Counter) -> None:
    for _ in range(2):
        answer = await counter.letter("ticket.opened", papers())
        assert (answer.status_code, answer.json()) == (
            200, {"ticket": "t1", "version": 2, "state": "delivered"},
        )  # fmt: skip
    shown = (await counter.http.get("/exchange/v1/tickets/t1")).json()
    assert shown["papers"]["something"] == "new"
    assert shown["papers"]["elements"]["where"]["value"] == ""
    assert shown["handling"]["may"] == ["accept", "return", "negotiate", "escalate"]


async def test_the_loop_over_http(counter: Counter) -> None:
    await counter.letter("ticket.opened", papers())
    for number, (deed, said) in enumerate(
        {"accept": {"number": "J-1"}, "start": {}, "feedback": {"reason": "已处置"}}.items()
    ):
        answer = await counter.do(deed, key=f"k{number}", **said)
        assert answer.status_code == 200, answer.text
    version = answer.headers["etag"].strip('"')
    close = Deed("c1", "close", "12345", NOW)
    handling = await counter.desk.handling("t1")
    letter = json.loads(deed_letter(handling, close, NOW))
    assert (await counter.letter(letter["type"], letter["data"], id="m2")).json()["state"] == "closed"
    changes = (await counter.http.get("/exchange/v1/changes", params={"after": 0})).json()
    deeds = [each["deed"] and each["deed"]["name"] for each in changes["changes"]]
    assert deeds == [None, "deliver", "accept", "start", "feedback", "close"]
    assert changes["changes"][-2]["handling"]["version"] == int(version)
    nothing = (await counter.http.get("/exchange/v1/changes", params={"after": changes["next"]})).json()
    assert nothing == {"changes": [], "next": changes["next"]}
    log = (await counter.http.get("/exchange/v1/tickets/t1/log")).json()["changes"]
    assert [each["seq"] for each in log] == [each["seq"] for each in changes["changes"]]


async def test_a_deed_that_comes_too_late_is_told_how_the_ticket_stands(counter: Counter) -> None:
    await counter.letter("ticket.opened", papers())
    before = await counter.desk.handling("t1")
    await counter.do("return", reason="不属我方")
    late = json.loads(deed_letter(before, Deed("u1", "urge", "12345", NOW), NOW, "delivered"))
    answer = await counter.letter(late["type"], late["data"], id="m2")
    told = answer.json()
    assert (answer.status_code, told["id"], told["handling"]["state"]) == (409, "deed-not-now", "returned")
    assert answer.headers["content-type"] == "application/problem+json"
    withdrawn = replace(before, state="withdrawn", version=3)
    truth = json.loads(deed_letter(withdrawn, Deed("w1", "withdraw", "12345", NOW), NOW, "delivered"))
    answer = await counter.letter(truth["type"], truth["data"], id="m3")
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")


@pytest.mark.parametrize("id", ["", "x" * 129])
async def test_a_deed_without_a_usable_id_is_refused(counter: Counter, id: str) -> None:
    await counter.letter("ticket.opened", papers())
    handling = await counter.desk.handling("t1")
    letter = json.loads(deed_letter(handling, Deed(id, "withdraw", "12345", NOW, reason="误报"), NOW))
    assert (await counter.letter(letter["type"], letter["data"], id="m2")).status_code == 400
    assert (await counter.desk.handling("t1")).state == "delivered"


async def test_the_same_press_twice_counts_once(counter: Counter) -> None:
    await counter.letter("ticket.opened", papers())
    first, second = [await counter.do("accept") for _ in range(2)]
    assert first.json()["version"] == second.json()["version"] == 3
    assert (await counter.do("accept", key="another")).status_code == 409


async def test_a_refusal_says_what_is_allowed(counter: Counter) -> None:
    await counter.letter("ticket.opened", papers())
    refused = await counter.do("close")
    assert refused.headers["content-type"] == "application/problem+json"
    body = refused.json()
    assert (body["status"], body["state"], body["allowed"]) == (
        409, "delivered", ["accept", "return", "negotiate", "escalate"],
    )  # fmt: skip
    assert "待签收" in body["detail"]


@pytest.mark.parametrize(
    ("deed", "asked", "status", "id"),
    [
        ("return", {}, 422, "bad-deed"),
        ("negotiate", {"reason": "不清楚", "owner": "119"}, 422, "bad-deed"),
        ("withdraw", {"reason": "误报"}, 409, None),
        ("accept", {"by": "119"}, 404, "no-such-ticket"),
        ("accept", {"by": "8888"}, 400, "bad-request"),
        ("resend", {"reason": "x", "to": "8888"}, 400, "bad-request"),
        ("deliver", {}, 400, "bad-request"),
        ("dance", {}, 400, "bad-request"),
        ("accept", {"reason": "字" * 4001}, 400, "bad-request"),
        ("accept", {"unknown": 1}, 400, "bad-request"),
    ],
)
async def test_a_wrong_deed(
    counter: Counter, deed: str, asked: dict[str, Any], status: int, id: str | None
) -> None:
    await counter.letter("ticket.opened", papers())
    answer = await counter.do(deed, **asked)
    if deed == "withdraw":  # allowed now, but not by the holder
        assert (answer.status_code, answer.json()["id"]) == (403, "not-their-deed")
        return
    assert (answer.status_code, answer.json()["id"]) == (status, id)


async def test_no_key_no_deed_and_a_moved_version_is_told(counter: Counter) -> None:
    await counter.letter("ticket.opened", papers())
    answer = await counter.http.post("/exchange/v1/tickets/t1/accept", json={})
    assert answer.json()["id"] == "no-idempotency-key"
    stale = await counter.do("accept", headers={"if-match": '"1"'})
    assert (stale.status_code, stale.json()["id"]) == (412, "version-moved")
    assert (await counter.do("accept", headers={"if-match": "gibberish"})).status_code == 412
    tag = (await counter.http.get("/exchange/v1/tickets/t1")).headers["etag"]
    assert (await counter.do("accept", key="k2", headers={"if-match": tag})).status_code == 200
    tag = (await counter.http.get("/exchange/v1/tickets/t1")).headers["etag"]
    again = await counter.http.get("/exchange/v1/tickets/t1", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("bad", "id"),
    [
        ({"webhook-signature": "v1,AAAA"}, "m1"),
        ({"webhook-timestamp": str(int((NOW - timedelta(minutes=6)).timestamp()))}, "m1"),
        ({"webhook-id": "other"}, "m1"),
        ({"webhook-signature": ""}, "m1"),
    ],
)
async def test_forged_stale_and_swapped_letters_are_refused(
    counter: Counter, bad: dict[str, str], id: str
) -> None:
    answer = await counter.letter("ticket.opened", papers(), id=id, **bad)
    assert (answer.status_code, answer.json()["id"]) == (401, "bad-signature")
    assert (await counter.http.get("/exchange/v1/tickets/t1")).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "bridge.ticket.v9"}, {"version": 0}, {"version": "x"}, {"ticket": ""}, {"ticket": "a b"},
        {"elements": None}, {"elements": {"what": {"value": "字" * 4001}}}, {"path": ["x"] * 9},
        {"category": {"id": ""}}, {"channel": "fax"}, {"alerts": [1]},
    ],
    ids=str,
)  # fmt: skip
async def test_papers_of_another_shape_are_refused_and_say_where(
    counter: Counter, change: dict[str, Any]
) -> None:
    answer = await counter.letter("ticket.opened", papers() | change)
    assert (answer.status_code, answer.json()["id"]) == (400, "bad-request")
    assert next(iter(change)) in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "null", '{"type": "ticket.accepted"}', "{" * 100_000,
        '{"type": "ticket.accepted", "timestamp": "2026-01-01T00:00:00", "data": {}}',
        '{"type": "ticket.accepted", "timestamp": "2026-01-01T00:00:00Z", "data": {"schema": 1}}',
        '{"type": "ticket.accepted", "timestamp": "2026-01-01T00:00:00Z", "data": '
        '{"schema": "bridge.deed.v1", "deed": {"id": "1", "name": "accept", "by": "12345", '
        '"at": "2026-01-01T00:00:00"}, "handling": {"ticket": "t1"}}}',
    ],
    ids=range(8),
)  # fmt: skip
async def test_letters_of_another_shape(counter: Counter, body: str) -> None:
    answer = await counter.sealed(body)
    assert (answer.status_code, answer.json()["id"]) == (400, "bad-request")


async def test_ten_megabytes_are_not_read(counter: Counter) -> None:
    answer = await counter.sealed("x" * 10_000_000)
    assert (answer.status_code, answer.json()["id"]) == (413, "body-too-big")
    answer = await counter.do("accept", reason="x" * 100_000)
    assert (answer.status_code, answer.json()["id"]) == (413, "body-too-big")


async def test_letters_of_an_unknown_partner(counter: Counter) -> None:
    answer = await counter.http.post("/exchange/v1/partners/119/events", content=b"{}")
    assert answer.status_code == 404


async def test_letters_out_of_order(counter: Counter) -> None:
    for version in (2, 1, 3):
        answer = await counter.letter("ticket.updated", papers(version), id=f"m{version}")
        assert answer.status_code == 200
    kept = await counter.store.papers("t1")
    assert kept is not None
    assert kept["version"] == 3


async def test_a_request_by_the_web_is_a_ticket_like_any_other(counter: Counter) -> None:
    asked = {"to": "12345", "what": "路灯坏了", "where": "柳园南路26号", "who": "王建国"}
    headers = {"idempotency-key": "w1"}
    first = await counter.http.post("/exchange/v1/tickets", json=asked, headers=headers)
    second = await counter.http.post("/exchange/v1/tickets", json=asked, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["ticket"] == second.json()["ticket"]
    assert (first.json()["state"], first.json()["channel"]) == ("draft", "web")
    shown = (await counter.http.get(f"/exchange/v1/tickets/{first.json()['ticket']}")).json()
    assert shown["papers"]["elements"]["where"]["value"] == "柳园南路26号"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"to": "110"}, 400), ({"to": "8888"}, 400), ({"what": ""}, 400), ({"category": "a9-none"}, 400),
        ({"urgency": "extreme"}, 400), ({"channel": "phone"}, 400), ({"what": "字" * 4001}, 400),
        ({"category": "a2-crime"}, 201),
    ],
    ids=str,
)  # fmt: skip
async def test_requests_by_the_web_are_checked(counter: Counter, change: dict[str, Any], status: int) -> None:
    asked = {"to": "12345", "what": "路灯坏了"} | change
    answer = await counter.http.post("/exchange/v1/tickets", json=asked, headers={"idempotency-key": "w"})
    assert answer.status_code == status


async def test_a_hundred_letters_at_once_share_the_disk_and_all_are_there(counter: Counter) -> None:
    answers = await asyncio.gather(
        *(counter.letter("ticket.opened", papers(ticket=f"t{n}"), id=f"m{n}") for n in range(100))
    )
    assert {answer.status_code for answer in answers} == {200}
    found = await counter.store.changes(0, 500, "")
    assert len({entry.ticket for entry in found}) == 100


async def test_a_root_cause_goes_back_to_12345_as_the_other_half_of_a_pair(counter: Counter) -> None:
    await counter.letter("ticket.opened", papers())
    asked, headers = {"to": "12345", "what": "工地欠薪"}, {"idempotency-key": "p1"}
    first = await counter.http.post("/exchange/v1/tickets/t1/pairs", json=asked, headers=headers)
    again = await counter.http.post("/exchange/v1/tickets/t1/pairs", json=asked, headers=headers)
    assert (first.status_code, first.json()["incident"]) == (201, "i1")
    assert first.json()["links"] == [{"kin": "outcome", "ticket": "t1"}]
    assert again.json()["ticket"] == first.json()["ticket"] != "t1"
    shown = (await counter.http.get("/exchange/v1/tickets/t1")).json()["handling"]
    assert shown["links"] == [{"kin": "cause", "ticket": first.json()["ticket"]}]
    wrong = await counter.http.post(
        "/exchange/v1/tickets/t1/pairs", json=asked | {"to": "110"}, headers=headers
    )
    assert wrong.status_code == 400
    strange = await counter.http.post(
        "/exchange/v1/tickets/none/pairs", json=asked, headers={"idempotency-key": "p2"}
    )
    assert strange.status_code == 404


async def test_a_partner_tells_that_somebody_looked(counter: Counter) -> None:
    assert (await counter.letter("ticket.opened", papers())).status_code == 200
    told = await counter.letter("ticket.seen", {"ticket": "t1"}, "m2")
    assert (told.status_code, counter.seen) == (200, [("i1", "12345")])
    assert (await counter.letter("ticket.seen", {"ticket": "t9"}, "m3")).status_code == 404
    assert (await counter.letter("ticket.seen", {}, "m4")).status_code == 400


async def test_a_refused_signature_says_where_to_look(counter: Counter) -> None:
    wrong = await counter.letter("ticket.seen", {"ticket": "t1"}, **{"webhook-signature": "v2,AAAA"})
    assert (wrong.status_code, wrong.json()["why"]) == (401, "unknown-version")
    assert "v1sm3" in wrong.json()["detail"]


async def test_a_reminder_of_what_we_owe_is_shown_and_changes_nothing(counter: Counter) -> None:
    await counter.letter("ticket.opened", papers())
    said = {"schema": "bridge.deadline.v1", "ticket": "t1", "kind": "accept", "due": NOW.isoformat()}
    with counter.feed.listen() as inbox:
        answer = await counter.letter("deadline.reminder", said, id="m2")
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
        event = await inbox.next()
    assert (event["type"], event["ticket"], event["kind"], event["by"]) == (
        "deadline", "t1", "accept", "12345",
    )  # fmt: skip
    wrongs = ({"ticket": "t2"}, {"kind": "dance"}, {"due": "tomorrow"}, {"due": "2026-01-01T00:00:00"})
    answers = [
        (await counter.letter("deadline.reminder", said | wrong, id=f"w{turn}")).status_code
        for turn, wrong in enumerate(wrongs)
    ]
    assert answers == [404, 400, 400, 400]


async def test_a_letter_can_not_put_a_deed_into_the_future_or_before_what_was_done(counter: Counter) -> None:
    """Deadlines are judged by it."""
    await counter.letter("ticket.opened", papers())
    handling = await counter.desk.handling("t1")
    for number, at in enumerate((datetime(9999, 12, 31, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))):
        deed = Deed(f"u{number}", "urge", "12345", at)
        letter = json.loads(deed_letter(handling, deed, NOW))
        answer = await counter.letter(letter["type"], letter["data"], id=f"u{number}")
        assert answer.status_code == 200, answer.text
        after = await counter.desk.handling("t1")
        assert handling.changed_at <= after.changed_at <= datetime.now(UTC)


def spoken() -> dict[str, Any]:
    """A partner's transcript."""
    said = [
        {"id": f"u{n}", "speaker": who, "leg": who, "start": n, "end": n + 1, "text": text, "final": True}
        for n, (who, text) in enumerate(SPOKEN)
    ]
    return {"state": "partial", "text": f"电话{PHONE}", "utterances": said}


@pytest.mark.parametrize("path", ["", "/log"])
async def test_what_was_said_is_covered_for_who_may_not_see_it(counter: Counter, path: str) -> None:
    """Numbers in a partner's utterances and in reasons: whole only with `personal`, or for the partners."""
    await counter.letter("ticket.opened", papers(transcript=spoken()))
    await counter.do("return", reason=f"请先回电{PHONE}")
    where, told = f"/exchange/v1/tickets/t1{path}", {}
    for token in ("follower", "handler", "partner"):
        answer = await counter.http.get(where, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        told[token] = answer.text
    hidden = [PHONE] if path else [PHONE, CARD, "零六三五"]
    for sign in hidden:
        assert sign not in told["follower"], sign
        assert sign in told["handler"], sign
        assert sign in told["partner"], sign
    assert "请先回电138****1234" in told["follower"]
    assert path or "我姓张身份证" in told["follower"]


@pytest.mark.parametrize("speech", [None, "电话13806351234", [PHONE], {"utterances": [{"text": PHONE}]}])
async def test_a_transcript_of_another_shape_gives_nothing_away(counter: Counter, speech: Any) -> None:
    await counter.letter("ticket.opened", papers(transcript=speech))
    headers = {"Authorization": "Bearer follower"}
    answer = await counter.http.get("/exchange/v1/tickets/t1", headers=headers)
    assert (answer.status_code, PHONE in answer.text) in ((200, False), (404, False)), answer.text
