"""What a key shows before it is pressed: line, queue, papers; and that pages hear of it when it changes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.routing.numbers import parse
from bridge.routing.plan import Route, RouteTarget
from bridge.routing.standing import GOOD, Standing
from bridge.services import key_board
from bridge.services.feed import LiveFeed
from bridge.services.key_board import KeyBoard

DEAD = Standing(up=False)
FULL = Standing(channels=2, reserved=1, used=1)


class Clock:
    def wall(self) -> datetime:
        return datetime(2026, 3, 2, 1, 15, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


def route(number: str, *targets: RouteTarget, sources: tuple[str, ...] = ("agents",), **more: Any) -> Route:
    return Route(number, parse(number), frozenset(sources), number, targets, key=True, **more)


def trunk(name: str) -> RouteTarget:
    return RouteTarget("trunk", None, name, 30, 4)


class Desk:
    """A key board and what it is told."""

    def __init__(self) -> None:
        self.feed = LiveFeed()
        self.trunks: dict[str, Standing] = {}
        self.queue = {"name": "hotline", "waiting": 0, "longest_wait": 0.0, "agents": {"ready": 2, "busy": 1}}
        self.partner = {"platform": "110", "state": "up", "waiting": 0, "last_error": None}
        keys = [{"number": number, "name": number, "platform": number} for number in ("110", "12345", "119")]
        routes = (
            route("110", trunk("police"), trunk("spare"), emergency=True),
            route("12345", RouteTarget("queue", "hotline", None, 30, 4), sources=("police",)),
        )
        self.board = KeyBoard(
            keys, routes, standing=lambda name: self.trunks.get(name, GOOD), clock=Clock(), feed=self.feed,
            queues=lambda: {"queues": [self.queue]}, partners=lambda: [self.partner],
            doors={"110": "110", "110-county": "110", "12345": "12345"}, status=lambda: {"calls": 3},
        )  # fmt: skip


def test_line_queue_and_papers_are_known_before_the_press() -> None:
    desk = Desk()
    desk.trunks = {"police": DEAD, "spare": FULL}
    police, hotline, fire = desk.board.view()
    assert (police["state"], police["for_agents"], police["queue"]) == ("up", True, None)
    assert police["trunks"] == [
        {"name": "police", "up": False, "room": True}, {"name": "spare", "up": True, "room": True},
    ]  # fmt: skip
    assert police["partner"] == {"platform": "110", "state": "up", "waiting": 0}
    assert (hotline["for_agents"], hotline["trunks"], hotline["partner"]) == (False, [], None)
    assert hotline["queue"] == {"name": "hotline", "waiting": 0, "longest_wait": 0, "ready": 2}
    assert (fire["state"], fire["trunks"], fire["queue"], fire["for_agents"]) == ("closed", [], None, False)
    desk.trunks = {"police": DEAD, "spare": DEAD}
    assert desk.board.view()[0]["state"] == "down"


async def test_pages_hear_of_a_key_when_it_looks_different_and_only_then() -> None:
    desk = Desk()
    with desk.feed.listen() as inbox:
        desk.board.look()
        assert (await inbox.next())["status"] == {"calls": 3}
        desk.queue = {**desk.queue, "longest_wait": 9.0}
        desk.board.look()
        desk.queue = {**desk.queue, "longest_wait": 19.0, "waiting": 4}
        desk.board.look()
        shown = (await inbox.next())["keys"][1]["queue"]
        assert (shown["waiting"], shown["longest_wait"]) == (4, 10), "not told at 9 seconds"
        desk.partner = {**desk.partner, "state": "down", "waiting": 7}
        desk.board.look()
        assert (await inbox.next())["keys"][0]["partner"] == {
            "platform": "110",
            "state": "down",
            "waiting": 7,
        }


async def test_it_looks_by_itself_and_outlives_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_board, "EVERY_SECONDS", 0)
    desk = Desk()
    good, desk.board._partners = desk.board._partners, lambda: 1 / 0  # type: ignore[assignment,return-value]
    with desk.feed.listen() as inbox:
        await desk.board.start()
        await asyncio.sleep(0)
        desk.board._partners = good
        assert (await asyncio.wait_for(inbox.next(), 5))["type"] == "keys"
        await desk.board.stop()
        await desk.board.stop()
