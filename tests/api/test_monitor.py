"""Supervisors in calls over HTTP: by right, for the own platform, on record before the telephone rings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.access.audit import Deed
from bridge.calls.events import Answers, Leaves, LegEvent, Refuses, Rings
from bridge.errors import NotAudited
from bridge.routing.plan import Origin, Target
from bridge.services.supervision import House as Rules
from bridge.services.supervision import Supervision
from bridge.services.watches import Watches
from bridge.settings.house import Api
from bridge.sip.sdp import Audio
from tests.api.access_house import PASSWORD, Users, users
from tests.api.conftest import AUDIO, House, _token

Visit = Callable[..., httpx.AsyncClient]
TOKENS = (
    _token("大屏", "wall", "read"),
    _token("班长台", "watcher", "monitor", "read"),
    _token("110 班长台", "of-110", "monitor", "read").model_copy(update={"platform": "110"}),
    _token("管理员", "root", "admin"),
)
PLATFORM = {"8001": "12345", "9001": "12345", "9002": "12345", "9003": "12345", "9110": "110"}


class Book:
    """The record of deeds; broken: nothing can be written."""

    def __init__(self) -> None:
        self.deeds: list[Deed] = []
        self.broken = False

    def note(self, deed: Deed) -> None:
        self.deeds.append(deed)

    async def keep(self, deed: Deed) -> None:
        if self.broken:
            raise NotAudited("no")
        self.deeds.append(deed)

    def told(self) -> list[tuple[str, str, str]]:
        return [(deed.who, deed.what, deed.detail) for deed in self.deeds]


class Figures:
    """What the meter was told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Callable[[str], None]:
        return lambda what: self.said.append((name, what))


class Scene:
    """A call in progress, and the desk of supervision over it."""

    def __init__(self, *, visible: bool = True, audit: Any = None) -> None:
        self.house = House(Api(tokens=TOKENS))
        self.house.home_of = lambda origin: PLATFORM.get(origin.name)
        self.book, self.figures = audit or Book(), Figures()
        self.away: set[str] = set()
        house = self.house
        watches = Watches(self.book, house.clock, house.feed, self.figures)  # type: ignore[arg-type]
        house.switchboard.witnesses.join(watches)
        rules = Rules(_phone, lambda number: number not in self.away, house.home_of, 2)
        self.desk = Supervision(house.switchboard, rules, watches, patience=5.0)
        parts = house.parts
        house.parts = lambda: _with(parts(), self.desk, visible)  # type: ignore[method-assign]
        self.call = house.talking()

    def dialled(self) -> list[tuple[str, str]]:
        """Leg and number of every telephone that was rung, the agent's first."""
        asked = [given for name, given in self.house.world.asked if name == "dial"]
        return [(leg, order.target.number) for leg, order in asked]

    async def phone(self, event: Callable[[str], LegEvent], number: int = 1) -> None:
        """The supervisor's telephone, as soon as it is rung."""
        leg = f"{self.call}.s{number}"
        for _ in range(2000):
            if leg in [leg for leg, _ in self.dialled()]:
                break
            await asyncio.sleep(0.005)
        self.house.switchboard.on(event(leg))


def _with(parts: Any, desk: Supervision, visible: bool) -> Any:
    from dataclasses import replace  # noqa: PLC0415

    return replace(parts, supervision=desk, listeners_visible=visible)


def _phone(extension: str) -> Target | None:
    return Target("agent", extension, None, 30, 4) if extension in PLATFORM else None


@pytest.fixture
def scene() -> Scene:
    return Scene()


def rings(leg: str) -> LegEvent:
    return Rings(leg)


def answers(leg: str) -> LegEvent:
    return Answers(leg, Audio(("127.0.0.9", 4100), "PCMA", 8, 101, "sendrecv"))


async def begin(
    client: httpx.AsyncClient, scene: Scene, mode: str = "listen", phone: Any = answers, number: int = 1,
    extension: str = "9001",
) -> httpx.Response:  # fmt: skip
    asked = {"mode": mode, "extension": extension}
    answer, _ = await asyncio.gather(
        client.post(f"/api/v1/calls/{scene.call}/monitor", json=asked), scene.phone(phone, number)
    )
    return answer


