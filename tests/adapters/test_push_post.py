"""The postman against partners that mean harm or are broken: real sockets, real TLS, every wait bounded."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
import shutil
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from standardwebhooks import Webhook

from bridge.adapters import push_post, push_reach
from bridge.adapters.db import Database
from bridge.adapters.db_carried import _sent_back
from bridge.adapters.db_letters import Post, put
from bridge.adapters.db_outbox import Addressees, Letter, Outbox
from bridge.adapters.push_answer import LONGEST_DETAIL, Verdict, verdict
from bridge.adapters.push_lane import Ears, Lane
from bridge.adapters.push_post import LARGEST_ANSWER, Destination, Postman
from bridge.clock import SystemClock
from bridge.errors import BadSignature
from bridge.post.batches import Refused
from bridge.post.signing import Key, secret_of, verify
from tests.peers.certificates import Authority

NOW = datetime.now(UTC).replace(microsecond=0)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEYS = (Key(secret_of(SECRET)),)
BODY = '{"type":"ticket.accepted","timestamp":"x","data":{"ticket":"T1"}}'
LETTER = Letter(1, "msg_1", "T1", "I1", 1, "deed", "110", BODY, 0, NOW, NOW)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Manners = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Partner:
    """A server that reads one request a connection and then does as its manners say."""

    manners: Manners
    host: str = "127.0.0.1"
    port: int = 0
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    tasks: list[asyncio.Future[None]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.append(asyncio.ensure_future(self._serve(reader, writer)))
        await asyncio.wait([self.tasks[-1]])
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            pairs = (line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
            headers = {name.lower(): value for name, value in pairs}
            self.requests.append((headers, await reader.readexactly(int(headers["content-length"]))))
            await self.manners(reader, writer)


@contextlib.asynccontextmanager
async def partner(
    manners: Manners, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Partner]:
    built = Partner(manners, host)
    server = await asyncio.start_server(built.serve, host, 0, ssl=tls)
    built.port = server.sockets[0].getsockname()[1]
    try:
        yield built
    finally:
        server.close()
        for task in built.tasks:
            task.cancel()
        await asyncio.gather(*built.tasks, return_exceptions=True)
        await server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)


def says(*pieces: bytes) -> Manners:
    async def manners(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
        await writer.drain()

    return manners


async def posted(
    url: str, letter: Letter = LETTER, keys: tuple[Key, ...] = KEYS, now: datetime = NOW, **door: Any
) -> Verdict:
    postman = Postman(Destination(url, keys, **door))
    try:
        async with asyncio.timeout(20):
            return await postman.post(letter, now)
    finally:
        await postman.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits, shorter."""
    monkeypatch.setattr(push_post, "TOTAL_S", 0.4)
    monkeypatch.setattr(push_post, "REST_S", 0.1)


async def test_what_a_partner_gets_is_signed_and_enveloped() -> None:
    sm3, now = Key(b"k" * 32, "sm3"), datetime.now(UTC)  # the reference library has a clock of its own
    async with partner(says(OK)) as far:
        verdict = await posted(f"http://127.0.0.1:{far.port}/in?x=1", keys=(sm3, *KEYS), now=now)
    assert verdict.result == "delivered"
    ((headers, body),) = far.requests
    assert body.decode() == BODY
    Webhook(SECRET).verify(body, headers)
    assert verify(headers, body, [sm3], now).key == sm3
    with pytest.raises(BadSignature):
        verify(headers, body + b" ", [sm3], now)
    assert headers["host"] == f"127.0.0.1:{far.port}"
    assert headers["ce-type"] == "cn.bridge.ticket.accepted.v1"
    assert headers["ce-id"] == headers["webhook-id"] == "msg_1"
    assert (headers["ce-specversion"], headers["ce-subject"]) == ("1.0", "T1")
    assert headers["accept-encoding"] == "identity"


