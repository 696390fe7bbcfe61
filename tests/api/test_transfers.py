"""The key over HTTP: one press, one transfer, whatever is repeated, raced, broken or slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from bridge.api.ledger import Ledger, slot
from bridge.errors import KeyBusy, KeyReused, NoKey, Overload

Visit = Callable[..., httpx.AsyncClient]
PRESSER = "presser-token"


async def press(
    client: httpx.AsyncClient, call: str, key: str | None = "k1", to: str = "110"
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post(f"/api/v1/calls/{call}/transfers", json={"to": to}, headers=headers)


async def test_a_press_dials_before_anything_is_written(house, visit: Visit) -> None:
    call = house.talking()
    house.store.gate.clear()
    async with visit(house, PRESSER) as client:
        answer = await press(client, call)
        assert answer.status_code == 202
        assert [order.target.number for order in house.world.dialled()] == ["8001", "110"]
        body = answer.json()
        assert body["call"] == call
        assert body["transfer"]["state"] == "dialling"
        assert body["transfer"]["via"] == "api"
        again = await press(client, call)
        assert (again.status_code, again.json()) == (202, body)
        assert again.headers["Idempotent-Replayed"] == "true"
        house.store.gate.set()
    assert len(house.world.dialled()) == 2


async def test_the_moment_of_the_press_is_its_arrival(house, visit: Visit) -> None:
    """Whatever happens before the handler runs counts: the clock moves between the door and the body's
    end."""
    call, arrived = house.talking(), house.clock.now

    async def slowly():
        house.clock.now += 3.0
        yield b'{"to": "110"}'

    async with visit(house, PRESSER) as client:
        headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
        answer = await client.post(f"/api/v1/calls/{call}/transfers", content=slowly(), headers=headers)
    assert answer.status_code == 202
    assert house.switchboard.call(call).transfer.at == arrived
    assert house.records.get(call).marks["press_to_invite_ms"] == pytest.approx(3000)


async def test_double_press_at_the_same_instant(house, visit: Visit) -> None:
    call = house.talking()
    async with visit(house, PRESSER) as client:
        answers = await asyncio.gather(*(press(client, call, "same") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["transfer"]["id"] for answer in answers}) == 1
    assert len(house.world.dialled()) == 2


async def test_a_second_press_with_another_key_changes_nothing(house, visit: Visit) -> None:
    call = house.talking()
    async with visit(house, PRESSER) as client:
        answers = await asyncio.gather(*(press(client, call, f"key-{n}") for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [202]
    assert len({answer.json()["transfer"]["id"] for answer in answers}) == 1
    assert len(house.world.dialled()) == 2


async def test_an_old_key_is_never_a_new_press(house, visit: Visit) -> None:
    """The desk was busy; the client's network repeats the first request: nobody is dialled again."""
    call = house.talking()
    async with visit(house, PRESSER) as client:
        first = await press(client, call)
        house.far(call, "refuses")
        again = await press(client, call)
        assert again.json() == first.json()
        assert len(house.world.dialled()) == 2
        fresh = await press(client, call, "k2")
        assert fresh.status_code == 202
        assert fresh.json()["transfer"]["id"] != first.json()["transfer"]["id"]
    assert len(house.world.dialled()) == 3


async def test_a_key_stands_for_one_request_and_one_caller(house, visit: Visit) -> None:
    call = house.talking()
    async with visit(house, PRESSER) as client, visit(house, "admin-token") as other:
        assert (await press(client, call)).status_code == 202
        for answer in (await press(client, call, to="12345"), await press(client, "another-call")):
            assert answer.status_code == 422
            assert answer.json()["id"] == "idempotency-key-reused"
        assert (await press(client, call, '"k1"')).status_code == 202, "quoted is the same key"
        assert (await press(other, call)).status_code == 200, "somebody else's key of that name"


async def test_a_restart_remembers(house, visit: Visit) -> None:
    call = house.talking()
    app = house.app()
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {PRESSER}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://b", headers=headers) as client,
    ):
        first = await press(client, call)
    house.hangs_up(call)
    async with visit(house, PRESSER) as client:  # another app over the same store
        again = await press(client, call)
        assert (again.status_code, again.json()) == (202, first.json())
        assert (await press(client, call, "other")).status_code == 404


async def test_a_database_that_is_out_costs_no_press(house, visit: Visit) -> None:
    call = house.talking()
    house.store.broken = True
    async with visit(house, PRESSER) as client:
        assert (await press(client, call)).status_code == 202
    assert len(house.world.dialled()) == 2


async def test_a_refusal_is_an_answer_and_a_fault_of_ours_is_not(
    house, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = house.rings()
    async with visit(house, PRESSER) as client:
        early = await press(client, call, "early")
        assert (early.status_code, early.json()["id"]) == (409, "wrong-moment")
        monkeypatch.setattr(
            house.switchboard, "press_call", lambda *_: (_ for _ in ()).throw(Overload("full"))
        )
        assert (await press(client, call, "later")).status_code == 503
        monkeypatch.setattr(house.switchboard, "press_call", lambda *_: 1 / 0)
        assert (await press(client, call, "later")).status_code == 500
        monkeypatch.undo()
        house.switchboard.on(house.answered(call))
        assert (await press(client, call, "early")).json() == early.json()
        assert (await press(client, call, "later")).status_code == 202


async def test_a_call_in_its_last_announcement_is_not_transferred(
    house, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switchboard gives back an old, ended transfer where it could make none: that is no success."""
    call = house.talking()
    async with visit(house, PRESSER) as client:
        await press(client, call)
        house.far(call, "refuses")
        ended = house.switchboard.call(call).transfer
        monkeypatch.setattr(house.switchboard, "press_call", lambda *_: ended)
        answer = await press(client, call, "k2")
    assert (answer.status_code, answer.json()["id"]) == (409, "wrong-moment")


async def test_cancel(house, visit: Visit) -> None:
    call = house.talking()
    path = f"/api/v1/calls/{call}/transfers/current"
    async with visit(house, PRESSER) as client:
        assert (await client.delete(path)).status_code == 409
        await press(client, call)
        answer = await client.delete(path)
        assert answer.status_code == 200
        assert answer.json()["transfer"]["state"] == "cancelled"
        assert (await client.delete(path)).status_code == 409
        assert (await client.delete("/api/v1/calls/none/transfers/current")).status_code == 404
    assert house.switchboard.call(call).attendant is not None


@pytest.mark.parametrize("header", [None, "", "   ", '""', "x" * 129, "schlüssel", "a\tb"])
def test_no_usable_key(header: str | None) -> None:
    with pytest.raises(NoKey):
        slot("caller", header, "/", {})


async def test_the_key_of_a_request_at_work_is_taken(house) -> None:
    ledger = Ledger(house.store)
    first, other = slot("c", "k", "/", {"to": "110"}), slot("c", "k", "/", {"to": "119"})
    assert ledger.begin(first) is None
    with pytest.raises(KeyBusy):
        ledger.begin(first)
    with pytest.raises(KeyReused):
        ledger.begin(other)
    ledger.give_up(first)
    assert ledger.begin(other) is None
    ledger.finish(other, 202, {"a": 1})
    assert ledger.begin(other).status == 202
    await ledger.stop()
    assert house.store.find("k", "c").response == '{"a":1}'
