"""The prober: what it asks, what counts as an answer, and that it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.adapters import sip_probe
from bridge.adapters.sip_probe import Prober
from bridge.routing.addresses import Place

ONE, TWO = Place("10.0.0.1", 5060), Place("10.0.0.2", 5070, "tcp")


class World:
    """A user agent that notes what it is asked, and a book that notes what was heard."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.heard_: list[tuple[Place, bool]] = []
        self.news = asyncio.Event()

    def run(self, command) -> None:
        command(self, 0.0)

    def options(self, key: str, uri: str, to, now: float) -> list:
        self.asked.append((key, uri, to.transport))
        self.news.set()
        return []

    def places(self, trunk: str) -> tuple[Place, ...]:
        return (ONE, TWO)

    def heard(self, trunk: str, place: Place, *, answered: bool) -> float:
        self.heard_.append((place, answered))
        self.news.set()
        return 0.0 if len(self.heard_) < 4 else 60.0

    def up(self, trunk: str) -> bool:
        return False

    async def until(self, true) -> None:
        async with asyncio.timeout(5):
            while not true():
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    made.prober = Prober(made, made, {"police": 60.0})  # type: ignore[attr-defined]
    yield made
    await made.prober.stop()  # type: ignore[attr-defined]
    await made.prober.stop()  # type: ignore[attr-defined]


async def test_every_address_is_asked_by_its_transport(world) -> None:
    await world.prober.start()
    await world.until(lambda: len(world.asked) == 2)
    assert [(uri, transport) for _, uri, transport in world.asked] == [
        ("sip:10.0.0.1:5060", "udp"),
        ("sip:10.0.0.2:5070;transport=tcp", "tcp"),
    ]


@pytest.mark.parametrize(
    ("status", "lives"), [(200, True), (404, True), (501, True), (503, False), (408, False)]
)
async def test_any_answer_is_a_sign_of_life_but_service_unavailable(world, status: int, lives: bool) -> None:
    await world.prober.start()
    await world.until(lambda: len(world.asked) == 2)
    for key, _, _ in list(world.asked):
        world.prober.answered(key, status)
    await world.until(lambda: len(world.heard_) == 2)
    assert world.heard_ == [(ONE, lives), (TWO, lives)]
    await world.until(lambda: len(world.asked) == 4)  # and again
    world.prober.answered("probe-1", 200)  # late: nobody waits for it


async def test_silence_is_told_in_its_time(world, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_probe, "PATIENCE", 0.01)
    await world.prober.start()
    await world.until(lambda: len(world.heard_) >= 2)
    assert set(world.heard_) == {(ONE, False), (TWO, False)}


async def test_a_trunk_is_asked_now_and_one_that_nobody_probes_is_not_judged_by_it(world) -> None:
    asking = asyncio.ensure_future(world.prober.now("other"))
    await world.until(lambda: len(world.asked) == 2)
    for key, _, _ in list(world.asked):
        world.prober.answered(key, 200 if key.endswith("1") else 503)
    answers = await asking
    assert [(each.place, each.status, each.answered) for each in answers] == [
        (ONE, 200, True), (TWO, 503, False),
    ]  # fmt: skip
    assert world.heard_ == []
    assert world.prober.said("other", ONE).status == 200
    assert world.prober.said("police", ONE) is None


async def test_other_trunks_are_probed_after_a_renewal_and_those_that_stay_are_left_alone(world) -> None:
    await world.prober.start()
    await world.until(lambda: len(world.asked) == 2)
    kept = world.prober._tasks["police"]
    world.prober.renew({"police": 60.0, "fire": 30.0})
    await world.until(lambda: len(world.asked) == 4)
    assert world.prober._tasks["police"] is kept
    world.prober.renew({"fire": 30.0})
    assert set(world.prober._tasks) == {"fire"}
