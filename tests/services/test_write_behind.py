"""Writes behind the work: in order, again until they succeed, bounded, and finished at the end."""

from __future__ import annotations

import asyncio

import pytest

from bridge.services import write_behind
from bridge.services.write_behind import WriteBehind


class Store:
    """Fails as often as it is told, then writes."""

    def __init__(self, failures: int = 0) -> None:
        self.failures, self.written = failures, list[int]()
        self.gate = asyncio.Event()
        self.gate.set()

    async def write(self, number: int) -> None:
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        self.written.append(number)


async def _through(store: Store, count: int) -> list[int]:
    writer = WriteBehind("test")
    await writer.start()
    for number in range(count):
        writer.put(lambda number=number: store.write(number))  # type: ignore[misc]
    await writer.stop()
    await writer.stop()  # twice is harmless
    return store.written


def test_in_order_and_finished_at_the_end() -> None:
    async def run() -> list[int]:
        return await _through(Store(), 5)

    assert asyncio.run(run()) == [0, 1, 2, 3, 4]


def test_what_fails_is_tried_again_before_what_came_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "PAUSES", (0.0,))

    async def run() -> list[int]:
        return await _through(Store(failures=3), 3)

    assert asyncio.run(run()) == [0, 1, 2]


def test_when_too_much_waits_the_newest_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "MOST", 2)

    async def run() -> list[int]:
        store = Store()
        writer = WriteBehind("test")
        for number in range(4):
            writer.put(lambda number=number: store.write(number))  # type: ignore[misc]
        await writer.start()
        await writer.stop()
        return store.written

    assert asyncio.run(run()) == [0, 1]


def test_the_end_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "LAST_SECONDS", 0.01)

    async def run() -> list[int]:
        store = Store()
        store.gate.clear()
        return await _through(store, 1)

    assert asyncio.run(run()) == []
