"""Letters to and from a partner whose network ours has no wire to, as signed files.

Works on the database, beside a running bridge or without one. A batch that breaks off in its middle is
imported again: each letter counts once.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path

from bridge.adapters.db import Database
from bridge.adapters.db_carried import CarriedLetters
from bridge.api.exchange_letters import Letters
from bridge.app.exchange import ExchangeSide
from bridge.app.vaults import opened
from bridge.clock import SystemClock
from bridge.errors import AdministratorError, BridgeError, Overload, UnusableBatch
from bridge.handling.refusals import refusal
from bridge.ports_handling import Source
from bridge.post.batches import LARGEST, LONGEST_WHY, Batch, Refused, pack, sender_of, unpack
from bridge.post.signing import Key
from bridge.services.feed import LiveFeed
from bridge.settings import Settings
from bridge.settings.tables_exchange import parties
from bridge.tickets.masking import mask


@dataclass
class Outcome:
    """What became of a file. said: "" if it was not taken; troubles: what an administrator must look at;
    busy: it was not taken for our own sake."""

    file: Path
    batch: Batch | None = None
    said: str = ""
    troubles: list[str] = field(default_factory=list)
    busy: bool = False


async def make(settings: Settings, platform: str, folder: Path, again: int = 0) -> Batch | None:
    """The next batch for a partner as a file in `folder`, or that of before; None: nothing new. Raises
    UnusableBatch, LookupError without a key, OSError if the file can't be written: nothing was done then."""
    keys, home = _keys(settings, platform), _home(settings)
    database = opened(settings)
    await database.start()
    try:
        if not again:
            return await make_next(settings, database, platform, folder)
        batch = await CarriedLetters(database, SystemClock(), home).again(platform, again)
        _write(folder / batch.name, pack(batch, keys))
        return batch
    finally:
        await database.stop()


async def make_next(settings: Settings, database: Database, platform: str, folder: Path) -> Batch | None:
    """The next batch, as `make`, with a database that is open."""
    keys, letters = _keys(settings, platform), CarriedLetters(database, SystemClock(), _home(settings))
    return await letters.make(platform, lambda batch: _write(folder / batch.name, pack(batch, keys)))


async def take(settings: Settings, files: list[Path]) -> list[Outcome]:
    """Import partners' files, in the order of their numbers. Raises UnusableBatch, ConfigError."""
    _home(settings)
    database = opened(settings)
    await database.start()
    side = ExchangeSide(settings, database, SystemClock(), LiveFeed(), lambda platform: None)
    await side.store.start()
    try:
        return await take_all(settings, database, side, files)
    finally:
        await side.stop()
        await database.stop()


async def take_all(
    settings: Settings, database: Database, side: ExchangeSide, files: list[Path]
) -> list[Outcome]:
    """The same with a database that is open and an exchange that has begun to write."""
    letters = CarriedLetters(database, SystemClock(), _home(settings))
    outcomes = [await asyncio.to_thread(_read, settings, file) for file in files]
    outcomes.sort(key=lambda each: each.batch.sequence if each.batch else 0)
    for outcome in outcomes:
        if outcome.batch is not None:
            await _import(side, letters, outcome, outcome.batch)
    return outcomes


async def _import(side: ExchangeSide, letters: CarriedLetters, outcome: Outcome, batch: Batch) -> None:
    """Every letter of a batch that is next; one that is refused is named and does not hold up the others."""
    try:
        fresh = await letters.expected(batch)
    except UnusableBatch as wrong:
        outcome.troubles.append(str(wrong))
        return
    door, refused = Letters(side.desk, {}), list[Refused]()
    for letter in batch.letters if fresh else ():
        try:
            await door.accept(letter.body.encode(), Source(batch.sender, letter.id))
        except Overload:
            outcome.troubles.append("系统忙，没有导入完；过一会儿再导入这个文件，收过的不会算两次")
            outcome.busy = True
            return
        except BridgeError as wrong:
            refused.append(Refused(letter.id, refusal(wrong)[:LONGEST_WHY]))
            outcome.troubles.append(f"{letter.id} 没有收：{mask(refused[-1].why)}")
    arrived = await letters.taken(batch, refused)
    for ticket in await side.store.delivered_drafts():
        await side.desk.delivered(ticket)
    took = f"收下 {len(batch.letters) - len(outcome.troubles)} 封信" if fresh else "以前导入过"
    outcome.said = f"{batch.sender} 的第 {batch.sequence} 批，{took}；对方确认收到我们的 {arrived} 封"
    for each in batch.refused:
        outcome.troubles.append(f"对方没有收我们的 {each.id}：{mask(each.why)}（bridge outbox list）")
    for sequence in await letters.unheard(batch):
        late = f"给对方的第 {sequence} 批一天多了对方还没收到"
        outcome.troubles.append(f"{late}：丢了就再导出（--again {sequence}）")


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
