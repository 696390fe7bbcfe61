"""The live feed: everybody hears everything in order, who is too slow loses the oldest and is told, and who
comes back gets exactly what it missed or is told that nobody knows."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from bridge.services import feed as module
from bridge.services.feed import Inbox, LiveFeed

LOST = {"type": "lost", "count": 3}


class Clock:
    """Stands until it is moved."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> datetime:
        raise AssertionError("intervals only")


def event(n: int) -> dict[str, int]:
    """The n-th one, told before any other was."""
    return {"n": n, "seq": n + 1}


async def heard(inbox: Inbox) -> list[int]:
    """What an inbox says now."""
    inbox.put({"n": -1, "seq": -1})
    return [each["n"] for each in [await inbox.next() for _ in range(1 + len(inbox.missed or ()))]][:-1]


async def test_every_listener_hears_what_happens_while_it_listens() -> None:
    feed = LiveFeed()
    feed.publish({"n": 0})  # nobody there: no harm, and nobody gets it later
    with feed.listen() as one:
        feed.publish({"n": 1})
        with feed.listen() as two:
            assert feed.heard
            feed.publish({"n": 2})
            assert [await one.next(), await one.next(), await two.next()] == [event(1), event(2), event(2)]
    assert not feed.heard


async def test_who_cannot_keep_up_is_told_how_much_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE", 2)
    feed = LiveFeed()
    with feed.listen() as inbox:
        for n in range(5):
            feed.publish({"n": n})
        assert [await inbox.next() for _ in range(3)] == [LOST, event(3), event(4)]


async def test_a_listener_waits_for_what_comes() -> None:
    feed = LiveFeed()
    with feed.listen() as inbox:
        waiting = asyncio.create_task(inbox.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        feed.publish({"n": 1})
        assert await asyncio.wait_for(waiting, 5) == {"n": 1, "seq": 1}


async def test_who_comes_back_gets_what_it_missed_and_nothing_twice() -> None:
    clock = Clock()
    feed = LiveFeed("e", clock)
    with feed.listen():
        feed.publish({"n": 0})
    clock.now += module.LINGER_S
    assert feed.heard
    feed.publish({"n": 1})
    feed.publish({"n": 2})
    with feed.listen("e", 1) as inbox:
        assert (inbox.at, await heard(inbox)) == (1, [1, 2])
    with feed.listen("e", 3) as inbox:
        assert (inbox.missed, inbox.at) == ((), 3)
        feed.publish({"n": 3})
        assert (await inbox.next(), inbox.at) == ({"n": 3, "seq": 4}, 4)


@pytest.mark.parametrize(
    ("epoch", "since"), [("e", None), ("", 2), ("other", 2), ("e", 4), ("e", -1), ("e", 2**70)]
)
async def test_a_number_that_is_not_ours_is_no_number(epoch: str, since: int | None) -> None:
    feed = LiveFeed("e", Clock())
    with feed.listen() as first:
        for n in range(3):
            feed.publish({"n": n})
        with feed.listen(epoch, since) as inbox:
            assert (inbox.missed, inbox.at) == (None, 3)
        assert await first.next() == {"n": 0, "seq": 1}


async def test_what_is_too_long_ago_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    feed = LiveFeed("e", Clock())
    with feed.listen():
        for n in range(5):
            feed.publish({"n": n})
        with feed.listen("e", 3) as inbox:
            assert await heard(inbox) == [3, 4]
        with feed.listen("e", 2) as inbox:
            assert inbox.missed is None


async def test_nothing_is_resumed_across_a_time_in_which_nobody_was_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some events are not even made when nobody can hear them: the numbers do not show it."""
    clock = Clock()
    feed = LiveFeed("e", clock)
    with feed.listen():
        feed.publish({"n": 0})
    clock.now += module.LINGER_S + 1
    assert not feed.heard
    feed.publish({"n": 1})
    with feed.listen("e", 1) as inbox:
        assert inbox.missed is None
    feed.publish({"n": 2})
    with feed.listen("e", 2) as inbox:
        assert await heard(inbox) == [2]
    with feed.listen("e", 1) as inbox:
        assert inbox.missed is None


async def test_missed_events_can_be_forgotten() -> None:
    feed = LiveFeed("e", Clock())
    with feed.listen():
        feed.publish({"n": 0})
        with feed.listen("e", 0) as inbox:
            inbox.forget()
            feed.publish({"n": 1})
            assert (await inbox.next(), inbox.missed) == ({"n": 1, "seq": 2}, None)
