"""The live feed on a real socket: greeting, snapshot, events, listeners too slow, listeners that lie, the
end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bridge.api import live, live_first
from bridge.services import feed

READER = "reader-token"


def dial(port: int, token: str = "", **options: Any) -> connect:
    headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    return connect(
        f"ws://127.0.0.1:{port}/api/v1/live", additional_headers=headers, proxy=None, max_size=None, **options
    )


async def hear(socket: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next message of one of these kinds."""
    async with asyncio.timeout(10):
        while True:
            message = json.loads(await socket.recv())
            if message["type"] in kinds:
                return message


async def told(socket: ClientConnection) -> tuple[int, str]:
    """How the server ended it: close code and reason."""
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionClosed):
            async for _ in socket:
                pass
    return socket.close_code, socket.close_reason


async def test_snapshot_then_events(house, serve: Callable) -> None:
    call = house.talking()
    house.says(call, "attendant", "您好")
    async with serve(house) as port, dial(port, READER) as socket:
        first = await hear(socket, "snapshot")
        you = {"name": "质检", "may": ["read"], "role": "", "platform": "", "extension": ""}
        assert first["you"] == you
        assert [(one["call"]["id"], len(one["transcript"])) for one in first["calls"]] == [(call, 1)]
        assert first["keys"][0]["number"] == "110"
        house.says(call, "caller", "有人打", final=False)
        assert (await hear(socket, "utterance"))["final"] is False
        house.says(call, "caller", "我叫张建国有人打架还拿着刀")
        assert (await hear(socket, "utterance"))["speaker"] == "caller"
        draft = await hear(socket, "draft")
        assert draft["elements"]["who"]["value"] == "张建国"
        house.switchboard.press_call(call, "110", house.clock.now)
        ticket = await hear(socket, "ticket")
        assert "utterances" not in ticket["ticket"]["transcript"]
        house.far(call, "answers")
        while (seen := await hear(socket, "call"))["call"]["transfers"][0]["state"] != "connected":
            pass
        assert [party["speaker"] for party in seen["call"]["parties"]] == ["caller", "110"]
        house.hangs_up(call)
        assert (await hear(socket, "over"))["call"]["outcome"] == "caller left"


async def test_many_calls_come_in_pieces(house, serve: Callable) -> None:
    calls = [house.talking(leg=f"in{n}") for n in range(live_first.PIECE * 2 + 3)]
    async with serve(house) as port, dial(port, READER) as socket:
        seen = [one["call"]["id"] for one in (await hear(socket, "snapshot"))["calls"]]
        while len(seen) < len(calls):
            seen += [one["call"]["id"] for one in (await hear(socket, "more"))["calls"]]
    assert seen == calls[::-1]


async def test_a_quiet_feed_says_that_it_lives(
    house, serve: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PING_SECONDS", 0.01)
    async with serve(house) as port, dial(port, READER) as socket:
        assert (await hear(socket, "ping"))["status"]["phones"] == ["8001", "8002", "8003"]


async def test_token_as_first_message(house, serve: Callable) -> None:
    async with serve(house) as port, dial(port) as socket:
        assert (await hear(socket, "auth-required")) == {"type": "auth-required"}
        await socket.send(json.dumps({"type": "auth", "token": READER}))
        assert await hear(socket, "snapshot")
        await socket.send("anything more is dropped")
        house.rings()
        assert await hear(socket, "call")


async def test_this_machine_needs_none(home, serve: Callable) -> None:
    async with serve(home) as port, dial(port, origin=f"http://127.0.0.1:{port}") as socket:
        assert (await hear(socket, "snapshot"))["you"]["name"] == "loopback"


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ('{"type": "auth", "token": "wrong"}', 4401, "bad-credentials"),
        ('{"type": "auth", "token": 7}', 4400, "bad-request"),
        ('{"type": "hello", "token": "reader-token"}', 4400, "bad-request"),
        ('{"type": "auth"}', 4400, "bad-request"),
        ("{", 4400, "bad-request"),
        ("[]", 4400, "bad-request"),
        ("null", 4400, "bad-request"),
        ("[" * 3000, 4400, "bad-request"),
        (b"\x00\xff", 4400, "bad-request"),
    ],
)
async def test_greetings_that_prove_nothing(
    house, serve: Callable, message: str | bytes, code: int, reason: str
) -> None:
    async with serve(house) as port, dial(port) as socket:
        await hear(socket, "auth-required")
        await socket.send(message)
        problem = await hear(socket, "problem", "snapshot")
        assert (problem["type"], problem["id"]) == ("problem", reason)
        assert await told(socket) == (code, reason)


