"""The ladder's door: an administrator's, and numbers only where asked for."""

from __future__ import annotations

from typing import Any

from bridge.sip.message import Address
from tests.api.conftest import ADMIN, READER, House

INVITE = (
    b"INVITE sip:12345@b SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nFrom: <sip:13806351234@c>;tag=1\r\n"
    b"To: <sip:12345@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nReferred-By: <sip:13806351234@c>\r\n\r\n"
)


def talking(house: House) -> str:
    house.trace.note(1.0, Address("10.0.0.9", 5060), INVITE, out=False)
    house.trace.name("in", "c")
    return house.talking(leg="in")


async def test_a_calls_messages_during_and_after_it(house: House, visit: Any) -> None:
    call = talking(house)
    async with visit(house, ADMIN) as client:
        during = (await client.get(f"/api/v1/calls/{call}/ladder")).json()
        house.hangs_up(call)
        after = (await client.get(f"/api/v1/calls/{call}/ladder", params={"numbers": "true"})).json()
    assert during["columns"] == [
        {"name": "诉求人 138****34", "address": "udp:10.0.0.9:5060"},
        {"name": "bridge", "address": ""},
    ]
    (row,) = during["rows"]
    assert (row["from"], row["to"], row["what"]) == (0, 1, "INVITE sip:12345@b")
    assert "Referred-By: <sip:138****34@c>" in row["notes"]
    assert "Referred-By: <sip:13806351234@c>" in after["rows"][0]["notes"]
    assert after["columns"][0]["name"] == "诉求人 13806351234"


async def test_it_is_an_administrators(house: House, visit: Any) -> None:
    call = talking(house)
    for token, status in ((READER, 403), ("", 401)):
        async with visit(house, token) as client:
            assert (await client.get(f"/api/v1/calls/{call}/ladder")).status_code == status


async def test_a_call_nobody_remembers(house: House, visit: Any) -> None:
    async with visit(house, ADMIN) as client:
        assert (await client.get("/api/v1/calls/nobody/ladder")).status_code == 404


async def test_the_oldest_make_room(house: House, visit: Any) -> None:
    calls = []
    for count in range(12):
        house.trace.name(f"in{count}", f"c{count}")
        calls.append(house.talking(leg=f"in{count}"))
        house.hangs_up(calls[-1])
    async with visit(house, ADMIN) as client:
        found = [(await client.get(f"/api/v1/calls/{call}/ladder")).status_code for call in calls]
    assert found == [404, 404] + [200] * 10
