"""The live feed: one event, every listener, each with its number. Bounded: a listener that cannot keep up
loses its oldest events and is told how many, so no page can hold up a call.

A listener that comes back says which event it has heard last and gets what it missed. The newest events are
kept for that, and as long as nobody's absence has made us skip any.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from bridge.clock import Clock

QUEUE: Final = 1000
"""Events a listener may be behind: at a busy centre's 100 events a second, ten seconds."""
KEPT: Final = 4000
"""Events kept for those who come back: at the same rate, forty seconds; some ten megabytes."""
LINGER_S: Final = 60.0
"""How long events are made when the last listener has gone: a page that is loaded anew is back sooner."""


class LiveFeed:
    """Publishers call `publish`; listeners `with feed.listen() as inbox` and `await inbox.next()`. epoch:
    names this process's count of events, "": nothing is kept for those who come back. clock: tells how long
    nobody has listened; None: nothing is kept either."""

    def __init__(self, epoch: str = "", clock: Clock | None = None) -> None:
        self._inboxes: set[Inbox] = set()
        self._epoch, self._clock = epoch if clock is not None else "", clock
        self._kept: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._left: float | None = None
        self._seq = 0

    @property
    def heard(self) -> bool:
        """Whether anybody listens, or may come back: without, an event need not be made."""
        if self._inboxes:
            return True
        if self._clock is None or self._left is None:
            return False
        return self._clock.monotonic() - self._left <= LINGER_S

    @property
    def epoch(self) -> str:
        """What a number belongs to; "" where nobody can come back."""
        return self._epoch

    @property
    def seq(self) -> int:
        """The newest event's number."""
        return self._seq

    def publish(self, event: dict[str, Any]) -> None:
        """To every listener; never waits. A copy of it with its number, `seq`, is what they get."""
        heard = self.heard
        self._seq += 1
        numbered = {**event, "seq": self._seq}
        if heard and self._epoch:
            self._kept.append(numbered)
        for inbox in self._inboxes:
            inbox.put(numbered)

    @contextmanager
    def listen(self, epoch: str = "", since: int | None = None) -> Iterator[Inbox]:
        """An inbox as long as the block lasts. epoch, since: what was heard last; the inbox begins with what
        came after it, if that is all still here (`Inbox.missed`)."""
        inbox = Inbox(self._seq, self._missed(epoch, since))
        self._inboxes.add(inbox)
        try:
            yield inbox
        finally:
            self._inboxes.discard(inbox)
            if not self._inboxes and self._clock is not None:
                self._left = self._clock.monotonic()

    def _missed(self, epoch: str, since: int | None) -> tuple[dict[str, Any], ...] | None:
        """None: it is not known what they missed, or somebody else counted."""
        if not self.heard:  # events may have been skipped: what is older than now leads nowhere
            self._kept.clear()
        if since is None or not epoch or epoch != self._epoch or not 0 <= since <= self._seq:
            return None
        count = self._seq - since
        if count > len(self._kept):
            return None
        return tuple(self._kept)[len(self._kept) - count :]


class Inbox:
    """One listener's events, oldest first. at: the number of the event it was given last. missed: what it did
    not hear while it was away, and hears first; None: that is not known, it must be shown everything."""

    def __init__(self, seq: int, missed: tuple[dict[str, Any], ...] | None = None) -> None:
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE)
        self.missed = missed
        self._before = deque(missed or ())
        self._now, self._lost = seq, 0
        self.at = seq - len(self._before)

    def put(self, event: dict[str, Any]) -> None:
        """Add an event; the oldest goes when there is no room."""
        if self._queue.full():
            self._queue.get_nowait()
            self._lost += 1
        self._queue.put_nowait(event)

    def forget(self) -> None:
        """What was missed is not to be heard after all: everything will be shown as it is now."""
        self._before.clear()
        self.missed, self.at = None, self._now

    async def next(self) -> dict[str, Any]:
        """The next event; after a loss first one that says how many are missing."""
        if self._lost:
            lost, self._lost = self._lost, 0
            return {"type": "lost", "count": lost}
        event = self._before.popleft() if self._before else await self._queue.get()
        self.at = event["seq"]
        return event
