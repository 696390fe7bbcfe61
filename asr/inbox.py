"""What one client has sent and nobody has decoded yet: bounded, in order, with the time it came.

Full means that the socket is left unread: TCP slows the sender down, nothing is dropped. (Our bridge keeps
what it cannot send and goes on from its recording; a client that sends a file simply waits.) Dropping here
would tear holes into files and shift every later word. For the event loop's thread only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable
from dataclasses import dataclass
from time import monotonic
from typing import Final

MOST_MESSAGES: Final = 64
"""Of 0.1 s, a bridge's: 6.4 s, by which time the bridge has long taken another server."""
MOST_BYTES: Final = 2**18
"""16 s of a telephone call; a larger message is taken when nothing else waits."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message, text or audio, and when it came (CLOCK_MONOTONIC seconds)."""

    at: float
    message: str | bytes


class Inbox:
    """Filled by the task that reads the socket, emptied by the one that answers."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._size = 0
        self._open = True
        self.taken = 0
        """Messages since the beginning."""
        self.full = False
        """The socket is left unread."""
        self._some = asyncio.Event()
        self._room = asyncio.Event()

    async def fill(self, messages: AsyncIterable[str | bytes]) -> None:
        """Takes the messages as there is room, until they end; what then waits has nobody to be answered
        to."""
        try:
            async for message in messages:
                await self._put(message)
        finally:
            self._open = False
            self._some.set()

    async def take(self) -> list[Waiting]:
        """All that waits, one at least; empty when the client is gone."""
        await self._some.wait()
        taken = list(self._waiting) if self._open else []
        self._waiting.clear()
        self._size = 0
        if self._open:
            self._some.clear()
        self._room.set()
        return taken

    async def _put(self, message: str | bytes) -> None:
        while len(self._waiting) >= MOST_MESSAGES or (
            self._waiting and self._size + len(message) > MOST_BYTES
        ):
            self._room.clear()
            self.full = True
            await self._room.wait()
            self.full = False
        self.taken += 1
        self._waiting.append(Waiting(monotonic(), message))
        self._size += len(message)
        self._some.set()
