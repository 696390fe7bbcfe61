"""Who takes no calls is remembered over a restart, and nobody waits for it to be written."""

from __future__ import annotations

import asyncio

from bridge.queues.agents import State, state
from bridge.services.pauses import Pauses
from tests.services.conftest import House
from tests.services.test_queue_desk import Room, room  # noqa: F401  a fixture


class Store:
    """Remembers."""

    def __init__(self, **paused: str) -> None:
        self.now = {name.removeprefix("a"): why for name, why in paused.items()}
        self.told: list[tuple[str, str]] = []

    async def paused(self) -> dict[str, str]:
        return dict(self.now)

    async def keep(self, agent: str, why: str) -> None:
        self.told.append((agent, why))


def test_pauses_come_back_and_changes_are_kept(room: Room, house: House) -> None:  # noqa: F811
    store = Store(a8001="self", a8009="self", a8002="tea")

    async def course() -> None:
        pauses = Pauses(store, room.desk)
        await pauses.start()
        room.turn()
        assert {n: state(a, house.clock.now) for n, a in room.desk.hall.agents.items()} == {
            "8001": State.PAUSED,
            "8002": State.READY,
        }
        room.desk.ready("8001")
        room.desk.pause("8002", "supervisor")
        room.turn()
        await pauses.stop()

    asyncio.run(course())
    assert ("8001", "self") in store.told[:1]
    assert set(store.told[1:]) == {("8001", ""), ("8002", "supervisor")}
