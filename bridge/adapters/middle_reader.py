"""What comes to us by the shared middle database: the partner's rows, applied once each, in order for each
ticket; and what became there of our own.

A row says of itself that it is new, so nothing is missed whatever order transactions end in; each is marked
after it was applied, and a row that was applied but not marked is known by its message id. A row that can't
be applied says why in itself and stands in nobody's way. It looks when PostgreSQL tells it to, and every few
seconds anyway; when the database is out it comes back by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from bridge.adapters.metrics import LETTERS_REFUSED, MIDDLE_ROWS, MIDDLE_UP
from bridge.adapters.middle_carrier import DOWN, list_ticket
from bridge.adapters.middle_rows import letter_of
from bridge.adapters.middle_tables import LARGEST_BODY, MiddleDoor, connect, trouble, version_of
from bridge.adapters.push_lane import ended
from bridge.clock import Clock
from bridge.errors import AgentError, BadSignature, Overload, PeerError
from bridge.handling.codec import encode
from bridge.handling.overview import of_handling
from bridge.handling.refusals import refusal
from bridge.handling.words import Handling
from bridge.ports_handling import Source

_LOG = structlog.get_logger(__name__)

ONE_ROUND: Final = 100
"""Rows read at once."""
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
LONGEST_PROBLEM: Final = 500
TRIES: Final = 5
"""Of a row at which we fail for a reason that is not the database's."""

