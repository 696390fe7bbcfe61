"""Measures how busy this process is, four times a second: late timers, CPU, what waits to be read."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from bridge.calls.overload import SECONDS, Sample

MEAN_OF: Final = round(1 / SECONDS)
"""Samples whose CPU is taken together: a second."""


class LoadMeter:
    """on_sample hears each; backlog: how many turns in a row left datagrams unread; fill: share of places
    taken, 0..1."""

    def __init__(
        self,
        on_sample: Callable[[Sample], None],
        backlog: Callable[[], int],
        fill: Callable[[], float],
    ) -> None:
        self._on_sample, self._backlog, self._fill = on_sample, backlog, fill
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._marks: deque[tuple[float, float]] = deque(maxlen=MEAN_OF + 1)

    async def start(self) -> None:
        """Begin to measure."""
        self._marks.append((asyncio.get_running_loop().time(), time.process_time()))
        self._arm()

    async def stop(self) -> None:
        """No more. Harmless when repeated."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + SECONDS
        self._timer = loop.call_at(self._due, self._measure)

    def _measure(self) -> None:
        now, cpu = asyncio.get_running_loop().time(), time.process_time()
        since, used = self._marks[0]
        self._marks.append((now, cpu))
        share = (cpu - used) / max(now - since, SECONDS)
        self._on_sample(Sample(max(0.0, now - self._due), share, self._backlog(), self._fill()))
        self._arm()
