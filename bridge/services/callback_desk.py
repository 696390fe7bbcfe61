"""The call-back desk: who called and spoke with nobody, and who is to be called back.

A witness of the switchboard. Calls never wait for it: what it has to keep is written behind them. Once a
caller is answered, or called back, their task is done by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bridge.calls.call import Call, Phase, Transfer
from bridge.clock import Clock
from bridge.errors import NoSuchTask
from bridge.ports import CallerMeter, Feed
from bridge.ports_callbacks import CallbackStore
from bridge.queues.abandoned import LEFT, Abandoned, Stage, Task, same_caller, stage_of
from bridge.queues.figures import Figures, Outcome, note
from bridge.services.write_behind import WriteBehind

log = structlog.get_logger(__name__)

_OUTCOMES: Final[dict[str, Stage]] = {"no agent": "unanswered", "not answered": "unanswered"}
"""How calls end without the caller's doing."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A caller with nobody: where, in which queue, since when (CLOCK_MONOTONIC seconds)."""

    call: Call
    stage: Stage
    queue: str
    since: float


class CallbackDesk:
    """ours: numbers of our own people, who are not called back; new_id: short unique ids. figures: what
    became of all who called over a trunk; counted: told of each, with the platform called and the seconds
    they waited."""

    def __init__(
        self,
        *,
        store: CallbackStore,
        clock: Clock,
        meter: CallerMeter,
        feed: Feed,
        ours: Collection[str],
        new_id: Callable[[], str],
        counted: Callable[[str, Outcome, float], None] = lambda platform, outcome, waited: None,
    ) -> None:
        self._counted = counted
        self._store, self._clock, self._meter, self._feed = store, clock, meter, feed
        self.ours, self._new_id = ours, new_id
        self._writer = WriteBehind("abandoned")
        self._waits: dict[str, Wait] = {}
        self._spoken: set[str] = set()
        self._open: set[str] = set()
        self.figures = Figures()

    async def start(self) -> None:
        """Load who has a task, begin to write."""
        self._open = set(await self._store.unfinished())
        self._meter.tasks(len(self._open))
        await self._writer.start()

    async def stop(self) -> None:
        """The house closes on those who wait: they are to be called back. Write what is left."""
        waits, self._waits = self._waits, {}
        for wait in waits.values():
            if wait.call.from_outside:
                self.keep(wait.call, "unanswered", self._clock.monotonic() - wait.since, wait.queue)
        await self._writer.stop()

    # --- the switchboard's witness ------------------------------------------------------------------------

    def changed(self, before: Call | None, call: Call) -> None:
        """Whether the caller is with somebody."""
        if call.phase is Phase.OVER:
            return
        stage = stage_of(call)
        if stage is None:
            wait = self._waits.pop(call.id, None)
            if call.phase is Phase.TALKING and call.id not in self._spoken:
                self._speaks(call, self._clock.monotonic() - wait.since if wait is not None else 0.0)
            return
        known = self._waits.get(call.id)
        since = known.since if known else self._clock.monotonic()
        if known is None or (known.stage, known.queue) != (stage, call.queue):
            self._waits[call.id] = Wait(call, stage, call.queue or (known.queue if known else ""), since)

    def opened(self, call: Call, transfer: Transfer) -> None:
        """Nothing to do at the press."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """Nothing to do: `changed` tells who the caller is with."""

    def over(self, call: Call, outcome: str) -> None:
        """Who went before anybody spoke with them is kept."""
        wait = self._waits.pop(call.id, None)
        self._spoken.discard(call.id)
        if wait is None or not call.from_outside:
            return
        stage = wait.stage if outcome == "caller left" else _OUTCOMES.get(outcome)
        moved = call.transfer is not None and call.transfer.via == "invite"
        if stage is None or (stage == "unanswered" and moved):
            return  # an exchange whose transfer we refuse takes the caller back itself
        self.keep(call, stage, self._clock.monotonic() - wait.since, wait.queue)

    # --- records and tasks ----------------------------------------------------------------------------------

    def keep(
        self, call: Call, stage: Stage, waited: float, queue: str = "", *, callback: bool = True
    ) -> None:
        """A record of this caller, and a task if they can be called back; returns at once."""
        number = same_caller(call.caller.number)
        gone = Abandoned(
            id=self._new_id(),
            call=call.id,
            number=number,
            platform=call.platform,
            route=call.route,
            queue=queue,
            stage=stage,
            waited=round(waited, 1),
            at=self._clock.wall(),
            incident=call.transfer.incident if call.transfer else "",
            callback=callback and bool(number) and number not in self.ours,
        )
        task = self._new_id()
        self._writer.put(lambda: self._store.add(gone, task))
        log.info("caller.gone", call=call.id, stage=stage, waited=gone.waited)
        if stage in LEFT or stage == "unanswered":
            outcome: Outcome = "abandoned" if stage in LEFT else "overflowed"
            self._count(outcome, gone.waited)
            self._counted(call.platform, outcome, gone.waited)
        self._meter.gone(stage)
        if gone.callback:
            self._open.add(number)
            self._show()

    async def tasks(self, state: str, most: int, platform: str = "") -> tuple[Task, ...]:
        """The newest tasks in this state ("" for all that are not done), of one platform or of all."""
        return await self._store.tasks(state, most, platform)

    async def gone(self, most: int, platform: str = "") -> tuple[Abandoned, ...]:
        """The newest records, of one platform or of all."""
        return await self._store.gone(most, platform)

    async def change(self, task_id: str, what: str, by: str, text: str = "") -> Task:
        """take, tried or done. Raises NoSuchTask."""
        task = await self._store.change(task_id, what, by, text)
        if task is None:
            raise NoSuchTask("没有这个回拨任务，或者已经办完")
        if task.state == "done":
            self._open.discard(task.number)
            self._show()
        return task

    @property
    def open(self) -> int:
        """Numbers that wait to be called back."""
        return len(self._open)

    # --- within ---------------------------------------------------------------------------------------------

    def _speaks(self, call: Call, waited: float) -> None:
        """The caller is with somebody for the first time."""
        self._spoken.add(call.id)
        inbound = call.caller.origin.kind == "trunk"
        number = same_caller(call.caller.number if inbound else call.number)
        if inbound:
            self._count("answered", 0.0)
            self._counted(call.platform, "answered", waited)
            self._meter.spoken()
        if number in self._open:
            ended = "answered" if inbound else "called-back"
            self._open.discard(number)
            self._writer.put(lambda: self._store.settle(number, ended))
            self._show()

    def _count(self, outcome: Outcome, waited: float) -> None:
        self.figures = note(self.figures, outcome, self._clock.wall().timestamp(), waited)

    def _show(self) -> None:
        self._meter.tasks(len(self._open))
        if self._feed.heard:
            news: dict[str, Any] = {"type": "callbacks", "open": len(self._open)}
            self._feed.publish(news)
