"""What viewers without the right see: no personal number in any call, ticket, draft or live event."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from bridge.api.app import create_api
from bridge.services.corrections import Corrections
from tests.api.conftest import PRESSER, READER, House

HIDDEN = ("零六三五", "0635")


async def see(port: int, token: str) -> ClientConnection:
    return await connect(
        f"ws://127.0.0.1:{port}/api/v1/live", additional_headers={"Authorization": f"Bearer {token}"}
    )


async def until(socket: ClientConnection, wanted: str) -> list[dict[str, Any]]:
    """All events up to the first of that type."""
    seen: list[dict[str, Any]] = []
    for _ in range(50):
        seen.append(json.loads(await socket.recv()))
        if seen[-1]["type"] == wanted:
            return seen
    raise AssertionError(f"no {wanted} in {seen}")


async def test_live_events_are_covered_for_one_and_whole_for_the_other(
    house: House, serve: Callable[..., Any]
) -> None:
    call = house.talking()
    async with serve(house) as port, await see(port, READER) as covered, await see(port, PRESSER) as whole:
        for socket in (covered, whole):
            await until(socket, "snapshot")
        house.says(call, "caller", "我叫王建国电话一三八零", final=False)
        house.says(call, "caller", "我叫王建国电话一三八")
        house.says(call, "caller", "零六三五")
        house.says(call, "caller", "一二三四东昌府区柳园南路有人打架")
        house.switchboard.press_call(call, "110", house.clock.now)
        said = [json.dumps(await until(socket, "ticket"), ensure_ascii=False) for socket in (covered, whole)]
    for part in HIDDEN:
        assert part not in said[0]
        assert part in said[1]
    assert "13806351234" not in said[0]
    assert "138****1234" in said[0]
    assert '"readable": "我叫王建国电话138。"' in said[1]


async def test_words_still_being_said_do_not_give_a_number_away(
    house: House, serve: Callable[..., Any]
) -> None:
    call = house.talking()
    async with serve(house) as port, await see(port, READER) as covered:
        await until(covered, "snapshot")
        for spoken in ("一三八零六", "一三八零六三五一", "一三八零六三五一二三四"):
            house.says(call, "caller", spoken, final=False, took=0.5)
            assert (await until(covered, "utterance"))[-1]["text"].rstrip("*") == "一三八"


@pytest.mark.parametrize("path", ["/api/v1/calls", "/api/v1/calls/{call}", "/api/v1/tickets/{incident}"])
async def test_what_is_read_is_covered(house: House, visit: Callable[..., Any], path: str) -> None:
    call = house.talking()
    house.says(call, "caller", "我电话是一三八零六三五")
    house.says(call, "attendant", "零六三五对吧")
    house.says(call, "caller", "一二三四有人打架")
    transfer = house.switchboard.press_call(call, "110", house.clock.now)
    where = path.format(call=call, incident=transfer.incident)
    async with visit(house, READER) as covered, visit(house, PRESSER) as whole:
        hidden, shown = (await covered.get(where)).text, (await whole.get(where)).text
    assert "13806351234" not in hidden
    assert "13806351234" in shown
    for part in HIDDEN[:1]:
        assert part not in hidden
    keys = [set(json.loads(each)) for each in (hidden, shown)]
    assert keys[0] == keys[1]


async def test_a_snapshot_is_covered(house: House, serve: Callable[..., Any]) -> None:
    call = house.talking()
    house.says(call, "caller", "身份证一一零一零五一九四九")
    house.says(call, "caller", "一二三一零零二叉")
    async with serve(house) as port, await see(port, READER) as covered:
        snapshot = json.dumps((await until(covered, "snapshot"))[-1], ensure_ascii=False)
    assert "零一零五" not in snapshot
    assert "一二三一" not in snapshot
    assert call in snapshot


async def test_whoever_sets_an_element_sees_it_as_they_may(house: House, visit: Callable[..., Any]) -> None:
    call = house.talking()
    corrections = Corrections(
        records=house.records, desk=house.desk, feed=house.feed, draft=house.papers.draft
    )
    app = create_api(replace(house.parts(), corrections=corrections))
    headers = {"Authorization": f"Bearer {PRESSER}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bridge", headers=headers
    ) as client:
        answer = await client.put(f"/api/v1/calls/{call}/elements/contact", json={"value": "13806351239"})
    assert answer.json()["elements"]["contact"]["value"] == "13806351239"


async def test_the_ticket_that_came_with_a_call_is_covered_by_right(
    house: House, serve: Callable[..., Any]
) -> None:
    """In the snapshot and in the events: elements, and what was said at the other platform."""
    call, phone, card = house.talking(), "13906351239", "370102194912311002"
    said = {"id": "u1", "speaker": "caller", "leg": "in", "start": 1.0, "end": 2.0, "final": True}
    speech = [
        {**said, "text": f"身份证{card}"},
        {**said, "id": "u2", "start": 3.0, "end": 4.0, "text": phone},
    ]
    papers = {"ticket": "t1", "incident": "i1", "version": 1, "elements": {"contact": {"value": phone}}}
    papers["transcript"] = {"utterances": speech}
    record = house.records.get(call)
    assert record is not None
    record.brought = papers
    event = {"type": "papers", "call": call, "incident": "i1", "ticket": "t1", "papers": papers}
    async with serve(house) as port, await see(port, READER) as covered, await see(port, PRESSER) as whole:
        (hidden,), (shown,) = [(await until(socket, "snapshot"))[-1]["calls"] for socket in (covered, whole)]
        house.feed.publish(event)
        later = [(await until(socket, "papers"))[-1]["papers"] for socket in (covered, whole)]
    assert (hidden["call"]["brought"], shown["papers"], later[1]) == ("t1", papers, papers)
    for seen in (hidden["papers"], later[0]):
        assert seen["elements"]["contact"]["value"] == "139****1239"
        text = json.dumps(seen, ensure_ascii=False)
        assert "身份证" in text
        assert phone not in text
        assert card not in text