async def test_listening_turning_and_leaving_are_on_record_with_how_long(scene: Scene, visit: Visit) -> None:
    async with visit(scene.house, "watcher") as client:
        answer = await begin(client, scene, phone=rings)
        leg = f"{scene.call}.s1"
        assert answer.status_code == 202
        assert answer.json() == {
            "call": scene.call, "leg": leg, "extension": "9001", "mode": "listen", "state": "ringing"
        }  # fmt: skip
        assert scene.dialled()[-1] == (leg, "9001")
        scene.house.switchboard.on(answers(leg))
        scene.house.clock.now += 35
        turned = await client.put(f"/api/v1/calls/{scene.call}/monitor/{leg}", json={"mode": "barge"})
        assert (turned.status_code, turned.json()["mode"], turned.json()["state"]) == (
            200,
            "barge",
            "talking",
        )
        view = (await client.get(f"/api/v1/calls/{scene.call}")).json()["call"]
        party = view["parties"][-1]
        assert (party["role"], party["mode"], party["speaker"], party["number"]) == (
            "supervisor", "barge", "supervisor", "9001"
        )  # fmt: skip
        left = await client.delete(f"/api/v1/calls/{scene.call}/monitor/{leg}")
        assert (left.status_code, left.content) == (204, b"")
        again = await client.delete(f"/api/v1/calls/{scene.call}/monitor/{leg}")
        assert (again.status_code, again.json()["id"]) == (404, "no-such-supervisor")
    assert scene.book.told() == [
        ("班长台", "monitor.asked", "listen 9001"),
        ("班长台", "monitor.began", f"listen {leg}"),
        ("班长台", "monitor.turned", f"barge {leg}"),
        ("班长台", "monitor.ended", f"barge {leg} withdrawn 35s"),
    ]
    assert {deed.target for deed in scene.book.deeds} == {scene.call}
    assert ("hang_up", (leg, "withdrawn")) in scene.house.world.asked
    assert scene.figures.said == [
        ("began", "listen"), ("ended", "listen"), ("began", "barge"), ("ended", "barge")
    ]  # fmt: skip
    assert scene.house.switchboard.call(scene.call).attendant is not None, "the call goes on"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (lambda leg: Refuses(leg, 486, "Busy Here"), "正忙"),
        (lambda leg: Refuses(leg, 603, "Decline"), "拒绝了"),
        (lambda leg: Refuses(leg, 480, "no"), "没有人接"),
        (lambda leg: Refuses(leg, 503, "no"), "没有应答"),
        (lambda leg: Leaves(leg, "lost"), "挂断了"),
    ],
)
async def test_a_telephone_that_does_not_take_it_is_a_clear_problem(
    scene: Scene, visit: Visit, event: Callable[[str], LegEvent], said: str
) -> None:
    before = scene.house.switchboard.call(scene.call)
    async with visit(scene.house, "watcher") as client:
        answer = await begin(client, scene, "barge", event)
    assert (answer.status_code, answer.json()["id"]) == (409, "supervisor-unreachable")
    assert said in answer.json()["detail"]
    after = scene.house.switchboard.call(scene.call)
    assert (after.parties, after.phase, after.supervisors) == (before.parties, before.phase, ())
    assert scene.book.told()[-1][1] == "monitor.ended"
    assert scene.figures.said[0][0] == "missed"


async def test_no_telephone_rings_before_it_is_on_record(scene: Scene, visit: Visit) -> None:
    scene.book.broken = True
    async with visit(scene.house, "watcher") as client:
        asked = {"mode": "listen", "extension": "9001"}
        answer = await client.post(f"/api/v1/calls/{scene.call}/monitor", json=asked)
        assert (answer.status_code, answer.json()["id"]) == (503, "not-audited")
        assert [number for _, number in scene.dialled()] == ["8001"]
        scene.book.broken = False
        await begin(client, scene)
        scene.book.broken = True
        leg = f"{scene.call}.s1"
        turned = await client.put(f"/api/v1/calls/{scene.call}/monitor/{leg}", json={"mode": "barge"})
        assert turned.status_code == 503
    assert scene.house.switchboard.call(scene.call).supervisors[0].mode == "listen"


