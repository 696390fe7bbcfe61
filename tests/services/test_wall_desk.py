"""The wall: the house's health in one picture, rates that pass with time, and only what changes is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.services.feed import LiveFeed
from bridge.services.rate_board import RateBoard
from bridge.services.wall_desk import WallDesk
from bridge.services.wall_view import changed, rates, recogniser, sections

GB = 1 << 30
SERVER = {"url": "ws://a", "up": True, "full": False, "streams": 2, "model": "m", "answer_ms": 12.3}
PARTNER = {"platform": "110", "state": "up", "waiting": 1, "parked": 2, "expired": 0, "oldest_seconds": 150}


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC).astimezone().replace(hour=12, minute=0, second=0, microsecond=0)

    def wall(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Hours:
    """What a database remembers."""

    def __init__(self, counts: dict[tuple[int, str], dict[str, float]] | None = None) -> None:
        self.counts = counts or {}

    async def since(self, hour: int) -> dict[tuple[int, str], dict[str, float]]:
        return {key: counts for key, counts in self.counts.items() if key[0] >= hour}


@pytest.mark.parametrize(
    ("enabled", "servers", "state"),
    [
        (False, [], "off"),
        (True, [], "down"),
        (True, [SERVER], "up"),
        (True, [SERVER, {**SERVER, "up": False}], "partly"),
        (True, [{**SERVER, "up": False}], "down"),
        (True, [{**SERVER, "full": True}, {**SERVER, "up": False}], "full"),
    ],
)
def test_recognisers_in_one_word(enabled: bool, servers: list[dict[str, Any]], state: str) -> None:
    shown = recogniser(enabled, servers)
    assert shown["state"] == state
    assert all("answer_ms" not in each for each in shown["servers"])


def test_the_house_in_one_picture() -> None:
    status = {"recording": "up", "recordings": 3, "partners": [PARTNER], "phones": ["8001", "8002", "8003"]}
    made = sections(status, media={"state": "up"}, room=(12 * GB + 5, 100 * GB), least=GB)
    assert made["recording"] == {
        "state": "up", "open": 3, "free_mb": 12200, "total_mb": 102400, "least_mb": 1024,
    }  # fmt: skip
    assert (made["partners"][0]["oldest_minutes"], made["phones"]) == (2, 3)
    assert "oldest_seconds" not in made["partners"][0]
    assert sections({}, media={}, room=None, least=0)["recording"] == {"state": "off", "open": 0}


def test_only_what_is_different_has_changed() -> None:
    before = {"trunks": [1], "phones": 3}
    assert changed({}, before) == before
    assert changed(before, {"trunks": [1], "phones": 4}) == {"phones": 4}
    assert changed(before, dict(before)) == {}


def test_a_queue_knows_its_agents() -> None:
    queue = {"name": "hotline", "hour": {"offered": 1}, "today": {"offered": 2}, "callers": []}
    made = rates({"queues": [queue], "agents": [{"number": "8001", "queues": ["hotline"]}]}, [])
    assert made["queue_rates"] == [
        {"name": "hotline", "agents": ["8001"], "hour": {"offered": 1}, "today": {"offered": 2}}
    ]


async def test_rates_are_of_the_last_hour_and_of_today() -> None:
    clock = Clock()
    board = RateBoard(Hours(), clock)
    for _ in range(3):
        board.count("12345", "answered", 4.0)
    board.count("12345", "abandoned", 30.0)
    (row,) = board.view()
    assert (row["platform"], row["hour"]["answer_rate"], row["hour"]["abandon_rate"]) == ("12345", 0.75, 0.25)
    clock.at += timedelta(minutes=61)
    board.count("12345", "abandoned", 9.0)
    (row,) = board.view()
    assert (row["hour"]["abandon_rate"], row["hour"]["offered"], row["today"]["offered"]) == (1.0, 1, 5)


async def test_today_survives_a_restart() -> None:
    clock = Clock()
    hour = int(clock.at.timestamp() // 3600)
    counts = {"answered": 3.0, "abandoned": 1.0, "overflowed": 0.0, "waited": 12.0}
    board = RateBoard(Hours({(hour - 3, "110"): counts, (hour - 30, "110"): counts}), clock)
    await board.start()
    board.count("110", "answered", 8.0)
    (row,) = board.view()
    assert (row["today"]["offered"], row["today"]["answered"], row["hour"]["offered"]) == (5, 4, 1)
    assert row["today"]["average_wait"] == 5.0


async def test_whoever_listens_hears_what_changes() -> None:
    feed, status = LiveFeed(), {"trunks": [{"name": "carrier", "state": "up"}], "phones": ["8001"]}
    desk = WallDesk(
        status=lambda: status, media=lambda: {"state": "up", "rtpengine": ""}, room=None, least=0,
        queues=None, board=RateBoard(Hours(), Clock()), names={"110": "报警"}, feed=feed,
    )  # fmt: skip
    with feed.listen() as inbox:
        desk.look()
        assert (await inbox.next()).keys() >= {"type", "trunks", "recogniser", "media", "platform_rates"}
        desk.look()
        status["trunks"] = [{"name": "carrier", "state": "down"}]
        desk.look()
        event = await inbox.next()
    event.pop("seq", None)
    assert event == {"type": "wall", "trunks": [{"name": "carrier", "state": "down"}]}


async def test_it_looks_by_itself_while_somebody_listens() -> None:
    feed, asked = LiveFeed(), []

    def room() -> tuple[int, int]:
        asked.append(1)
        return 5 * GB, 10 * GB

    desk = WallDesk(
        status=dict, media=lambda: {"state": "down"}, room=room, least=GB, queues=None,
        board=RateBoard(Hours(), Clock()), names={}, feed=feed,
    )  # fmt: skip
    with feed.listen() as inbox:
        await desk.start()
        event = await inbox.next()
    await desk.stop()
    await desk.stop()
    assert event["recording"]["free_mb"] == 5100
    assert asked == [1]