async def test_a_partner_that_streams_forever() -> None:
    sent = 0

    async def forever(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 1 << 30:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    async with partner(forever) as far:
        assert (await posted(f"http://127.0.0.1:{far.port}/")).result == "delivered"
    assert sent < 200 * LARGEST_ANSWER, "it was read to the end"


@pytest.mark.usefixtures("hurried")
async def test_a_partner_that_drips_a_byte_at_a_time() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for octet in b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 10_000:
            writer.write(bytes([octet]))
            await writer.drain()
            await asyncio.sleep(0.02)

    async with partner(drip) as far:
        verdict = await posted(f"http://127.0.0.1:{far.port}/")
    assert (verdict.result, verdict.trouble) == ("unreachable", "0.4 秒内没有应答完")


@pytest.mark.usefixtures("hurried")
async def test_an_answer_that_drips_after_its_status_is_an_answer() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n")
        for _unused in range(3000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with partner(drip) as far:
        assert (await posted(f"http://127.0.0.1:{far.port}/")).result == "delivered"


async def test_a_partner_that_breaks_off() -> None:
    async with partner(says(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")) as far:
        assert (await posted(f"http://127.0.0.1:{far.port}/")).result == "delivered"
    async with partner(says(b"HTTP/1.1 20")) as far:
        assert (await posted(f"http://127.0.0.1:{far.port}/")).result == "unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nnot\x00json!",
        b'HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n{"ticket_url": ["a"], "x": 1}',
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 299 \xff\xfe\r\ncontent-length: 0\r\n\r\n",
    ],
)
async def test_garbage_after_a_200_is_delivered_and_believed_in_nothing(answer: bytes) -> None:
    async with partner(says(answer)) as far:
        assert await posted(f"http://127.0.0.1:{far.port}/") == Verdict("delivered")


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x01\x02 nothing like it\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * 300_000 + b"\r\n\r\n",
        b"",
    ],
)
async def test_garbage_instead_of_a_status_is_no_answer(answer: bytes) -> None:
    async with partner(says(answer)) as far:
        assert (await posted(f"http://127.0.0.1:{far.port}/")).result == "unreachable"


async def test_a_gzip_bomb_stays_packed() -> None:
    bomb = gzip.compress(b'{"ticket_url": "https://110/t/1", "x": "' + b"0" * 5_000_000 + b'"}')
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    async with partner(says(head, bomb)) as far:
        assert await posted(f"http://127.0.0.1:{far.port}/") == Verdict("delivered")


