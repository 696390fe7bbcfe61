"""The wall's desk: how the house is and how it answers, told to whoever looks as it changes.

Trunks, partners and recognisers change by themselves, and a rolling hour passes with nobody's doing, so it
looks every two seconds; only while somebody listens, and it sends only the sections that have changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from bridge.services.feed import LiveFeed
from bridge.services.queue_desk import QueueDesk
from bridge.services.rate_board import RateBoard
from bridge.services.wall_view import changed, rates, sections

_LOG = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 2.0
ROOM_EVERY: Final = 5
"""Looks after which the disk is asked again: it may be a slow one."""

Json = dict[str, Any]
Room = Callable[[], tuple[int, int] | None]


class WallDesk:
    """status: the pages' status line; media: {"state", "rtpengine"}; room: octets free and in all where
    recordings go, may take long, None without recordings; least: octets to be left free; names: platform ->
    what it is called."""

    def __init__(
        self,
        *,
        status: Callable[[], Mapping[str, Any]],
        media: Callable[[], Json],
        room: Room | None,
        least: int,
        queues: QueueDesk | None,
        board: RateBoard,
        names: Mapping[str, str],
        feed: LiveFeed,
    ) -> None:
        self._status, self._media, self._room, self._least = status, media, room, least
        self._queues, self._board, self._feed = queues, board, feed
        self.names = dict(names)
        self._free: tuple[int, int] | None = None
        self._told: Json = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="wall")

    async def stop(self) -> None:
        """End. Twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def picture(self) -> Json:
        """All sections as they are now. Returns at once."""
        queues = self._queues.view() if self._queues is not None else {}
        return {
            **sections(self._status(), media=self._media(), room=self._free, least=self._least),
            **rates(queues, self._board.view()),
        }

    def look(self) -> None:
        """Tell what has changed since the last look."""
        now = self.picture()
        news = changed(self._told, now)
        self._told = now
        if news:
            self._feed.publish({"type": "wall", **news})

    async def _run(self) -> None:
        turn = 0
        while True:
            try:
                if turn % ROOM_EVERY == 0:
                    await self._measure()
                if self._feed.heard:
                    self.look()
            except Exception:  # whatever it is, the wall goes on
                _LOG.exception("the wall can't be looked after")
            turn += 1
            await asyncio.sleep(EVERY_SECONDS)

    async def _measure(self) -> None:
        """In a thread: a network disk that hangs must hold nothing up but itself."""
        if self._room is not None and (self._feed.heard or self._free is None):
            self._free = await asyncio.to_thread(self._room)