Take = Callable[[bytes, Source], Awaitable[Handling]]
"""Have done what a letter asks for. Raises PeerError and AgentError for what is refused for good."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What the reader does with what it finds. take: a letter; opened: told incident and platform when
    somebody there looked; sent_back: told id, text and reason of a letter of ours that was refused."""

    take: Take
    opened: Callable[[str, str], Awaitable[None]]
    sent_back: Callable[[str, str, str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written back for a row: why it was refused ("": it was not), and lines of the list."""

    seq: int
    problem: str
    lines: tuple[dict[str, Any], ...] = ()


class MiddleReader:
    """Reads one partner's middle database from start to stop."""

    def __init__(self, door: MiddleDoor, hands: Hands, clock: Clock) -> None:
        self._door, self._hands, self._clock = door, hands, clock
        self._news, self._ending = asyncio.Event(), False
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._tries: dict[int, int] = {}
        self._waiting = (
            "SELECT seq, message_id, type, ticket, who, reason, number, owner, at, signature, "  # noqa: S608
            f"CASE WHEN octet_length(body::text) <= {LARGEST_BODY} THEN body::text END AS body, "
            f"body IS NULL AS plain FROM {door.read} WHERE state = 'new' ORDER BY seq LIMIT {ONE_ROUND}"
        )

    async def start(self) -> None:
        """Begin."""
        self._ending = False
        self._task = asyncio.create_task(self._run(), name=f"middle {self._door.platform}")

    async def stop(self) -> None:
        """End, after the round in progress: a question to our own database that is cut off may leave its
        connection open. What was applied and not yet marked is known again by its id."""
        task, self._task = self._task, None
        self._ending = True
        self._news.set()
        await ended((task,) if task is not None else ())

    async def _run(self) -> None:
        while not self._ending:
            try:
                await self._session()
            except DOWN as wrong:
                self._out(trouble(wrong))
            except Exception:  # our own database, or a mistake of ours: the rows wait where they are
                _LOG.exception("middle database can't be read", platform=self._door.platform)
                self._failures += 1
            MIDDLE_UP.labels(self._door.platform).set(0)
            if not self._ending:
                self._news.clear()
                await self._wait(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._failures - 1, 8)))

    async def _wait(self, seconds: float) -> None:
        """Until there is news, or so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    def _out(self, why: str) -> None:
        self._failures += 1
        say = _LOG.warning if self._failures == 1 else _LOG.debug
        say("middle database out of reach", platform=self._door.platform, trouble=why)

    async def _session(self) -> None:
        """As long as the connection lasts. Raises one of DOWN when it does not."""
        connection = await connect(self._door)
        try:
            await version_of(connection, self._door.schema)
            for channel in self._door.channels:
                await connection.add_listener(channel, lambda *_: self._news.set())
            connection.add_termination_listener(lambda _: self._news.set())
            while not self._ending:
                self._news.clear()
                more = await self._round(connection)
                self._failures = 0
                MIDDLE_UP.labels(self._door.platform).set(1)
                if not more and not self._ending:
                    await self._wait(self._door.poll_s)
        finally:
            connection.terminate()

    async def _round(self, connection: asyncpg.Connection[Any]) -> bool:
        """What is there now; whether there may be more."""
        rows = await connection.fetch(self._waiting)
        chains = itertools.groupby(sorted(rows, key=_place), key=lambda row: str(row["ticket"]))
        # Different tickets share the disk's turns; one ticket's rows go one after the other.
        ended = await asyncio.gather(*[self._chain(list(each)) for _, each in chains])
        async with connection.transaction():
            for mark in itertools.chain.from_iterable(ended):
                await self._mark(connection, mark)
        more = await self._tidings(connection)
        if sum(map(len, ended)) < len(rows):
            await asyncio.sleep(FIRST_PAUSE_S)
            return True
        return more or len(rows) == ONE_ROUND

    async def _chain(self, rows: list[Any]) -> list[Mark]:
        """One ticket's rows, as far as they could be dealt with."""
        marks: list[Mark] = []
        for row in rows:
            mark = await self._applied(row)
            if mark is None:
                break
            marks.append(mark)
        return marks

    async def _applied(self, row: Any) -> Mark | None:
        """None: not now. The row waits; what was written of it is known again by its id."""
        seq = row["seq"]
        try:
            body, line = letter_of(row, self._door, self._clock.wall())
            handling = await self._hands.take(body, Source(self._door.platform, row["message_id"]))
        except (PeerError, AgentError) as wrong:
            if isinstance(wrong, BadSignature):
                LETTERS_REFUSED.labels(self._door.platform, wrong.why).inc()
            return Mark(seq, refusal(wrong))
        except Exception as wrong:
            return self._strange(seq, wrong)
        self._tries.pop(seq, None)
        return Mark(seq, "", (line, {"ticket": handling.ticket, **of_handling(encode(handling))}))

    def _strange(self, seq: int, wrong: Exception) -> Mark | None:
        """Our own database is full or gone, and the row waits; or it is the row, and it shall not be tried
        for ever."""
        why = type(wrong).__name__
        _LOG.warning("middle row not applied", row=seq, platform=self._door.platform, why=why)
        if not isinstance(wrong, Overload | OperationalError | InterfaceError | OSError):
            self._tries[seq] = self._tries.get(seq, 0) + 1
        if self._tries.get(seq, 0) < TRIES:
            return None
        del self._tries[seq]
        return Mark(seq, "转接桥处理不了这一行（内部错误，见它的日志）")

    async def _mark(self, connection: asyncpg.Connection[Any], mark: Mark) -> None:
        state = "refused" if mark.problem else "done"
        await connection.execute(
            f"UPDATE {self._door.read} SET state = $2, problem = $3, handled_at = now() WHERE seq = $1",  # noqa: S608
            mark.seq, state, mark.problem[:LONGEST_PROBLEM],
        )  # fmt: skip
        MIDDLE_ROWS.labels(self._door.platform, state).inc()
        if mark.problem:
            _LOG.warning("middle row refused", platform=self._door.platform, row=mark.seq, why=mark.problem)
        for line in mark.lines if self._door.ours else ():
            await list_ticket(connection, self._door.schema, line)

    async def _tidings(self, connection: asyncpg.Connection[Any]) -> bool:
        """What became of our own rows: who was looked at, what was refused; whether there may be more."""
        table = self._door.written
        rows = await connection.fetch(
            "SELECT seq, message_id, incident, state, problem, taken_at, body::text AS body "  # noqa: S608
            f"FROM {table} WHERE noted < 2 AND ((taken_at IS NOT NULL AND noted < 1) OR state = 'refused') "
            f"ORDER BY seq LIMIT {ONE_ROUND}"
        )
        for row in rows:
            if row["taken_at"] is not None and row["incident"]:
                await self._hands.opened(row["incident"], self._door.platform)
            if row["state"] == "refused":
                why = row["problem"] or "对方没有写原因"
                await self._hands.sent_back(row["message_id"], row["body"] or "", f"对方退回这一行：{why}")
            noted = 2 if row["state"] == "refused" else 1
            await connection.execute(f"UPDATE {table} SET noted = $2 WHERE seq = $1", row["seq"], noted)  # noqa: S608
        return len(rows) == ONE_ROUND


def _place(row: Any) -> tuple[str, int]:
    return row["ticket"], row["seq"]
