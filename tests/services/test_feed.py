"""The live feed: everybody hears everything in order, and who is too slow loses the oldest and is told."""

from __future__ import annotations

import asyncio

import pytest

from bridge.services import feed as module
from bridge.services.feed import LiveFeed


async def test_every_listener_hears_what_happens_while_it_listens() -> None:
    feed = LiveFeed()
    feed.publish({"n": 0})  # nobody there: no harm, and nobody gets it later
    with feed.listen() as one:
        feed.publish({"n": 1})
        with feed.listen() as two:
            assert feed.heard
            feed.publish({"n": 2})
            assert [await one.next(), await one.next(), await two.next()] == [{"n": 1}, {"n": 2}, {"n": 2}]
    assert not feed.heard


async def test_who_cannot_keep_up_is_told_how_much_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE", 2)
    feed = LiveFeed()
    with feed.listen() as inbox:
        for n in range(5):
            feed.publish({"n": n})
        assert [await inbox.next() for _ in range(3)] == [{"type": "lost", "count": 3}, {"n": 3}, {"n": 4}]


async def test_a_listener_waits_for_what_comes() -> None:
    feed = LiveFeed()
    with feed.listen() as inbox:
        waiting = asyncio.create_task(inbox.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        feed.publish({"n": 1})
        assert await asyncio.wait_for(waiting, 5) == {"n": 1}
