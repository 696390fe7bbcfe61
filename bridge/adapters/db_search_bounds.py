"""Where a search need not look: so that a question costs what it finds, not how many there are.

Knows the tables' indexes. A word that is everywhere has twenty hits among the newest rows and is no trouble;
what is, is walking through its hits for a time long past, or for a state few tickets are in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db_reviews import calls_reviewed
from bridge.adapters.db_tables_handling import HANDLINGS
from bridge.adapters.db_tables_search import SEARCH
from bridge.ports_search import Wanted

FEW: Final = 20_000
"""Rows of a time that are counted, or walked past."""
FEW_IDS: Final = 2_000
"""Tickets of a state, or calls a reviewer has done something with, that are looked at one by one. Are there
more, every five hundredth of a million or so is one, and a page of them is met soon."""
_S: Final = SEARCH.c


async def bounds(connection: AsyncConnection, wanted: Wanted) -> tuple[int, int] | None:
    """The lowest and highest number to look at; None: there is nothing. Of a time with few rows they are its
    own. One with many has a page of hits soon, if it is not behind many newer rows: then its highest is
    looked up."""
    first, last = await _ends(connection)
    within = times(wanted)
    if within and first is not None:
        count, lowest, highest = await _some(connection, within)
        if count <= FEW:
            first, last = lowest, highest
        elif await _many_newer(connection, wanted):
            last = (await connection.execute(select(func.max(_S.number)).where(*within))).scalar()
    if first is None or last is None:
        return None
    return first, min(last, wanted.after - 1) if wanted.after is not None else last


def times(wanted: Wanted) -> list[ColumnElement[bool]]:
    """The time asked for, as conditions."""
    since = [_S.at >= wanted.since] if wanted.since is not None else []
    return [*since, *([_S.at < wanted.until] if wanted.until is not None else [])]


async def numbers_of_few(connection: AsyncConnection, wanted: Wanted) -> Sequence[int] | None:
    """The only rows that can be meant, where few tickets are in the state asked for, or few calls reviewed
    so. None: there are more, or nothing of the kind is asked."""
    asked = list[Select[Any]]()
    if wanted.state:
        asked.append(select(HANDLINGS.c.ticket).where(HANDLINGS.c.state == wanted.state))
    if wanted.review and wanted.review != "unscored":
        asked.append(calls_reviewed(wanted.review))
    for each in asked:
        ids = (await connection.execute(each.limit(FEW_IDS + 1))).scalars().all()
        if len(ids) <= FEW_IDS:
            # With both kinds named it is the index of (kind, id) that is asked.
            rows = select(_S.number).where(_S.kind.in_(("ticket", "transcript")), _S.id.in_(ids))
            return (await connection.execute(rows)).scalars().all()
    return None


async def _ends(connection: AsyncConnection) -> tuple[int | None, int | None]:
    """One step each; asked for both in one breath, SQLite reads every row."""
    ends = (select(end(_S.number)).scalar_subquery() for end in (func.min, func.max))
    first, last = (await connection.execute(select(*ends))).one()
    return first, last


async def _some(
    connection: AsyncConnection, within: Sequence[ColumnElement[bool]]
) -> tuple[int, int | None, int | None]:
    number = select(_S.number).where(*within).limit(FEW + 1).subquery().c.number
    row = (await connection.execute(select(func.count(), func.min(number), func.max(number)))).one()
    return row[0], row[1], row[2]


async def _many_newer(connection: AsyncConnection, wanted: Wanted) -> bool:
    if wanted.until is None:
        return False
    newer = select(_S.number).where(_S.at >= wanted.until).offset(FEW).limit(1)
    return (await connection.execute(newer)).first() is not None
