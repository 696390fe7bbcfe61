"""Many small writes in one transaction: what arrives while the disk is busy shares its next turn.

An fsync takes milliseconds and a question to the database a tenth of one: a transaction, and a dozen
questions, for each of 500 tickets a second can't be had; one transaction, and the same dozen, for all that
wait can. Who is refused (BridgeError) is refused alone. Any other error undoes the whole turn, and then each
of its asks gets a turn of its own, so that one that can't be written doesn't take the others with it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database
from bridge.errors import BridgeError, Overload

MOST_WAITING: Final = 5_000
"""Asks that may wait, some ten seconds' work; past it new ones are refused (503), and sent again later."""

ONE_TURN: Final = 250
"""Asks of one transaction: other writers wait no longer than these take, some 100 ms."""

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Waiting(Generic[Ask, Answer]):
    ask: Ask
    done: asyncio.Future[Answer]


class Batch(Generic[Ask, Answer]):
    """The one task that writes. together: answers or refusals for a turn's asks, in their order, in the
    transaction it is handed. `run` may be called from anywhere on the loop."""

    def __init__(
        self,
        database: Database,
        together: Callable[[AsyncConnection, Sequence[Ask]], Awaitable[list[Answer | BridgeError]]],
    ) -> None:
        self._database, self._together = database, together
        self._waiting: deque[_Waiting[Ask, Answer]] = deque()
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
            _refuse(self._waiting.popleft().done, Overload("the database is closing"))

    async def run(self, ask: Ask) -> Answer:
        """Its answer, on disk by then. Raises its refusal, what the database raises, and Overload."""
        if len(self._waiting) >= MOST_WAITING or self._task is None:
            raise Overload("too many writes are waiting", retry_after=2)
        waiting = _Waiting[Ask, Answer](ask, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._some.set()
        return await waiting.done

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                await self._turn([self._waiting.popleft() for _ in range(min(len(self._waiting), ONE_TURN))])

    async def _turn(self, turn: list[_Waiting[Ask, Answer]]) -> None:
        try:
            async with self._database.write() as connection:
                answers = await self._together(connection, [each.ask for each in turn])
        except asyncio.CancelledError:
            for each in turn:
                _refuse(each.done, Overload("the database is closing"))
            raise
        except Exception as wrong:
            await self._one_by_one(turn, wrong)
            return
        for each, answer in zip(turn, answers, strict=True):
            _settle(each.done, answer)

    async def _one_by_one(self, turn: list[_Waiting[Ask, Answer]], wrong: Exception) -> None:
        if len(turn) == 1:
            _refuse(turn[0].done, wrong)
            return
        for each in turn:
            await self._turn([each])


def _settle(done: asyncio.Future[Answer], answer: Answer | BridgeError) -> None:
    if isinstance(answer, BridgeError):
        _refuse(done, answer)
    elif not done.done():
        done.set_result(answer)


def _refuse(done: asyncio.Future[Answer], wrong: Exception) -> None:
    if not done.done():
        done.set_exception(wrong)
