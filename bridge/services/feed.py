"""The live feed: one event, every listener. Bounded: a listener that cannot keep up loses its oldest events
and is told how many, so no page can hold up a call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

QUEUE: Final = 1000
"""Events a listener may be behind: at a busy centre's 100 events a second, ten seconds."""


class LiveFeed:
    """Publishers call `publish`; listeners `with feed.listen() as inbox` and `await inbox.next()`."""

    def __init__(self) -> None:
        self._inboxes: set[Inbox] = set()

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._inboxes)

    def publish(self, event: dict[str, Any]) -> None:
        """To every listener; never waits."""
        for inbox in self._inboxes:
            inbox.put(event)

    @contextmanager
    def listen(self) -> Iterator[Inbox]:
        """An inbox as long as the block lasts."""
        inbox = Inbox()
        self._inboxes.add(inbox)
        try:
            yield inbox
        finally:
            self._inboxes.discard(inbox)


class Inbox:
    """One listener's events, oldest first."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE)
        self._lost = 0

    def put(self, event: dict[str, Any]) -> None:
        """Add an event; the oldest goes when there is no room."""
        if self._queue.full():
            self._queue.get_nowait()
            self._lost += 1
        self._queue.put_nowait(event)

    async def next(self) -> dict[str, Any]:
        """The next event; after a loss first one that says how many are missing."""
        if self._lost:
            lost, self._lost = self._lost, 0
            return {"type": "lost", "count": lost}
        return await self._queue.get()
