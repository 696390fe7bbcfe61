"""Letters to and from a partner whose network ours has no wire to, as signed files.

Works on the database, beside a running bridge or without one. A batch that breaks off in its middle is
imported again: each letter counts once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from bridge.adapters.db_carried import CarriedLetters
from bridge.api.exchange_letters import Letters
from bridge.app.exchange import ExchangeSide
from bridge.app.vaults import opened
from bridge.clock import SystemClock
from bridge.errors import AdministratorError, BridgeError, UnusableBatch
from bridge.ports_handling import Source
from bridge.post.batches import LARGEST, Batch, pack, sender_of, unpack
from bridge.post.signing import Key
from bridge.services.feed import LiveFeed
from bridge.settings import Settings
from bridge.settings.tables_exchange import parties


@dataclass
class Outcome:
    """What became of a file. said: "" if it was not taken; troubles: what an administrator must look at."""

    file: Path
    batch: Batch | None = None
    said: str = ""
    troubles: list[str] = field(default_factory=list)


async def make(settings: Settings, platform: str, folder: Path, again: int = 0) -> Batch | None:
    """The next batch for a partner as a file in `folder`, or that of before; None: nothing new. Raises
    UnusableBatch, LookupError without a key, OSError if the file can't be written: nothing was done then."""
    keys, home = _keys(settings, platform), _home(settings)
    database = opened(settings)
    await database.start()
    try:
        letters = CarriedLetters(database, SystemClock(), home)
        if again:
            batch = await letters.again(platform, again)
            _write(folder / batch.name, pack(batch, keys))
            return batch
        return await letters.make(platform, lambda batch: _write(folder / batch.name, pack(batch, keys)))
    finally:
        await database.stop()


async def take(settings: Settings, files: list[Path]) -> list[Outcome]:
    """Import partners' files, in the order of their numbers. Raises UnusableBatch, ConfigError."""
    home, database, clock = _home(settings), opened(settings), SystemClock()
    await database.start()
    side = ExchangeSide(settings, database, clock, LiveFeed(), lambda platform: None)
    await side.store.start()
    try:
        outcomes = [_read(settings, file) for file in files]
        outcomes.sort(key=lambda each: each.batch.sequence if each.batch else 0)
        for outcome in outcomes:
            if outcome.batch is not None:
                await _import(side, CarriedLetters(database, clock, home), outcome, outcome.batch)
        return outcomes
    finally:
        await side.stop()
        await database.stop()


async def _import(side: ExchangeSide, letters: CarriedLetters, outcome: Outcome, batch: Batch) -> None:
    """Every letter of a batch that is next; one that is refused is named and does not hold up the others."""
    try:
        fresh = await letters.expected(batch)
    except UnusableBatch as wrong:
        outcome.troubles.append(str(wrong))
        return
    door = Letters(side.desk, {})
    for letter in batch.letters if fresh else ():
        try:
            await door.accept(letter.body.encode(), Source(batch.sender, letter.id))
        except BridgeError as wrong:
            outcome.troubles.append(f"{letter.id} 没有收：{wrong or wrong.id}")
    arrived = await letters.taken(batch)
    for ticket in await side.store.delivered_drafts():
        await side.desk.delivered(ticket)
    took = f"收下 {len(batch.letters) - len(outcome.troubles)} 封信" if fresh else "以前导入过"
    outcome.said = f"{batch.sender} 的第 {batch.sequence} 批，{took}；对方确认收到我们的 {arrived} 封"


def _read(settings: Settings, file: Path) -> Outcome:
    try:
        if file.stat().st_size > LARGEST:
            return Outcome(file, troubles=["文件太大，不是批量文件"])
        octets = file.read_bytes()
        return Outcome(file, unpack(octets, _keys(settings, sender_of(octets))))
    except AdministratorError as wrong:
        return Outcome(file, troubles=[str(wrong)])
    except OSError as wrong:
        return Outcome(file, troubles=[f"读不了（{wrong.strerror}）"])


def _keys(settings: Settings, platform: str) -> tuple[Key, ...]:
    known = settings.platforms.get(platform)
    if known is None or known.tickets is None or known.tickets.by != "files":
        raise UnusableBatch(f"配置里的平台 {platform} 没有写 tickets.by: files")
    return known.tickets.signing_keys()


def _home(settings: Settings) -> str:
    home = parties(settings).home
    if not home:
        raise UnusableBatch("配置里没有写这里是哪个平台（exchange.own）")
    return home


def _write(path: Path, octets: bytes) -> None:
    """Whole or not at all, and on the stick before it counts."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
