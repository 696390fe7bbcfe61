"""Whose telephone rings: the page of the person with that extension knows the call, its ticket and what was
said before anybody answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from bridge.calls.events import Answers, Offered
from bridge.routing.plan import Origin
from tests.api.access_house import PASSWORD, Users, users
from tests.api.conftest import AUDIO, House
from tests.api.test_live import hear


@pytest.fixture
async def known(house: House, tmp_path: Path) -> AsyncIterator[Users]:
    house.home_of = lambda origin: "12345" if origin.kind == "agent" else None
    async with users(house, f"sqlite+aiosqlite:///{tmp_path}/u.db") as made:
        await made.add("wang", "agent", extension="8001")
        await made.add("li", "agent", extension="8002")
        yield made


async def enter(known: Users, login: str, port: int) -> connect:
    _, secret = await known.sign_in.by_password(login, PASSWORD, "127.0.0.1")
    return connect(
        f"ws://127.0.0.1:{port}/api/v1/live", additional_headers={"Cookie": f"bridge={secret}"},
        origin=f"http://127.0.0.1:{port}", proxy=None,
    )  # fmt: skip


def whose(message: dict[str, Any]) -> tuple[bool, str]:
    view = message["call"]
    return view["yours"], view["your_leg"]


async def test_a_call_is_yours_from_the_first_ring_to_the_end(
    known: Users, house: House, serve: Callable
) -> None:
    async with (
        serve(house) as port,
        await enter(known, "wang", port) as wang,
        await enter(known, "li", port) as li,
    ):
        first = await hear(wang, "snapshot")
        assert first["you"]["extension"] == "8001"
        await hear(li, "snapshot")
        call = house.rings()
        leg = house.switchboard.call(call).ringing
        rings = await hear(wang, "call")
        while not rings["call"]["yours"]:
            rings = await hear(wang, "call")
        assert whose(rings) == (True, leg)
        assert [each["up"] for each in rings["call"]["parties"] if each["agent"] == "8001"] == [False]
        assert whose(await hear(li, "call")) == (False, "")
        house.switchboard.on(house.answered(call))
        house.hangs_up(call)
        assert whose(await hear(wang, "over")) == (True, leg), "what is to be written down after it, too"
        async with await enter(known, "li", port) as again:
            assert whose((await hear(again, "snapshot"))["calls"][0]) == (False, "")


async def test_the_far_desk_knows_ticket_and_words_while_its_telephone_rings(
    known: Users, house: House, serve: Callable
) -> None:
    """A caller of 110 is handed to 12345, and 8001 rings for it."""
    house.switchboard.offered(
        Offered("in", "110", "13806351234", "", Origin("trunk", "carrier"), AUDIO, house.clock.now)
    )
    call = house.switchboard.calls()[-1].id
    house.switchboard.on(Answers(house.switchboard.call(call).ringing, AUDIO))
    house.says(call, "caller", "我叫张建国柳园路停水三天了")
    async with serve(house) as port, await enter(known, "wang", port) as wang:
        assert (await hear(wang, "snapshot"))["calls"] == []
        transfer = house.switchboard.press_call(call, "12345", house.clock.now)
        more = (await hear(wang, "more", "call"))["calls"][0]
        assert whose(more) == (True, house.switchboard.call(call).transfer.recipient)
        assert [each["text"] for each in more["transcript"]] == ["我叫张建国柳园路停水三天了"]
        ticket = await hear(wang, "ticket")
        assert ticket["ticket"]["incident"] == transfer.incident
        assert ticket["ticket"]["elements"]["who"]["value"] == "张建国"
        house.far(call, "rings")
        rings = await hear(wang, "call")
        me = next(each for each in rings["call"]["parties"] if each["leg"] == rings["call"]["your_leg"])
        assert (me["role"], me["up"], rings["call"]["yours"]) == ("recipient", False, True)


async def test_over_http_too(known: Users, house: House, visit: Callable[..., httpx.AsyncClient]) -> None:
    call = house.talking()
    _, secret = await known.sign_in.by_password("wang", PASSWORD, "127.0.0.1")
    async with visit(house, host="127.0.0.1") as client:
        client.cookies.set("bridge", secret)
        assert (await client.get(f"/api/v1/calls/{call}")).json()["call"]["yours"] is True
        assert (await client.get("/api/v1/calls")).json()["calls"][0]["yours"] is True
        assert (await client.get("/api/v1/session")).json()["extension"] == "8001"
