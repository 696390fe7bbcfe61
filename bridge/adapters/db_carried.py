"""Letters that go by file: which batch each went with, and which batches of the partner were taken.

Knows the outbox's rows and the table of batches; how a file looks is post.batches'. A letter that was carried
waits, whole, until the partner's own batch says that it has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database
from bridge.adapters.db_tables import BATCHES, OUTBOX
from bridge.clock import Clock
from bridge.errors import UnusableBatch
from bridge.post.batches import MOST_LETTERS, Batch, Carried

_O: Final = OUTBOX.c
_B: Final = BATCHES.c


class CarriedLetters:
    """Batches in both directions between `home` and a partner."""

    def __init__(self, database: Database, clock: Clock, home: str) -> None:
        self._database, self._clock, self._home = database, clock, home

    async def make(self, platform: str, keep: Callable[[Batch], None]) -> Batch | None:
        """The next batch for a partner: what waits for it and what we have of it; None if there is nothing
        to tell. keep: puts the file where it is safe; if it raises, nothing was done."""
        async with self._database.write() as connection:
            rows = await _waiting(connection, platform)
            last, told = await _last_out(connection, platform)
            have = await _last_in(connection, platform)
            if not rows and have == told:
                return None
            batch = self._batch(platform, last + 1, have, rows)
            keep(batch)
            await self._went(connection, platform, batch, rows)
        return batch

    async def again(self, platform: str, sequence: int) -> Batch:
        """A batch of before, for a file that got lost: with those of its letters that are not acknowledged
        yet. Raises UnusableBatch if there never was one."""
        async with self._database.read() as connection:
            last, _ = await _last_out(connection, platform)
            if not 0 < sequence <= last:
                raise UnusableBatch(f"没有给 {platform} 的第 {sequence} 批；最后一批是第 {last} 批")
            mine = (_O.platform == platform, _O.batch == sequence, _O.state == "carried")
            chosen = select(OUTBOX).where(*mine)
            rows = list(await connection.execute(chosen.order_by(_O.number)))
            return self._batch(platform, sequence, await _last_in(connection, platform), rows)

    async def expected(self, batch: Batch) -> bool:
        """Whether a partner's batch is the next one; False: it was taken before. Raises UnusableBatch for a
        gap, or a batch that is not for us."""
        if batch.receiver != self._home:
            raise UnusableBatch(f"这一批是给 {batch.receiver} 的，这里是 {self._home}")
        async with self._database.read() as connection:
            last = await _last_in(connection, batch.sender)
        if batch.sequence > last + 1:
            text = f"前面缺第 {last + 1} 批：先导入它；丢了就请对方重新导出（--again {last + 1}）"
            raise UnusableBatch(text)
        return batch.sequence == last + 1

    async def taken(self, batch: Batch) -> int:
        """A partner's batch is dealt with: remember it, and that it has what it says. How many of our letters
        it acknowledges."""
        now = self._clock.wall()
        arrived = (
            update(OUTBOX)
            .where(_O.platform == batch.sender, _O.state == "carried", _O.batch <= batch.have)
            .values(state="delivered", body="", trouble="", settled_at=now)
        )
        async with self._database.write() as connection:
            if batch.sequence > await _last_in(connection, batch.sender):
                await connection.execute(insert(BATCHES).values(self._row(batch.sender, "in", batch)))
            return int((await connection.execute(arrived)).rowcount)

    def _batch(self, platform: str, sequence: int, have: int, rows: list[Row[tuple[object, ...]]]) -> Batch:
        letters = tuple(Carried(row.id, row.created_at, row.body) for row in rows)
        return Batch(self._home, platform, sequence, have, self._clock.wall().replace(microsecond=0), letters)

    async def _went(
        self, connection: AsyncConnection, platform: str, batch: Batch, rows: list[Row[tuple[object, ...]]]
    ) -> None:
        if rows:
            mine = (_O.platform == platform, _O.state == "waiting", _O.number <= rows[-1].number)
            await connection.execute(
                update(OUTBOX).where(*mine).values(state="carried", batch=batch.sequence, attempts=1)
            )
        await connection.execute(insert(BATCHES).values(self._row(platform, "out", batch)))

    def _row(self, platform: str, way: str, batch: Batch) -> dict[str, object]:
        return {
            "platform": platform, "way": way, "sequence": batch.sequence, "have": batch.have,
            "count": len(batch.letters), "at": self._clock.wall(),
        }  # fmt: skip


async def _waiting(connection: AsyncConnection, platform: str) -> list[Row[tuple[object, ...]]]:
    chosen = select(OUTBOX).where(_O.platform == platform, _O.state == "waiting").order_by(_O.number)
    return list(await connection.execute(chosen.limit(MOST_LETTERS).with_for_update()))


async def _last_out(connection: AsyncConnection, platform: str) -> tuple[int, int]:
    """The last batch we made, and what it said we had."""
    chosen = select(_B.sequence, _B.have).where(_B.platform == platform, _B.way == "out")
    row = (await connection.execute(chosen.order_by(_B.sequence.desc()).limit(1))).first()
    return (0, 0) if row is None else (row.sequence, row.have)


async def _last_in(connection: AsyncConnection, platform: str) -> int:
    chosen = select(func.max(_B.sequence)).where(_B.platform == platform, _B.way == "in")
    return int((await connection.execute(chosen)).scalar() or 0)
