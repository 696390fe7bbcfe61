"""The agent's hand on their own call over HTTP: hold, take back, hang up, keys; nobody else's leg."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.calls.events import Answers, Hushes
from bridge.media.plan import CallPlan, LegPlan
from bridge.routing.plan import Origin
from tests.api.access_house import PASSWORD, Users, users
from tests.api.conftest import ADMIN, AUDIO, PRESSER, House

Visit = Callable[..., httpx.AsyncClient]
AT_HOME = {"host": "localhost", "address": "127.0.0.1"}


def legs(house: House, call: str) -> dict[str, LegPlan]:
    """The newest media plan of the call."""
    plans = [given[0] for name, given in house.world.asked if name == "apply"]
    plan: CallPlan = [each for each in plans if each.call == call][-1]
    return {leg.leg: leg for leg in plan.legs}


def played(house: House, call: str, leg: str) -> str:
    play = legs(house, call)[leg].play
    return play.sound if play else ""


@pytest.fixture
async def agents(house: House, tmp_path: Path) -> AsyncIterator[Users]:
    """8001 is 话务员 yihao's, 8002 erhao's; meifenji has no telephone."""
    house.home_of = lambda origin: "12345" if origin.kind == "agent" else None
    async with users(house, f"sqlite+aiosqlite:///{tmp_path}/b.db") as made:
        await made.add("yihao", role="agent", extension="8001")
        await made.add("erhao", role="agent", extension="8002")
        await made.add("meifenji", role="agent")
        yield made


@pytest.fixture
async def hand(house: House, agents: Users, visit: Visit) -> AsyncIterator[Callable[..., Any]]:
    """What somebody's page asks; each logs in once."""
    async with AsyncExitStack() as stack:
        clients: dict[str, httpx.AsyncClient] = {}

        async def do(login: str, call: str, what: str, key: str = "", **body: Any) -> httpx.Response:
            if login not in clients:
                client = clients[login] = await stack.enter_async_context(visit(house, **AT_HOME))
                client.headers["Origin"] = "http://localhost"
                told = {"login": login, "password": PASSWORD}
                assert (await client.post("/api/v1/session", json=told)).status_code == 200
            headers = {"Idempotency-Key": key} if key else {}
            path = f"/api/v1/calls/{call}/{what}"
            return await clients[login].post(path, json=body or None, headers=headers)

        yield do


async def test_hold_and_resume(house: House, hand: Any) -> None:
    call = house.talking()
    for _ in range(2):
        answer = await hand("yihao", call, "hold")
        assert (answer.status_code, answer.json()) == (200, {"call": call, "held": True})
    agent = house.switchboard.call(call).attendant
    assert agent is not None
    assert agent.held
    assert played(house, call, "in") == "hold"
    assert legs(house, call)[agent.leg].hears == ()
    for _ in range(2):
        answer = await hand("yihao", call, "resume")
        assert (answer.status_code, answer.json()["held"]) == (200, False)
    assert legs(house, call)["in"].hears == (agent.leg,)


async def test_only_the_own_leg(house: House, hand: Any, visit: Visit) -> None:
    call = house.talking()
    for login in ("erhao", "meifenji"):
        for what, body in (("hold", {}), ("resume", {}), ("hangup", {}), ("digits", {"digits": "1"})):
            answer = await hand(login, call, what, key=f"{login}{what}", **body)
            assert (answer.status_code, answer.json()["id"]) == (409, "not-in-call"), (login, what)
    async with visit(house, PRESSER) as program:
        answer = await program.post(f"/api/v1/calls/{call}/hold")
        assert (answer.status_code, answer.json()["id"]) == (409, "not-in-call")
    async with visit(house, ADMIN) as admin:
        assert (await admin.post(f"/api/v1/calls/{call}/hold")).status_code == 200
        assert (await admin.post("/api/v1/calls/never/hold")).status_code == 404
    assert house.switchboard.call(call).attendant is not None