async def test_who_may_not(scene: Scene, visit: Visit) -> None:
    path, asked = f"/api/v1/calls/{scene.call}/monitor", {"mode": "listen", "extension": "9001"}
    async with visit(scene.house, "wall") as client:
        assert (await client.post(path, json=asked)).json()["id"] == "not-allowed"
    async with visit(scene.house, "of-110") as client:
        stranger = await client.post(path, json={"mode": "listen", "extension": "9110"})
        assert (stranger.status_code, stranger.json()["id"]) == (404, "no-such-call"), (
            "not even that it exists"
        )
    async with visit(scene.house, "watcher") as client:
        for body, status, problem in (
            ({"mode": "listen"}, 409, "no-extension"),
            ({"mode": "listen", "extension": "7777"}, 404, "no-such-agent"),
            ({"mode": "listen", "extension": "8001"}, 409, "already-supervised"),
            ({"mode": "shout", "extension": "9001"}, 400, "bad-request"),
            ({"mode": "listen", "extension": "x" * 9}, 400, "bad-request"),
            ({"mode": "listen", "extension": "9001", "more": 1}, 400, "bad-request"),
        ):
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["id"]) == (status, problem), body
        scene.away.add("9001")
        away = await client.post(path, json=asked)
        assert (away.status_code, away.json()["id"]) == (409, "supervisor-unreachable")
        assert "没有注册" in away.json()["detail"]
        assert (await client.post("/api/v1/calls/never/monitor", json=asked)).status_code == 404
        scene.away.clear()
        ringing = scene.house.rings(leg="in2")
        early = await client.post(f"/api/v1/calls/{ringing}/monitor", json=asked)
        assert (early.status_code, early.json()["id"]) == (409, "wrong-moment")
        scene.house.hangs_up(scene.call)
        over = await client.post(path, json=asked)
        assert (over.status_code, over.json()["id"]) == (404, "no-such-call")
    assert [number for _, number in scene.dialled()] == ["8001", "8001"]
    assert scene.book.deeds == []


async def test_after_the_transfer_the_other_platform_may_listen_with_its_own_telephones(
    scene: Scene, visit: Visit
) -> None:
    scene.house.switchboard.press_call(scene.call, "110", scene.house.clock.now)
    async with visit(scene.house, "of-110") as client:
        path = f"/api/v1/calls/{scene.call}/monitor"
        foreign = await client.post(path, json={"mode": "listen", "extension": "9001"})
        assert (foreign.status_code, foreign.json()["id"]) == (404, "no-such-agent")
        answer = await begin(client, scene, "whisper", answers, extension="9110")
        assert answer.status_code == 202
    assert scene.house.switchboard.call(scene.call).supervisors[0].platform == "110"


async def test_one_leg_a_supervisor_and_so_many_a_call(scene: Scene, visit: Visit) -> None:
    async with visit(scene.house, "watcher") as client, visit(scene.house, "root") as root:
        await begin(client, scene)
        path = f"/api/v1/calls/{scene.call}/monitor"
        twice = await client.post(path, json={"mode": "barge", "extension": "9001"})
        assert (twice.status_code, twice.json()["id"]) == (409, "already-supervised")
        assert scene.call in twice.json()["detail"]
        second = await begin(root, scene, number=2, extension="9002")
        assert second.status_code == 202
        third = await client.post(path, json={"mode": "listen", "extension": "9003"})
        assert (third.status_code, "已有 2 位" in third.json()["detail"]) == (409, True)
        foreign = await client.put(f"{path}/{scene.call}.s2", json={"mode": "barge"})
        assert (foreign.status_code, foreign.json()["id"]) == (403, "not-allowed")
        assert (await client.delete(f"{path}/{scene.call}.s2")).status_code == 403
        assert (await root.put(f"{path}/{scene.call}.s1", json={"mode": "whisper"})).status_code == 200
        assert (await root.put(f"{path}/{scene.call}.s9", json={"mode": "whisper"})).status_code == 404


async def test_the_only_company_of_a_caller_cannot_step_back(scene: Scene, visit: Visit) -> None:
    async with visit(scene.house, "watcher") as client:
        await begin(client, scene, "barge")
        attendant = scene.house.switchboard.call(scene.call).attendant
        assert attendant is not None
        scene.house.switchboard.on(Leaves(attendant.leg, "bye"))
        path = f"/api/v1/calls/{scene.call}/monitor/{scene.call}.s1"
        answer = await client.put(path, json={"mode": "listen"})
        assert (answer.status_code, answer.json()["id"]) == (409, "wrong-moment")
        assert (await client.delete(path)).status_code == 204
    assert scene.house.switchboard.calls() == []
    assert ("hang_up", ("in", "bye")) in scene.house.world.asked


