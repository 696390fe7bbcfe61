"""A listener that comes back: it gets what it missed, as it may see it, or is shown everything anew; and one
whose session ends in the middle of a call."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from bridge.api import live
from bridge.services.records import KEPT
from bridge.settings.house import Api
from tests.api.access_house import PASSWORD, Users, users
from tests.api.conftest import PRESSER, READER, House, _token
from tests.api.test_live import hear, told

SOUNDS = "我叫张建国有人打架还拿着刀"
OF_110 = _token("110班长", "of-110", "read", "personal").model_copy(update={"platform": "110"})


@contextlib.asynccontextmanager
async def back(port: int, token: str, epoch: str, since: object) -> Any:
    """Comes back and says what it heard last."""
    url = f"ws://127.0.0.1:{port}/api/v1/live?epoch={epoch}&since={since}"
    async with connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None) as socket:
        yield socket


async def up_to(socket: ClientConnection, seq: int) -> list[dict[str, Any]]:
    """All messages up to the event with that number."""
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1].get("seq", 0) < seq:
        heard.append(await hear(socket, *KINDS))
    return heard


KINDS = (
    "snapshot",
    "more",
    "resumed",
    "call",
    "utterance",
    "draft",
    "suggestions",
    "alert",
    "ticket",
    "over",
)


async def test_what_was_missed_comes_once_and_in_order(house: House, serve: Callable) -> None:
    call = house.talking()
    async with serve(house) as port:
        async with back(port, PRESSER, "", "") as socket:
            first = await hear(socket, "snapshot")
            assert first["epoch"] == "house"
            house.says(call, "caller", "您好")
            heard = await hear(socket, "utterance")
            assert heard["seq"] > first["seq"]
        house.says(call, "caller", SOUNDS)  # nobody listens now, and it may have been the only page
        house.switchboard.press_call(call, "110", house.clock.now)
        newest = house.feed.seq
        async with back(port, PRESSER, "house", heard["seq"]) as socket:
            resumed, *events = await up_to(socket, newest)
            assert (resumed["type"], resumed["seq"]) == ("resumed", heard["seq"])
            assert resumed["missed"] == newest - heard["seq"]
            assert [each["seq"] for each in events] == list(range(heard["seq"] + 1, newest + 1))
            assert [each["text"] for each in events if each["type"] == "utterance"] == [SOUNDS]
            assert {"ticket", "call", "alert"} <= {each["type"] for each in events}
            assert (resumed["keys"][0]["number"], resumed["you"]["name"]) == ("110", "坐席系统")
            house.far(call, "answers")
            assert (await hear(socket, "ticket", "call"))["seq"] == newest + 1


FORGED = (
    ("house", 10**9), ("house", "9" * 40), ("house", -1), ("house", "1e1"), ("house", "一"), ("house", ""),
    ("other", 1), ("", 1),
)  # fmt: skip


async def test_a_forged_number_gets_no_more_than_a_snapshot(house: House, serve: Callable) -> None:
    async with serve(house) as port, back(port, READER, "", "") as socket:
        await hear(socket, "snapshot")
        house.says(house.talking(), "caller", SOUNDS)
        for epoch, since in FORGED:
            async with back(port, READER, epoch, since) as again:
                first = await hear(again, "snapshot", "resumed")
                assert (first["type"], first["seq"], len(first["calls"])) == ("snapshot", house.feed.seq, 1)


async def test_missed_words_are_covered_for_whoever_may_not_read_them(house: House, serve: Callable) -> None:
    call = house.talking()
    async with serve(house) as port:
        async with back(port, READER, "", "") as socket:
            at = (await hear(socket, "snapshot"))["seq"]
        house.says(call, "caller", "我的电话是一三八零六三五一二三四")
        said = {}
        for token in (READER, PRESSER):
            async with back(port, token, "house", at) as socket:
                said[token] = str(await up_to(socket, house.feed.seq))
    assert "零六三五" not in said[READER]
    assert "13806351234" not in said[READER]
    assert "零六三五" in said[PRESSER]


async def test_one_platform_misses_and_gets_its_own_only(serve: Callable) -> None:
    house = House(Api(tokens=(OF_110,)))
    theirs, others = house.talking(), house.talking("13906350000", leg="in2")
    async with serve(house) as port:
        async with back(port, "of-110", "", "") as socket:
            first = await hear(socket, "snapshot")
            assert first["calls"] == []
        house.says(others, "caller", "小区停水了")
        house.says(theirs, "caller", SOUNDS)
        house.switchboard.press_call(theirs, "110", house.clock.now)
        async with back(port, "of-110", "house", first["seq"]) as socket:
            resumed, more, *events = await up_to(socket, house.feed.seq)
            assert (resumed["type"], more["type"]) == ("resumed", "more"), "it has become theirs meanwhile"
            assert more["calls"][0]["call"]["id"] == theirs
            assert "停水" not in str([resumed, more, *events])
            assert "more" not in {each["type"] for each in events}


async def test_who_does_not_know_whose_a_gone_call_was_is_shown_everything(serve: Callable) -> None:
    """Its record is forgotten, so nothing says any more whether its end is theirs to hear of."""
    house = House(Api(tokens=(OF_110,)))
    call = house.talking()
    house.switchboard.press_call(call, "110", house.clock.now)
    async with serve(house) as port:
        async with back(port, "of-110", "", "") as socket:
            first = await hear(socket, "snapshot")
            assert len(first["calls"]) == 1
        house.hangs_up(call)
        for number in range(KEPT):
            house.hangs_up(house.talking(leg=f"more{number}"))
        async with back(port, "of-110", "house", first["seq"]) as socket:
            again = await hear(socket, "snapshot", "resumed")
            assert (again["type"], again["calls"]) == ("snapshot", [])


async def test_a_feed_that_is_busy_with_others_calls_says_that_it_lives(
    serve: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PING_SECONDS", 0.05)
    house = House(Api(tokens=(OF_110,)))
    call = house.talking()
    async with serve(house) as port, back(port, "of-110", "", "") as socket:
        await hear(socket, "snapshot")

        async def chatter() -> None:
            while True:
                house.says(call, "caller", "小区停水", final=False)
                await asyncio.sleep(0)

        task = asyncio.create_task(chatter())
        ping = await hear(socket, "ping", "utterance")
        task.cancel()
        assert ping["type"] == "ping"
        assert ping["now"].startswith("2026-03-05T")
        after = await hear(socket, "ping")
        assert 0 < ping["seq"] <= after["seq"] <= house.feed.seq


@pytest.fixture
async def known(house: House, tmp_path: Path) -> AsyncIterator[Users]:
    async with users(house, f"sqlite+aiosqlite:///{tmp_path}/b.db") as made:
        await made.add("wang")
        yield made


async def test_a_session_that_ends_in_a_call_closes_the_page_and_not_the_call(
    known: Users, house: House, serve: Callable
) -> None:
    call = house.talking()
    _, secret = await known.sign_in.by_password("wang", PASSWORD, "127.0.0.1")
    async with serve(house) as port:
        url, origin = f"ws://127.0.0.1:{port}/api/v1/live", f"http://127.0.0.1:{port}"
        headers = {"Cookie": f"bridge={secret}"}
        async with connect(url, additional_headers=headers, origin=origin, proxy=None) as socket:
            await hear(socket, "snapshot")
            asked = len(house.world.asked)
            house.clock.now += 13 * 3600  # longer than any session lasts
            house.says(call, "caller", "还有话没说完")
            assert (await hear(socket, "problem", "utterance"))["id"] == "bad-credentials"
            assert await told(socket) == (4401, "bad-credentials")
        assert [party.up for party in house.switchboard.call(call).parties] == [True, True]
        assert house.world.asked[asked:] == [], "nobody is hung up, no media moved"
        assert house.records.get(call).transcript.finals[-1].text == "还有话没说完"
