"""Queues, agents' states and call-backs over HTTP: who may, what is asked, what is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bridge.queues.abandoned import Abandoned, Task
from bridge.services.callback_desk import CallbackDesk
from bridge.services.queue_desk import QueueDesk

Visit = Callable[..., httpx.AsyncClient]
READER, PRESSER = "reader-token", "presser-token"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TASK = Task("t1", "13906350001", "open", "12345", "来话", "queue", NOW, NOW)


class Store:
    """One task, changed as it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def tasks(self, state: str, most: int, platform: str = "") -> tuple[Task, ...]:
        self.asked.append((state, most))
        return (TASK,)

    async def gone(self, most: int, platform: str = "") -> tuple[Abandoned, ...]:
        return (Abandoned("a", "c", TASK.number, "12345", "来话", "hotline", "queue", 31.5, NOW),)

    async def change(self, task_id: str, what: str, by: str, note: str) -> Task | None:
        self.asked.append((what, by, note))
        return replace(TASK, by=by, note=note) if task_id == TASK.id else None


class Meter:
    """Nobody reads it."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def queued(house: Any, queue_of: Callable[[Any], QueueDesk], store: Store) -> Any:
    """The house with a queue of two, of whom one telephone is away."""
    queue_of(house)
    house.callbacks = CallbackDesk(
        store=store, clock=house.clock, meter=Meter(), feed=house.feed, ours=(), new_id=lambda: "x",
    )  # fmt: skip
    return house


async def test_how_the_queues_stand(queued: Any, visit: Visit) -> None:
    async with visit(queued, READER) as client:
        shown = (await client.get("/api/v1/queues")).json()
    (hotline,) = shown["queues"]
    assert (hotline["waiting"], hotline["agents"]["ready"], hotline["agents"]["away"]) == (0, 1, 1)
    assert hotline["today"]["answer_rate"] is None
    assert shown["agents"][0] == {
        "number": "8001", "name": "一号", "state": "ready", "paused": "", "queues": ["hotline"],
    }  # fmt: skip
    assert shown["all"]["hour"]["offered"] == 0


async def test_a_house_without_queues_has_none(house: Any, visit: Visit) -> None:
    async with visit(house, PRESSER) as client:
        assert (await client.get("/api/v1/queues")).json() == {"queues": [], "agents": []}
        answer = await client.put("/api/v1/agents/8001/state", json={"state": "ready"})
        assert (answer.status_code, answer.json()["id"]) == (404, "no-such-agent")
        assert (await client.get("/api/v1/callbacks")).status_code == 404


async def test_a_supervisor_pauses_and_readies_an_agent(queued: Any, visit: Visit) -> None:
    async with visit(queued, PRESSER) as client:
        for state, paused in (("paused", "supervisor"), ("ready", "")):
            answer = (await client.put("/api/v1/agents/8001/state", json={"state": state})).json()
            assert (answer["state"], answer["paused"]) == (state, paused)


@pytest.mark.parametrize(
    ("token", "number", "body", "status"),
    [
        (READER, "8001", {"state": "paused"}, 403),
        (PRESSER, "8009", {"state": "paused"}, 404),
        (PRESSER, "8001", {"state": "busy"}, 400),
        (PRESSER, "8001", {"state": "paused", "why": "tea"}, 400),
        (PRESSER, "x", {"state": "paused"}, 400),
    ],
)
async def test_who_may_not_and_what_is_no_state(
    queued: Any, visit: Visit, token: str, number: str, body: dict[str, str], status: int
) -> None:
    async with visit(queued, token) as client:
        assert (await client.put(f"/api/v1/agents/{number}/state", json=body)).status_code == status
    assert queued.queues.hall.agents["8001"].paused == ""


async def test_who_went_and_who_is_to_be_called_back(queued: Any, store: Store, visit: Visit) -> None:
    async with visit(queued, READER) as client:
        (gone,) = (await client.get("/api/v1/abandoned")).json()["abandoned"]
        (task,) = (await client.get("/api/v1/callbacks?state=open&most=7")).json()["callbacks"]
        assert (await client.get("/api/v1/callbacks?state=lost")).status_code == 400
        assert (await client.post("/api/v1/callbacks/t1/take")).status_code == 403
    assert (gone["stage"], gone["waited"]) == ("queue", 31.5)
    assert (task["id"], task["number"], task["times"]) == ("t1", "139****0001", 1), (
        "this token may not see numbers"
    )
    assert store.asked == [("open", 7)]


async def test_a_task_is_taken_and_its_result_told(queued: Any, store: Store, visit: Visit) -> None:
    async with visit(queued, PRESSER) as client:
        assert (await client.post("/api/v1/callbacks/t1/take")).json()["by"] == "坐席系统"
        await client.post("/api/v1/callbacks/t1/result", json={"reached": False, "note": "没人接"})
        await client.post("/api/v1/callbacks/t1/result", json={"reached": True})
        answer = await client.post("/api/v1/callbacks/t2/take")
        assert (answer.status_code, answer.json()["id"]) == (404, "no-such-task")
    assert store.asked[:3] == [
        ("take", "坐席系统", ""),
        ("tried", "坐席系统", "没人接"),
        ("done", "坐席系统", ""),
    ]
