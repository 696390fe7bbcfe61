"""Letters that go by file: which batch each went with, and which batches of the partner were taken.

Knows the outbox's rows and the table of batches; how a file looks is post.batches'. A letter that was carried
waits, whole, until the partner's own batch says that it has it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Row, Update, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database
from bridge.adapters.db_outbox import TROUBLE_LENGTH
from bridge.adapters.db_tables import BATCHES, OUTBOX
from bridge.clock import Clock
from bridge.errors import UnusableBatch
from bridge.post.batches import MOST_LETTERS, Batch, Carried, Refused
from bridge.tickets.masking import mask

_O: Final = OUTBOX.c
_B: Final = BATCHES.c
LONG: Final = timedelta(days=1)
"""From when on a batch that the partner has not taken may be lost: sticks and mails take their time."""


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
            batch = await self._batch(connection, platform, last + 1, have, rows)
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
            have = await _last_in(connection, platform)
            return await self._batch(connection, platform, sequence, have, rows)

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

    async def taken(self, batch: Batch, refused: Sequence[Refused] = ()) -> int:
        """A partner's batch is dealt with: remember it, with those of its letters that were not taken, and
        that it has what it says. How many of our letters it acknowledges; those it refuses are parked."""
        now = self._clock.wall()
        arrived = (
            update(OUTBOX)
            .where(_O.platform == batch.sender, _O.state == "carried", _O.batch <= batch.have)
            .values(state="delivered", body="", trouble="", settled_at=now)
        )
        async with self._database.write() as connection:
            if batch.sequence > await _last_in(connection, batch.sender):
                row = self._row(batch.sender, "in", batch)
                row["refused"] = json.dumps([[each.id, each.why] for each in refused], ensure_ascii=False)
                await connection.execute(insert(BATCHES).values(row))
            for each in batch.refused:
                await connection.execute(_sent_back(batch.sender, each))
            return int((await connection.execute(arrived)).rowcount)

    async def unheard(self, batch: Batch) -> tuple[int, ...]:
        """Our own batches that a partner had not taken LONG after we made them, when it made this one."""
        late = (_B.platform == batch.sender, _B.way == "out", _B.sequence > batch.have)
        chosen = select(_B.sequence).where(*late, _B.count > 0, _B.at < batch.made_at - LONG)
        async with self._database.read() as connection:
            return tuple((await connection.execute(chosen.order_by(_B.sequence))).scalars())

    async def _batch(
        self, connection: AsyncConnection, platform: str, sequence: int, have: int,
        rows: list[Row[tuple[object, ...]]],
    ) -> Batch:  # fmt: skip
        letters = tuple(Carried(row.id, row.created_at, row.body) for row in rows)
        at, refused = self._clock.wall().replace(microsecond=0), await _refused(connection, platform)
        return Batch(self._home, platform, sequence, have, at, letters, refused)

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


async def _refused(connection: AsyncConnection, platform: str) -> tuple[Refused, ...]:
    """What was not taken of those of its batches of which it does not know yet that we have them: told again
    in each of ours until it has one."""
    mine, out = BATCHES.alias("theirs"), BATCHES.alias("ours")
    heard = select(func.coalesce(func.max(mine.c.have), 0)).where(
        mine.c.platform == platform, mine.c.way == "in"
    )
    known = select(func.coalesce(func.max(out.c.have), 0)).where(
        out.c.platform == platform, out.c.way == "out", out.c.sequence <= heard.scalar_subquery()
    )
    fresh = (_B.platform == platform, _B.way == "in", _B.sequence > known.scalar_subquery())
    rows = await connection.execute(select(_B.refused).where(*fresh).order_by(_B.sequence))
    return tuple(Refused(id, why) for (text,) in rows for id, why in json.loads(text))


def _sent_back(platform: str, refused: Refused) -> Update:
    mine = (_O.platform == platform, _O.id == refused.id, _O.state == "carried")
    trouble = f"对方没有收：{mask(refused.why)}"[:TROUBLE_LENGTH]
    return update(OUTBOX).where(*mine).values(state="parked", trouble=trouble)


async def _last_in(connection: AsyncConnection, platform: str) -> int:
    chosen = select(func.max(_B.sequence)).where(_B.platform == platform, _B.way == "in")
    return int((await connection.execute(chosen)).scalar() or 0)
