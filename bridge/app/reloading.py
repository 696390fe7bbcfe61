"""The configuration read again while calls go on: all of it is checked first, a file with a fault changes
nothing, and what can be taken over takes the place of the old in one turn of the loop.

What may change under calls is `settings.renewing`'s to say; what each room does with it is its own `renew`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from bridge.adapters.config_file import inspect
from bridge.app.house import House, Renew, Tables, moved, tables_of
from bridge.clock import Clock
from bridge.errors import ConfigError
from bridge.settings import Settings
from bridge.settings.changes import Change
from bridge.settings.renewing import renewal

log = structlog.get_logger(__name__)

NO_FILE: Final = "这个进程不是从配置文件启动的，没有可以重新读的文件"
MOST_TOLD: Final = 20
"""Problems in the log; the answer has all of them."""


@dataclass(frozen=True, slots=True)
class Look:
    """The file as it is now, against what runs. tables: what would take its place, None with problems;
    wanted: all that the file says. at: when it was looked at."""

    at: datetime
    tables: Tables | None = None
    wanted: Settings | None = None
    applied: tuple[Change, ...] = ()
    waiting: tuple[Change, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Reloading:
    """config: the file, None where there is none; renews: the rooms, in the order they take over."""

    def __init__(self, house: House, config: Path | None, clock: Clock, renews: Sequence[Renew]) -> None:
        self._house, self.config, self._clock, self._renews = house, config, clock, tuple(renews)
        self._turn = asyncio.Lock()
        self._asked: set[asyncio.Task[Look]] = set()
        self.loaded_at = clock.wall()
        self.last: Look | None = None
        """The last reload, whatever became of it."""

    async def look(self) -> Look:
        """What a reload would do; nothing is changed. Off the loop: reading takes a tenth of a second."""
        return await asyncio.to_thread(self._look, self._house.now)

    async def reload(self, by: str) -> Look:
        """Take over what can be. by: who wants it, for the log."""
        async with self._turn:
            found = await self.look()
            if found.tables is None:
                log.warning("config.refused", by=by, problems=found.problems[:MOST_TOLD])
            else:
                self._take_over(found.tables)
                self.loaded_at = found.at
                applied, waiting = ([each.key for each in some] for some in (found.applied, found.waiting))
                log.info("config.reloaded", by=by, applied=applied, waiting=waiting)
            self.last = found
            return found

    def soon(self, by: str) -> None:
        """The same, for a signal that nobody waits behind."""
        task = asyncio.create_task(self.reload(by), name="reload")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def stop(self) -> None:
        """Whatever is being read is given up. Twice is harmless."""
        for task in list(self._asked):
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    def _take_over(self, after: Tables) -> None:
        before, self._house.now = self._house.now, after
        for renew in self._renews:
            renew(before, after)

    def _look(self, before: Tables) -> Look:
        at = self._clock.wall()
        if self.config is None:
            return Look(at, problems=(NO_FILE,))
        report = inspect(self.config)
        if report.settings is None:
            return Look(at, problems=report.problems, warnings=report.warnings)
        found = renewal(before.settings, report.settings)
        if found.obstacles:
            problems = tuple(f"{self.config}: 不能不重启就启用：{text}" for text in found.obstacles)
            return Look(at, None, report.settings, (), found.waiting, problems, report.warnings)
        try:
            tables = tables_of(found.settings, before)
        except ConfigError as wrong:
            return Look(at, wanted=report.settings, problems=wrong.problems, warnings=report.warnings)
        except OSError as wrong:  # between the check and the reading somebody took a file away
            problem = f"{wrong.filename}: 读不了（{wrong.strerror}）"
            return Look(at, wanted=report.settings, problems=(problem,), warnings=report.warnings)
        applied = (*found.applied, *moved(before, tables))
        return Look(at, tables, report.settings, applied, found.waiting, (), report.warnings)
