"""Reviews in the database: marks and comments, versioned scores, and what they add up to.

Fulfils ports_review.ReviewStore. Knows the tables; what a score means is bridge.review's.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, cast, exists, func, insert, or_, select, update
from sqlalchemy import Integer as SqlInteger
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database, alone
from bridge.adapters.db_tables import TRANSCRIPT_CORRECTIONS
from bridge.adapters.db_tables_review import REVIEW_NOTES, REVIEW_SCORES
from bridge.errors import NoSuchThing, TooManyNotes, VersionMoved
from bridge.ports_review import Asked, Brief
from bridge.review.notes import MAX_NOTES, Note, Scored, without_words
from bridge.review.sheets import DaySums

_N, _S = REVIEW_NOTES.c, REVIEW_SCORES.c
_DAY: Final = 86_400


class ReviewTable:
    """Over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def notes(self, call: str, platform: str) -> tuple[Note, ...]:
        """In the order of the call, those of all of it first; of that platform's people and of nobody's."""
        chosen = select(REVIEW_NOTES).where(_N.call == call, _N.gone_at.is_(None), _of_people(platform))
        async with self._database.read() as connection:
            found = [_note(row) for row in await connection.execute(chosen)]
        return tuple(sorted(found, key=lambda note: (note.second is not None, note.second, note.number)))

    async def add(self, note: Note) -> Note:
        """Stored, with its number. Raises TooManyNotes."""
        values = {
            "call": note.call, "kind": note.kind, "flag": note.flag, "second": note.second,
            "text": note.text, "by": note.by, "platform": note.platform, "at": note.at,
        }  # fmt: skip
        async with self._database.write() as connection:
            there = select(func.count()).where(_N.call == note.call, _N.gone_at.is_(None))
            if (await connection.execute(there)).scalar_one() >= MAX_NOTES:
                raise TooManyNotes(f"这通电话已有 {MAX_NOTES} 条标记和评论，不能再加")
            made = await connection.execute(insert(REVIEW_NOTES).values(values).returning(_N.number))
            number = int(made.scalar_one())
        return Note(**{**_fields(note), "number": number})

    async def take_back(self, call: str, number: int, by: str, platform: str, at: datetime) -> None:
        """One's own note; the row stays. Raises NoSuchThing."""
        mine = (_N.call == call, _N.number == number, _N.by == by, _N.platform == platform)
        gone = update(REVIEW_NOTES).where(*mine, _N.gone_at.is_(None)).values(gone_at=at, gone_by=by, text="")
        async with self._database.write() as connection:
            if not (await connection.execute(gone)).rowcount:
                raise NoSuchThing("没有这一条，或者不是你写的")

    async def scores(self, call: str, platform: str) -> tuple[Scored, ...]:
        """Every version of every agent's, the newest first."""
        chosen = select(REVIEW_SCORES).where(_S.call == call, _of_agents(platform))
        async with self._database.read() as connection:
            rows = await connection.execute(chosen.order_by(_S.agent, _S.version.desc()))
            return tuple(_scored(row) for row in rows)

    async def save(self, scored: Scored) -> None:
        """A further version, made from the one before it. Raises VersionMoved when that is not the newest."""
        here = (_S.call == scored.call, _S.agent == scored.agent)
        async with self._database.write() as connection:
            await alone(connection, f"review {scored.call} {scored.agent}")
            last = (await connection.execute(select(func.max(_S.version)).where(*here))).scalar() or 0
            if scored.version != last + 1:
                raise VersionMoved(f"已有第 {last} 版评分（别人刚评过）：重新打开，看过再评")
            await connection.execute(update(REVIEW_SCORES).where(*here, _S.newest).values(newest=False))
            await connection.execute(insert(REVIEW_SCORES).values(_columns(scored)))

    async def find(self, asked: Asked) -> tuple[Scored, ...]:
        """Newest versions, the newest calls first."""
        chosen = select(REVIEW_SCORES).where(*_wanted(asked))
        if asked.after is not None:
            at, call, agent = asked.after
            same = and_(_S.started_at == at, or_(_S.call > call, and_(_S.call == call, _S.agent > agent)))
            chosen = chosen.where(or_(_S.started_at < at, same))
        order = (_S.started_at.desc(), _S.call, _S.agent)
        async with self._database.read() as connection:
            rows = await connection.execute(chosen.order_by(*order).limit(asked.most))
            return tuple(_scored(row) for row in rows)

    async def briefs(self, calls: Collection[str], platform: str) -> dict[str, Brief]:
        """Of those of which there is something to say."""
        if not calls:
            return {}
        counted = (
            select(
                _N.call,
                func.sum(case((_N.kind == "mark", 1), else_=0)).label("marks"),
                func.sum(case((_N.kind == "comment", 1), else_=0)).label("comments"),
            )
            .where(_N.call.in_(calls), _N.gone_at.is_(None), _of_people(platform))
            .group_by(_N.call)
        )
        lowest = select(_S.call, func.min(_S.tenths).label("tenths")).group_by(_S.call)
        lowest = lowest.where(_S.call.in_(calls), _S.newest, _of_agents(platform))
        async with self._database.read() as connection:
            noted = {row.call: row for row in await connection.execute(counted)}
            scored = {row.call: int(row.tenths) for row in await connection.execute(lowest)}
        return {
            call: Brief(
                int(noted[call].marks) if call in noted else 0,
                int(noted[call].comments) if call in noted else 0,
                scored.get(call),
            )
            for call in {*noted, *scored}
        }

    async def days(self, asked: Asked, offset: int) -> tuple[DaySums, ...]:
        """Sums by agent and day (days since 1970, on a clock so many seconds ahead of UTC)."""
        async with self._database.read() as connection:
            day = _day(connection, offset)
            chosen = (
                select(
                    _S.agent,
                    _S.platform,
                    day.label("day"),
                    func.count().label("calls"),
                    func.sum(_S.tenths).label("sum"),
                    func.sum(case((_S.passed, 1), else_=0)).label("passed"),
                    func.sum(case((_S.fatal, 1), else_=0)).label("fatal"),
                )
                .where(*_wanted(asked))
                .group_by(_S.agent, _S.platform, day)
                .order_by(_S.agent, day)
            )
            return tuple(_average(row) for row in await connection.execute(chosen))


