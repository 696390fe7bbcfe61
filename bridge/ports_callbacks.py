"""What the desks that wait for callers ask of the world outside: two doors to the database.

Protocols only; `adapters.db_callbacks` and `adapters.db_pauses` fulfil them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bridge.queues.abandoned import Abandoned, Task


class CallbackStore(Protocol):
    """Where callers nobody spoke with are safe from kill -9. Raises whatever the database raises; nothing is
    written then, and the call may be repeated."""

    async def add(self, gone: Abandoned, task_id: str) -> None:
        """Keep the record, and open a task with this id or add to the number's open one, in one transaction.
        Twice is harmless."""

    async def settle(self, number: str, ended: str) -> None:
        """The number's task is done, if it has one."""

    async def unfinished(self) -> tuple[str, ...]:
        """Numbers that have a task to be done."""

    async def tasks(self, state: str, most: int, platform: str = "") -> tuple[Task, ...]:
        """The newest tasks in this state ("" for all that are not done), of one platform ("": of all)."""

    async def gone(self, most: int, platform: str = "") -> tuple[Abandoned, ...]:
        """The newest records, of one platform ("": of all)."""

    async def change(self, task_id: str, what: str, by: str, note: str) -> Task | None:
        """take, tried or done, by whom; None: there is no such task, or it is done already."""


class CallCountStore(Protocol):
    """Where what became of callers is added up by the hour. Raises whatever the database raises; nothing is
    written then."""

    async def add(self, counts: Mapping[tuple[int, str], Mapping[str, float]]) -> None:
        """(hour since 1970, platform) -> answered, abandoned, overflowed, waited: added to what is there."""


class CallHourStore(Protocol):
    """Where what became of callers can be read again. Raises whatever the database raises."""

    async def since(self, hour: int) -> dict[tuple[int, str], dict[str, float]]:
        """What was counted in this hour (since 1970) and later: see CallCountStore.add."""


class PauseStore(Protocol):
    """Where it is kept who takes no calls of the queues. Raises whatever the database raises; every call may
    be repeated."""

    async def paused(self) -> dict[str, str]:
        """Every agent who takes no calls -> why."""

    async def keep(self, agent: str, why: str) -> None:
        """That agent's state: "" takes calls."""