@pytest.mark.usefixtures("hurried")
async def test_a_partner_that_says_wait_for_ever() -> None:
    async def informed(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _unused in range(5000):
            writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with partner(informed) as far:
        assert (await posted(f"http://127.0.0.1:{far.port}/")).result == "unreachable"


async def test_a_second_answer_is_none_to_the_next_letter() -> None:
    """Both come in one piece over a connection that stays open: the first letter is taken, the second is
    not."""
    letters = 0

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal letters
        letters += 1
        writer.write(OK + OK)
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            letters += 1
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            writer.write(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n")

    async with partner(twice) as far:
        postman = Postman(Destination(f"http://127.0.0.1:{far.port}/", KEYS))
        assert (await postman.post(LETTER, NOW)).result == "delivered"
        far.manners = says(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n")
        assert (await postman.post(LETTER, NOW)).result == "busy"
        await postman.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_an_inside_address_is_not_followed(status: int) -> None:
    async with partner(says(OK)) as inside:
        place = f"location: http://127.0.0.1:{inside.port}/"
        answer = f"HTTP/1.1 {status} Go\r\n{place}\r\ncontent-length: 0\r\n\r\n"
        async with partner(says(answer.encode())) as far:
            verdict = await posted(f"http://127.0.0.1:{far.port}/")
    assert (verdict.result, inside.connections) == ("refused", 0)
    assert "不跟随" in verdict.trouble


# --- names


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the resolver says: the answers of one name, one after the other, the last one for ever."""
    known: dict[str, list[str]] = {}

    def look_up(host: str) -> list[str]:
        answers = known[host]
        return (answers.pop(0) if len(answers) > 1 else answers[0]).split()

    monkeypatch.setattr(push_reach, "_look_up", look_up)
    return known


async def test_a_name_that_leads_to_this_machine_is_not_gone_to(names: dict[str, list[str]]) -> None:
    async with partner(says(OK)) as far:
        url = f"http://city.example:{far.port}/"
        for answer in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "0.0.0.0"):
            names["city.example"] = [answer]
            verdict = await posted(url)
            assert verdict.result == "forbidden"
            assert str(ip_address(answer)) in verdict.trouble
        assert far.connections == 0
        names["city.example"] = ["127.0.0.1"]
        allowed = (ip_network("127.0.0.0/8"),)
        assert (await posted(url, allowed=allowed)).result == "delivered"
    assert far.requests[0][0]["host"] == f"city.example:{far.port}"


async def test_the_name_is_asked_once_and_the_judged_address_is_the_one_called(
    names: dict[str, list[str]],
) -> None:
    """Rebinding: the second answer of the name server would lead inside."""
    async with partner(says(OK), host="127.0.0.9") as good, partner(says(OK), host="127.0.0.1") as inside:
        names["city.example"] = ["127.0.0.9", "127.0.0.1"]
        url = f"http://city.example:{good.port}/"
        verdict = await posted(url, allowed=(ip_network("127.0.0.9/32"),))
    assert (verdict.result, good.connections, inside.connections) == ("delivered", 1, 0)


async def test_good_addresses_of_a_name_are_tried_in_turn_and_bad_ones_never(
    names: dict[str, list[str]],
) -> None:
    async with partner(says(OK), host="127.0.0.9") as far:
        names["city.example"] = ["127.0.0.1 127.0.0.8 127.0.0.9"]
        url = f"http://city.example:{far.port}/"
        assert (await posted(url, allowed=(ip_network("127.0.0.8/31"),))).result == "delivered"


async def test_what_a_partner_gave_leads_outside_only(names: dict[str, list[str]]) -> None:
    async with partner(says(OK)) as far:
        for host, answer in (("city.example", "10.0.0.5"), ("other.example", "127.0.0.1")):
            names[host] = [answer]
            assert (await posted(f"https://{host}:{far.port}/", given=True)).result == "forbidden"
        for url in (f"http://127.0.0.1:{far.port}/", f"https://127.0.0.1:{far.port}/"):
            assert (await posted(url, given=True)).result == "forbidden"
    assert far.connections == 0


async def test_a_name_nobody_knows() -> None:
    verdict = await posted("http://nobody.invalid/")
    assert (verdict.result, verdict.trouble) == ("unreachable", "连不上（gaierror）")


# --- certificates


@dataclass
class Certificates:
    """Two authorities, and contexts made of them."""

    folder: Path

    def __post_init__(self) -> None:
        self.police, self.stranger = (
            Authority(self.folder, "police-ca"),
            Authority(self.folder, "stranger-ca"),
        )

    def server(self, authority: Authority, *, mutual: bool = False, **names: Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("server", **names))
        if mutual:
            context.load_verify_locations(self.police.ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client(self, *, shows: Authority | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.police.ca))
        if shows is not None:
            context.load_cert_chain(*shows.issue("bridge"))
        return context


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


async def over_tls(server: ssl.SSLContext, **door: Any) -> tuple[Verdict, int]:
    async with partner(says(OK), server) as far:
        url = f"https://tickets.police.example:{far.port}/"
        verdict = await posted(url, allowed=(ip_network("127.0.0.0/8"),), **door)
    return verdict, len(far.requests)


@pytest.fixture
def police(names: dict[str, list[str]]) -> None:
    names["tickets.police.example"] = ["127.0.0.1"]


@pytest.mark.usefixtures("police")
async def test_mutual_tls(certificates: Certificates) -> None:
    server = certificates.server(certificates.police, mutual=True, dns="tickets.police.example")
    shown = certificates.client(shows=certificates.police)
    assert await over_tls(server, tls=shown) == (Verdict("delivered"), 1)
    for tls in (certificates.client(), certificates.client(shows=certificates.stranger)):
        verdict, taken = await over_tls(server, tls=tls)
        # By TLS 1.3 the refusal comes after our handshake: its alert may be lost in the reset behind it.
        assert (verdict.result in {"untrusted", "unreachable"}, taken) == (True, 0)
        assert "证书" in verdict.trouble


@pytest.mark.usefixtures("police")
@pytest.mark.parametrize(
    ("proves", "authority", "said"),
    [
        ({"dns": "tickets.police.example"}, "stranger", "unable to get local issuer"),
        ({"dns": "elsewhere.example"}, "police", "Hostname mismatch"),
        ({"dns": "tickets.police.example", "expired": True}, "police", "expired"),
        ({}, "police", "Hostname mismatch"),
    ],
)
async def test_certificates_that_do_not_match(
    certificates: Certificates, proves: dict[str, Any], authority: str, said: str
) -> None:
    server = certificates.server(getattr(certificates, authority), **proves)
    verdict, taken = await over_tls(server, tls=certificates.client())
    assert (verdict.result, taken) == ("untrusted", 0)
    assert said in verdict.trouble


@pytest.mark.usefixtures("police")
async def test_another_name_is_proven_where_it_is_configured(certificates: Certificates) -> None:
    server = certificates.server(certificates.police, dns="gateway.police.example")
    tls = certificates.client()
    assert (await over_tls(server, tls=tls, server_name="gateway.police.example"))[0].result == "delivered"
    assert (await over_tls(server, tls=tls))[0].result == "untrusted"


async def test_a_key_that_is_over_signs_nothing() -> None:
    async with partner(says(OK)) as far:
        verdict = await posted(f"http://127.0.0.1:{far.port}/", keys=(replace(KEYS[0], not_after=NOW),))
    assert (verdict.result, far.connections) == ("untrusted", 0)
    assert "keys" in verdict.trouble


def test_no_trouble_holds_a_secret_or_a_body() -> None:
    shown = repr(Destination("http://127.0.0.1/", KEYS))
    assert "secret" not in shown
    assert not re.search(r"whsec|MfKQ", shown + json.dumps(repr(Verdict("delivered"))))


def test_what_a_partner_quotes_of_a_person_is_kept_covered() -> None:
    """By HTTP and by batch file: whoever looks at dead letters need not have the right to see numbers."""
    said = "来电人电话一三八零六三五一二三四不对，身份证 372501199003071234 也不对"
    problem = json.dumps({"detail": said, "handling": {"state": "withdrawn"}}).encode()
    refused = verdict(httpx.Response(409), problem, NOW)
    sent_back = _sent_back("110", Refused("m1", said)).compile().params["trouble"]
    for kept in (refused.detail, sent_back):
        assert "来电人电话" in kept
        assert "也不对" in kept
        for personal in ("零六三五", "19900307", "1234，"):
            assert personal not in kept
    far = f"{'啊' * (LONGEST_DETAIL - 6)}13806351234"
    assert "380635" not in verdict(httpx.Response(400), json.dumps({"detail": far}).encode(), NOW).detail


@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_a_partners_words_are_not_in_the_log(tmp_path: Path, blank_database: Path, status: int) -> None:
    database = Database(f"sqlite+aiosqlite:///{shutil.copy(blank_database, tmp_path / 'b.db')}")
    await database.start()
    outbox, told = Outbox(database, SystemClock()), asyncio.Event()
    async with database.write() as connection:
        post = Post("110", "deed", 1, "{}")
        await put(connection, post, id="msg_1", ticket="T1", incident="I1", now=SystemClock().wall())
    body = json.dumps({"detail": "王小明住柳园路，13806351234"}).encode()
    carrier = Says(verdict(httpx.Response(status), body, NOW))
    ears = Ears(lambda news: None, lambda letter, state, trouble: told.set(), lambda: None)
    lane = Lane(Addressees(), carrier, outbox=outbox, clock=SystemClock(), ears=ears, chance=lambda: 0.5)
    with structlog.testing.capture_logs() as logged:
        await lane.start()
        async with asyncio.timeout(20):
            await told.wait()
        await lane.stop()
    await database.stop()
    assert [each["trouble"] for each in logged if each["event"] == "ticket refused and parked"] == [
        f"对方拒收（HTTP {status}）"
    ]
    for personal in ("王小明", "柳园路", "6351234"):
        assert personal not in repr(logged)


@dataclass
class Says:
    """A way to a partner whose answer is known."""

    answer: Verdict

    async def post(self, letter: Letter, now: datetime) -> Verdict:
        return self.answer

    async def close(self) -> None:
        pass