def reviewed(call: Any, how: str) -> ColumnElement[bool]:
    """Narrows a column of calls to those reviewers have, or have not yet, done something with."""
    if how == "corrected":
        return exists().where(TRANSCRIPT_CORRECTIONS.c.call == call)
    if how in {"scored", "unscored"}:
        scored = exists().where(_S.call == call)
        return scored if how == "scored" else ~scored
    kind = {"marked": "mark", "commented": "comment"}[how]
    return exists().where(_N.call == call, _N.kind == kind, _N.gone_at.is_(None))


def calls_reviewed(how: str) -> Select[Any]:
    """The same calls, asked for themselves; not for "unscored", which are all others."""
    if how == "corrected":
        return select(TRANSCRIPT_CORRECTIONS.c.call).distinct()
    if how == "scored":
        return select(_S.call).distinct()
    kind = {"marked": "mark", "commented": "comment"}[how]
    return select(_N.call).where(_N.kind == kind, _N.gone_at.is_(None)).distinct()


async def erase_reviews(connection: AsyncConnection, call: str) -> int:
    """What reviewers wrote of a call is gone; what they gave stays. How many rows."""
    count = 0
    for row in (await connection.execute(select(REVIEW_SCORES).where(_S.call == call))).all():
        here = (_S.call == call, _S.agent == row.agent, _S.version == row.version)
        left = without_words(json.loads(row.body)) if row.body else {}
        await connection.execute(update(REVIEW_SCORES).where(*here).values(body=_text(left)))
        count += 1
    blank = update(REVIEW_NOTES).where(_N.call == call).values(text="")
    return count + int((await connection.execute(blank)).rowcount)


def _wanted(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_S.newest, _of_agents(asked.platform)]
    if asked.since is not None:
        found.append(_S.started_at >= asked.since)
    if asked.until is not None:
        found.append(_S.started_at < asked.until)
    return [*found, _S.agent == asked.agent] if asked.agent else found


def _of_people(platform: str) -> ColumnElement[bool]:
    """Notes of a platform's people, and of those who belong to none."""
    return _N.platform.in_((platform, "")) if platform else _N.number.is_not(None)


def _of_agents(platform: str) -> ColumnElement[bool]:
    return _S.platform == platform if platform else _S.call.is_not(None)


def _day(connection: AsyncConnection, offset: int) -> ColumnElement[int]:
    if connection.dialect.name == "sqlite":
        seconds: Any = cast(func.strftime("%s", _S.started_at), SqlInteger)
    else:
        seconds = func.extract("epoch", _S.started_at)
    return cast(func.floor((seconds + offset) / _DAY), SqlInteger)


def _columns(scored: Scored) -> dict[str, Any]:
    return {**_fields(scored), "newest": True, "body": _text(scored.body)}


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")) if body else ""


def _fields(value: Note | Scored) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _note(row: Row[Any]) -> Note:
    return Note(**{name: getattr(row, name) for name in Note.__dataclass_fields__})


def _scored(row: Row[Any]) -> Scored:
    fields = {name: getattr(row, name) for name in Scored.__dataclass_fields__}
    return Scored(**{**fields, "body": json.loads(row.body) if row.body else {}})


def _average(row: Row[Any]) -> DaySums:
    return DaySums(
        row.agent, row.platform, int(row.day), int(row.calls), int(row.sum), int(row.passed), int(row.fatal)
    )