async def test_the_call_that_ends_takes_its_supervisors_along(scene: Scene, visit: Visit) -> None:
    async with visit(scene.house, "watcher") as client:
        await begin(client, scene, "whisper")
    scene.house.clock.now += 5
    scene.house.hangs_up(scene.call)
    assert scene.book.told()[-1][1:] == ("monitor.ended", f"whisper {scene.call}.s1 over 5s")
    assert ("hang_up", (f"{scene.call}.s1", "call over")) in scene.house.world.asked


async def test_the_house_that_closes_says_until_when(scene: Scene, visit: Visit) -> None:
    async with visit(scene.house, "watcher") as client:
        await begin(client, scene)
    await scene.desk.stop()
    assert scene.book.told()[-1][1:] == ("monitor.ended", f"listen {scene.call}.s1 over 0s")


@pytest.mark.parametrize("visible", [True, False])
async def test_whether_others_see_who_listens_is_a_setting(visit: Visit, visible: bool) -> None:
    scene = Scene(visible=visible)

    async def roles(client: httpx.AsyncClient) -> list[str]:
        view = (await client.get(f"/api/v1/calls/{scene.call}")).json()["call"]
        return [each["role"] for each in view["parties"]]

    with scene.house.feed.listen() as inbox:
        async with visit(scene.house, "watcher") as watcher, visit(scene.house, "wall") as wall:
            await begin(watcher, scene)
            assert ("supervisor" in await roles(wall)) is visible
            listed = (await wall.get("/api/v1/calls")).json()["calls"][0]["parties"]
            assert any(each["role"] == "supervisor" for each in listed) is visible
            assert "supervisor" in await roles(watcher)
            path = f"/api/v1/calls/{scene.call}/monitor/{scene.call}.s1"
            await watcher.put(path, json={"mode": "barge"})
            assert "supervisor" in await roles(wall), "whoever is heard is seen"
        told = [inbox._queue.get_nowait() for _ in range(inbox._queue.qsize())]
    states = [(each["mode"], each["state"]) for each in told if each["type"] == "monitor"]
    assert states[-2:] == [("listen", "talking"), ("barge", "talking")]


# --- users ------------------------------------------------------------------------------------------------


@pytest.fixture
async def staffed(tmp_path: Path) -> AsyncIterator[tuple[Scene, Users]]:
    scene = Scene()
    async with users(scene.house, f"sqlite+aiosqlite:///{tmp_path}/b.db") as made:
        scene.desk.watches._audit = made.audit
        yield scene, made


async def test_a_supervisor_listens_with_their_own_telephone_and_an_agent_not_at_all(
    staffed: tuple[Scene, Users], visit: Visit
) -> None:
    scene, made = staffed
    await made.add("banzhang", extension="9001")
    await made.add("wufenji")
    await made.add("huawu", role="agent", extension="8001")
    path = f"/api/v1/calls/{scene.call}/monitor"

    @asynccontextmanager
    async def logged_in(login: str) -> AsyncIterator[httpx.AsyncClient]:
        async with visit(scene.house, host="localhost", address="127.0.0.1") as client:
            client.headers["Origin"] = "http://localhost"
            answer = await client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client

    async with logged_in("huawu") as agent:
        assert (await agent.post(path, json={"mode": "listen"})).json()["id"] == "not-allowed"
    async with logged_in("wufenji") as other:
        assert (await other.post(path, json={"mode": "listen"})).json()["id"] == "no-extension"
    async with logged_in("banzhang") as own:
        foreign = await own.post(path, json={"mode": "listen", "extension": "9002"})
        assert foreign.json()["id"] == "not-allowed", "another person's telephone"
        answer, _ = await asyncio.gather(own.post(path, json={"mode": "listen"}), scene.phone(answers))
        assert (answer.status_code, answer.json()["extension"]) == (202, "9001")
        scene.house.hangs_up(scene.call)
    deeds = [each for each in await made.deeds(who="banzhang") if each[1].startswith("monitor.")]
    assert [(what, target) for _, what, target, _ in deeds] == [
        ("monitor.asked", scene.call), ("monitor.began", scene.call), ("monitor.ended", scene.call)
    ]  # fmt: skip


def test_agents_of_the_scene_are_whose_they_are() -> None:
    assert Scene().house.home_of(Origin("agent", "9110")) == "110"
    assert AUDIO.direction == "sendrecv"
