"""Modes over HTTP: a press with its own, and what leads a transfer in flight to its end."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Visit = Callable[..., httpx.AsyncClient]
PRESSER = "presser-token"


async def press(client: httpx.AsyncClient, call: str, **asked: str) -> httpx.Response:
    path = f"/api/v1/calls/{call}/transfers"
    return await client.post(path, json={"to": "110", **asked}, headers={"Idempotency-Key": "k1"})


async def steer(client: httpx.AsyncClient, call: str, how: str, key: str | None = "s1") -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post(f"/api/v1/calls/{call}/transfers/current/{how}", headers=headers)


async def test_a_consult_led_to_its_end(house, visit: Visit) -> None:
    call = house.talking()
    async with visit(house, PRESSER) as client:
        pressed = (await press(client, call, mode="consult")).json()["transfer"]
        assert (pressed["mode"], pressed["may"]) == ("consult", ["cancel"])
        early = await steer(client, call, "complete", "early")
        assert (early.status_code, early.json()["id"]) == (409, "wrong-moment")
        house.far(call, "answers")
        answer = await client.get(f"/api/v1/calls/{call}")
        (shown,) = answer.json()["call"]["transfers"]
        assert (shown["state"], shown["may"]) == ("consulting", ["complete", "swap", "join", "cancel"])
        aside = {party["role"]: party["aside"] for party in answer.json()["call"]["parties"]}
        assert aside == {"caller": True, "attendant": False, "recipient": False}
        swapped = await steer(client, call, "swap")
        assert swapped.json()["transfer"]["state"] == "swapped"
        again = await steer(client, call, "swap")
        assert again.json() == swapped.json(), "the same message twice swaps once"
        done = await steer(client, call, "complete", "s2")
        assert (done.status_code, done.json()["transfer"]["state"]) == (200, "connected")
        assert (await steer(client, call, "complete", "s3")).status_code == 409


async def test_a_conference_keeps_its_desk_until_it_is_sent_away(house, visit: Visit) -> None:
    call = house.talking()
    async with visit(house, PRESSER) as client:
        await press(client, call, mode="conference")
        house.far(call, "answers")
        assert house.desk.ticket(house.switchboard.call(call).transfer.incident).state == "transferred"
        assert (await steer(client, call, "swap")).status_code == 409
        answer = await client.delete(f"/api/v1/calls/{call}/transfers/current")
        assert answer.json()["transfer"]["state"] == "returned"
    assert house.switchboard.call(call).attendant.number == "8001"


@pytest.mark.parametrize(("how", "key", "status"), [("steal", "k", 422), ("swap", None, 400)])
async def test_what_is_no_request(house, visit: Visit, how: str, key: str | None, status: int) -> None:
    call = house.talking()
    async with visit(house, PRESSER) as client:
        await press(client, call, mode="consult")
        house.far(call, "answers")
        assert (await steer(client, call, how, key)).status_code in {status, 400}
        assert (await press(client, call, mode="blind")).status_code in {400, 422}


async def test_who_may_only_look_leads_nothing(house, visit: Visit) -> None:
    call = house.talking()
    async with visit(house, PRESSER) as client:
        await press(client, call, mode="consult")
    house.far(call, "answers")
    async with visit(house, "reader-token") as client:
        assert (await steer(client, call, "complete")).status_code == 403
    assert house.switchboard.call(call).transfer.state == "consulting"
