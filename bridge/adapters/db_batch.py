"""Many small writes in one transaction: what arrives while the disk is busy shares its next turn.

An fsync takes milliseconds, a row takes microseconds: one transaction for each of 500 tickets a second can't
be had from a disk, one for all that wait can. A job that refuses (BridgeError, before it has written
anything) fails alone. Any other error undoes the whole turn, and each of its jobs then gets a turn of its
own, so that one that can't be written doesn't take the others with it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import HANDLINGS_TURN, Database, alone
from bridge.errors import BridgeError, Overload

MOST_WAITING: Final = 5_000
"""Jobs that may wait, some ten seconds' work; past it new ones are refused (503), and sent again later."""

ONE_TURN: Final = 250
"""Jobs of one transaction: other writers wait no longer than these take, some 100 ms."""

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[Any]]


@dataclass(slots=True)
class _Job:
    work: Work
    done: asyncio.Future[Any]


class Batch:
    """The one task that writes. `run` may be called from anywhere on the loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Job] = deque()
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="batch")

    async def stop(self) -> None:
        """End; what still waits is refused. Twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        while self._waiting:
            _fail(self._waiting.popleft(), Overload("the database is closing"))

    async def run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """What `work` returns, on disk by then. It must refuse before it writes. Raises what it raises, what
        the database raises, and Overload."""
        if len(self._waiting) >= MOST_WAITING or self._task is None:
            raise Overload("too many writes are waiting", retry_after=2)
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._some.set()
        result: T = await job.done
        return result

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                turn = [self._waiting.popleft() for _ in range(min(len(self._waiting), ONE_TURN))]
                await self._turn(turn)

    async def _turn(self, jobs: list[_Job]) -> None:
        try:
            results = await self._together(jobs)
        except asyncio.CancelledError:
            for job in jobs:
                _fail(job, Overload("the database is closing"))
            raise
        except Exception as wrong:
            if len(jobs) == 1:
                _fail(jobs[0], wrong)
                return
            for job in jobs:
                await self._turn([job])
            return
        for job, result in zip(jobs, results, strict=True):
            _settle(job, result)

    async def _together(self, jobs: list[_Job]) -> list[Any]:
        """Results or refusals, in order; all is on disk on return."""
        async with self._database.write() as connection:
            await alone(connection, HANDLINGS_TURN)
            return [await _tried(job, connection) for job in jobs]


async def _tried(job: _Job, connection: AsyncConnection) -> Any:
    try:
        return None if job.done.cancelled() else await job.work(connection)
    except BridgeError as refusal:
        return refusal


def _settle(job: _Job, result: Any) -> None:
    if isinstance(result, BridgeError):
        _fail(job, result)
    elif not job.done.done():
        job.done.set_result(result)


def _fail(job: _Job, wrong: Exception) -> None:
    if not job.done.done():
        job.done.set_exception(wrong)
