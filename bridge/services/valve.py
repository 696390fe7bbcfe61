"""The valve before new calls: lets them in as the load allows, emergency's always."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bridge.calls.overload import Load, Sample, admits, step
from bridge.errors import Overload

log = structlog.get_logger(__name__)


class Valve:
    """on_level is told the level whenever it changes."""

    def __init__(self, on_level: Callable[[int], None] = lambda _level: None) -> None:
        self._load, self._on_level, self._count = Load(), on_level, 0

    def sample(self, sample: Sample) -> None:
        """How things stand."""
        before, self._load = self._load, step(self._load, sample)
        if self._load.level != before.level:
            self._on_level(self._load.level)
            log.warning(
                "overload.level",
                level=self._load.level,
                was=before.level,
                lag=round(sample.lag, 3),
                cpu=round(sample.cpu, 2),
                backlog=sample.backlog,
                fill=round(sample.fill, 2),
            )

    def check(self, *, emergency: bool) -> None:
        """A new call wants in. Raises Overload when it is not let in now."""
        load = self._load
        if load.level == 0 or emergency:
            return
        self._count += 1
        if not admits(load.level, self._count):
            raise Overload("too much to do", load.retry_after)
