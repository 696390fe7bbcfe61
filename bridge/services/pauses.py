"""Keeps who takes no calls: a restart must not ring empty chairs.

Written behind the queues, loaded at the start. An agent who is in no queue any more is forgotten.
"""

from __future__ import annotations

from typing import Final, get_args

from bridge.ports_callbacks import PauseStore
from bridge.queues.agents import Why
from bridge.services.queue_desk import QueueDesk
from bridge.services.write_behind import WriteBehind

_WHYS: Final = frozenset(get_args(Why)) - {""}


class Pauses:
    """The queues' pauses in the store."""

    def __init__(self, store: PauseStore, desk: QueueDesk) -> None:
        self._store, self._desk = store, desk
        self._writer = WriteBehind("pauses")

    async def start(self) -> None:
        """Whoever was paused is paused again; from now on changes are kept."""
        for agent, why in (await self._store.paused()).items():
            if agent in self._desk.hall.agents and why in _WHYS:
                self._desk.pause(agent, why)  # type: ignore[arg-type]  # one of the literals by now
        self._desk.on_pauses = self.keep
        await self._writer.start()

    async def stop(self) -> None:
        """Write what is left."""
        await self._writer.stop()

    def keep(self, agent: str, why: Why) -> None:
        """This agent's state is another; returns at once."""
        self._writer.put(lambda: self._store.keep(agent, why))