async def test_a_token_without_read(house, serve: Callable) -> None:
    only = house.settings.tokens[1].model_copy(update={"may": ("transfer",)})
    house.settings = house.settings.model_copy(update={"tokens": (only,)})
    async with serve(house) as port, dial(port) as socket:
        await socket.send(json.dumps({"type": "auth", "token": "presser-token"}))
        assert await told(socket) == (4403, "not-allowed")


async def test_nobody_waits_for_a_token_for_ever(
    house, serve: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "GREETING_SECONDS", 0.01)
    async with serve(house) as port, dial(port) as socket:
        assert await told(socket) == (4401, "bad-credentials")


async def test_refused_before_the_handshake(home, serve: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(home) as port:
        for options, status, id in (
            ({"origin": "http://evil.example"}, 403, "foreign-page"),
            ({"token": "wrong"}, 401, "bad-credentials"),
        ):
            with pytest.raises(InvalidStatus) as refusal:
                await dial(port, **options).__aenter__()
            assert refusal.value.response.status_code == status
            assert json.loads(refusal.value.response.body)["id"] == id
        monkeypatch.setattr(live, "MAX_LISTENERS", 0)
        with pytest.raises(InvalidStatus) as full:
            await dial(port).__aenter__()
        assert full.value.response.status_code == 503


async def test_rebinding_gets_no_trust(home, serve: Callable) -> None:
    """The browser was led here by a foreign name: the page's Origin and Host agree, but the name is not
    ours."""
    async with serve(home) as port:
        uri = f"ws://evil.example:{port}/api/v1/live"
        async with connect(
            uri, host="127.0.0.1", port=port, origin=f"http://evil.example:{port}", proxy=None
        ) as socket:
            assert (await hear(socket, "auth-required", "snapshot"))["type"] == "auth-required"


async def test_a_slow_listener_loses_the_oldest_and_gets_the_truth(
    house, serve: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads nothing while much more is said than socket buffers and its inbox hold; nobody else waits
    for it."""
    monkeypatch.setattr(feed, "QUEUE", 50)
    call = house.talking()
    async with serve(house) as port, dial(port, READER, max_queue=1) as slow, dial(port, READER) as quick:
        await hear(slow, "snapshot")
        await hear(quick, "snapshot")
        slow.transport.pause_reading()
        for number in range(400):
            house.feed.publish({"type": "noise", "number": number, "text": "x" * 100_000})
            if number % 20 == 0:
                assert await hear(quick, "noise")
        house.says(call, "caller", "我叫张建国")
        slow.transport.resume_reading()
        assert (await hear(slow, "lost"))["count"] > 0
        fresh = await hear(slow, "snapshot")
        assert [item["text"] for item in fresh["calls"][0]["transcript"]] == ["我叫张建国"]
        house.says(call, "caller", "住在柳园街道")
        assert (await hear(slow, "utterance"))["text"] == "住在柳园街道"


async def test_listeners_leave_nothing_behind(house, serve: Callable) -> None:
    async with serve(house) as port:
        for _ in range(3):
            async with dial(port, READER) as socket:
                await hear(socket, "snapshot")
        async with dial(port, READER) as socket:
            await hear(socket, "snapshot")
            socket.transport.abort()
        async with asyncio.timeout(10):
            while house.feed._inboxes:  # noqa: ASYNC110
                await asyncio.sleep(0)  # each turn lets the server notice one more


async def test_the_house_closes_under_open_pages(house, serve: Callable) -> None:
    async with serve(house) as port:
        socket = await dial(port, READER).__aenter__()
        await hear(socket, "snapshot")
    assert (await told(socket))[0] == 1012
    assert not house.feed._inboxes