async def test_hanging_up_ends_the_call_and_once_is_enough(house: House, hand: Any) -> None:
    call = house.talking()
    leg = house.switchboard.call(call).attendant.leg  # type: ignore[union-attr]
    first = await hand("yihao", call, "hangup", key="one")
    assert first.status_code == 200
    again = await hand("yihao", call, "hangup", key="one")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    late = await hand("yihao", call, "hangup")
    assert (late.status_code, late.json()["id"]) == (404, "no-such-call")
    assert house.switchboard.calls() == []
    ends = [given[0] for name, given in house.world.asked if name == "hang_up"]
    assert sorted(ends) == sorted(["in", leg])


async def test_hanging_up_in_a_transfer_leaves_the_caller_to_the_desk(house: House, hand: Any) -> None:
    call = house.talking()
    house.switchboard.press_call(call, "110", house.clock.now)
    house.far(call, "rings")
    assert (await hand("yihao", call, "hangup")).status_code == 200
    left = house.switchboard.call(call)
    assert (left.phase.value, left.transfer.state.value) == ("alone", "left-ringing")  # type: ignore[union-attr]
    assert played(house, call, "in") == "ringback"
    gone = await hand("yihao", call, "hold")
    assert (gone.status_code, gone.json()["id"]) == (409, "not-in-call")
    house.far(call, "answers")
    assert house.switchboard.call(call).transfer.state.value == "connected"  # type: ignore[union-attr]


async def test_a_telephone_that_rings_is_declined(house: House, hand: Any) -> None:
    call = house.rings()
    leg = house.switchboard.call(call).ringing
    held = await hand("yihao", call, "hold")
    assert (held.status_code, held.json()["id"]) == (409, "wrong-moment")
    assert (await hand("yihao", call, "hangup")).status_code == 200
    assert ("hang_up", (leg, "hung up on the page")) in house.world.asked
    assert ("refuse", ("in", 486, "declined on the page")) in house.world.asked, (
        "nobody else is on this route"
    )


async def test_keys(house: House, hand: Any) -> None:
    call = house.talking()
    missing = await hand("yihao", call, "digits", digits="12")
    assert (missing.status_code, missing.json()["id"]) == (400, "no-idempotency-key")
    for _ in range(2):
        assert (await hand("yihao", call, "digits", key="k", digits="12")).status_code == 200
    plans = [given[0] for name, given in house.world.asked if name == "apply"]
    digits = [leg.digit for plan in plans for leg in plan.legs if leg.leg == "in" and leg.digit]
    assert [(each.digit, each.id) for each in digits] == [("1", 1), ("2", 2)], "a retry presses nothing"
    other = await hand("yihao", call, "digits", key="k", digits="3")
    assert (other.status_code, other.json()["id"]) == (422, "idempotency-key-reused")
    for wrong in ("", "x", "1" * 33):
        assert (await hand("yihao", call, "digits", key="w", digits=wrong)).status_code == 400
    await hand("yihao", call, "hold")
    held = await hand("yihao", call, "digits", key="h", digits="1")
    assert (held.status_code, held.json()["id"]) == (409, "wrong-moment"), "nobody hears them"
    await hand("yihao", call, "resume")
    house.switchboard.tell(call, Hushes())
    hushed = await hand("yihao", call, "digits", key="q", digits="1")
    assert (hushed.status_code, "静默" in hushed.json()["detail"]) == (409, True)


async def test_an_agent_who_dialled_out_holds_too(house: House, hand: Any) -> None:
    from bridge.calls.events import Offered  # noqa: PLC0415

    own = Origin("agent", "8001")
    house.switchboard.offered(Offered("out", "110", "8001", "", own, AUDIO, house.clock.now))
    call = house.switchboard.calls()[-1].id
    house.switchboard.on(Answers(house.switchboard.call(call).ringing, AUDIO))
    assert (await hand("yihao", call, "hold")).status_code == 200
    far = house.switchboard.call(call).attendant
    assert far is not None
    assert (played(house, call, far.leg), played(house, call, "out")) == ("hold", "comfort")
