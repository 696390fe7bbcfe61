"""The telephone in the page on a real socket: who may have it, what is answered to nonsense, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bridge.adapters.argon2_hash import Argon2
from bridge.api import phone as door
from bridge.api.auth import digest
from bridge.api.parts import PhoneParts
from bridge.settings.house import Api
from tests.adapters.test_webrtc_legs import ORDER, World
from tests.api.access_house import users
from tests.api.conftest import TOKENS, House


class PhoneHouse(House):
    """`House` with telephones in pages, this machine trusted."""

    def __init__(self, settings: Api | None = None) -> None:
        super().__init__(settings or Api(trust_loopback=True, tokens=TOKENS))
        self.far, self.wishes = World(), list[tuple[str, bool]]()
        self.without = False

    def parts(self) -> Any:
        ice = [{"urls": "stun:192.0.2.1:3478"}]
        phones = PhoneParts(
            self.far.book, self.far.legs, ice, 20, lambda *wish: self.wishes.append(wish), lambda _: "梅"
        )
        return replace(super().parts(), phones=None if self.without else phones)


@pytest.fixture
def home() -> PhoneHouse:
    return PhoneHouse()


def dial(port: int, **headers: str) -> connect:
    url = f"ws://127.0.0.1:{port}/api/v1/phone"
    return connect(url, additional_headers=headers, proxy=None, max_size=None)


async def say(socket: ClientConnection, kind: str, **fields: Any) -> None:
    await socket.send(json.dumps({"type": kind, **fields}))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        return json.loads(await socket.recv())


async def hello(socket: ClientConnection, tab: str = "a", extension: str = "8020") -> dict[str, Any]:
    await say(socket, "hello", tab=tab, extension=extension)
    return await hear(socket)


async def ended(socket: ClientConnection) -> tuple[int | None, dict[str, Any]]:
    """The close code, and what was said last."""
    last: dict[str, Any] = {}
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionClosed):
            async for message in socket:
                last = json.loads(message)
    return socket.close_code, last


async def test_hello_ready_ring_and_good_bye(home: PhoneHouse, serve: Callable) -> None:
    async with serve(home) as port:
        async with dial(port) as socket:
            assert await hello(socket) == {
                "type": "phone", "extension": "8020", "name": "梅", "ready": False, "return_seconds": 20,
                "ice": [{"urls": "stun:192.0.2.1:3478"}], "call": None,
            }  # fmt: skip
            await say(socket, "ready")
            assert await hear(socket) == {"type": "state", "ready": True}
            assert home.wishes == [("8020", True)]
            home.far.legs.dial("c.1", ORDER)
            assert (await hear(socket))["type"] == "ring"
            await say(socket, "hangup", call="c")
            assert (await hear(socket))["type"] == "over"
            await say(socket, "pause")
            assert await hear(socket) == {"type": "state", "ready": False}
        async with asyncio.timeout(10):
            while home.far.book._phones["8020"].page is not None:  # noqa: ASYNC110 - nobody tells a test
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("message", "id"),
    [
        ("not json", "bad-request"), ('{"type": "fly"}', "bad-request"), ("[" * 3000, "bad-request"),
        ('{"type": "hello", "tab": "a"}', "bad-request"), ('{"type": "hold", "call": "c"}', "wrong-moment"),
        ('{"type": "answer", "call": "c", "sdp": 7}', "bad-request"), (b"\x00\xff", "bad-request"),
        ('{"type": "digits", "call": "c", "digits": "x"}', "bad-request"),
    ],
)  # fmt: skip
async def test_nonsense_is_answered_and_the_next_word_read(
    home: PhoneHouse, serve: Callable, message: str | bytes, id: str
) -> None:
    async with serve(home) as port, dial(port) as socket:
        await hello(socket)
        await socket.send(message)
        if isinstance(message, bytes):
            code, last = await ended(socket)
            assert (code, last["id"]) == (4400, id)
            return
        problem = await hear(socket)
        assert (problem["type"], problem["id"]) == ("problem", id)
        assert problem["title"]
        await say(socket, "ready")
        assert (await hear(socket))["type"] == "state"


async def test_who_says_too_much_or_too_long_is_cut_off(home: PhoneHouse, serve: Callable) -> None:
    async with serve(home) as port:
        async with dial(port) as socket:
            await hello(socket)
            with contextlib.suppress(ConnectionClosed):
                for _ in range(200):
                    await say(socket, "ready")
            code, last = await ended(socket)
            assert (code, last["id"]) == (4429, "too-many-messages")
        async with dial(port) as socket:
            await hello(socket)
            await socket.send("x" * 20_000)
            assert (await ended(socket))[0] == 1009


@pytest.mark.parametrize(
    ("first", "code", "id"),
    [
        ('{"type": "ready"}', 4400, "bad-request"), ("nonsense", 4400, "bad-request"),
        ('{"type": "hello", "tab": "a"}', 4404, "no-phone"),
        ('{"type": "hello", "tab": "a", "extension": "9999"}', 4404, "no-phone"),
    ],
)  # fmt: skip
async def test_no_telephone_without_a_proper_hello(
    home: PhoneHouse, serve: Callable, first: str, code: int, id: str
) -> None:
    async with serve(home) as port, dial(port) as socket:
        await socket.send(first)
        found, last = await ended(socket)
        assert (found, last["id"]) == (code, id)


async def test_who_says_nothing_is_sent_away(
    home: PhoneHouse, serve: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "GREETING_SECONDS", 0.05)
    async with serve(home) as port, dial(port) as socket:
        code, last = await ended(socket)
        assert (code, last["id"]) == (4400, "bad-request")


async def test_strangers_foreign_pages_and_houses_without(home: PhoneHouse, serve: Callable) -> None:
    async with serve(home) as port:
        with pytest.raises(InvalidStatus, match="403"):
            async with dial(port, Origin="https://evil.example"):
                pass
        with pytest.raises(InvalidStatus, match="401"):
            async with dial(port, Via="1.1 proxy"):
                pass
        async with dial(port, Authorization="Bearer reader-token") as socket:
            assert (await ended(socket))[0] == 4403
    home.without = True
    async with serve(home) as port, dial(port) as socket:
        assert (await ended(socket))[0] == 4404


async def test_a_second_page_is_told_and_may_take_it(home: PhoneHouse, serve: Callable) -> None:
    async with serve(home) as port, dial(port) as first, dial(port) as second:
        await hello(first)
        assert await hello(second, "b") == {"type": "busy", "extension": "8020"}
        await say(second, "ready")
        assert (await hear(second))["id"] == "phone-elsewhere"
        await say(second, "take")
        assert (await hear(second))["type"] == "phone"
        assert await hear(first) == {"type": "taken"}
        await say(first, "ready")
        assert (await hear(first))["id"] == "phone-elsewhere"


async def test_a_user_has_their_own_extension_on_record_until_the_session_ends(
    serve: Callable, blank_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "LOOK_SECONDS", 0.05)
    home = PhoneHouse(Api(tokens=TOKENS))
    url, hasher = f"sqlite+aiosqlite:///{tmp_path}/bridge.db", Argon2()
    shutil.copy(blank_database, tmp_path / "bridge.db")
    async with users(home, url, hasher) as made:
        user = await made.add("mei", "agent", extension="8020")
        await made.book.open(user, digest("the-secret"))
        async with serve(home) as port:
            headers = {"Cookie": "bridge=the-secret", "Origin": f"http://127.0.0.1:{port}"}
            async with dial(port, **headers) as socket:
                assert (await hello(socket, extension="8021"))["extension"] == "8020", (
                    "their own, whatever they say"
                )
                await made.book.close_all("mei")
                code, last = await ended(socket)
                assert (code, last["id"]) == (4401, "bad-credentials")
        assert ("mei", "phone.opened", "8020", "") in await made.deeds()
